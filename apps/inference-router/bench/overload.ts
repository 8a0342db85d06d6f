/**
 * What the router still answers when it is asked three times as much as it can: calls over gRPC at a fixed rate, whether the
 * ones before are answered or not, each with a deadline. Good is an answer within the deadline; a refusal is RESOURCE_EXHAUSTED,
 * and should say when to try again. Compare good answers at three times the peak with the peak.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { StatusSchema } from "@throughline/contracts/google/rpc/status_pb";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";

const SECONDS = Number(process.argv[2] ?? 6);
const DEADLINE_MS = 250;
const CONNECTIONS = 8;
const PATH = "/inference.GRPCInferenceService/ModelInfer";

/** What a call came to. */
interface Outcome {
  readonly status: number;
  /** When to try again; undefined if nothing is said of it. */
  readonly retryMs: number | undefined;
  readonly ms: number;
}

interface Measured {
  readonly goodPerSecond: number;
  readonly line: string;
}

const script = fileURLToPath(new URL("./processes/overload-server.ts", import.meta.url));
const server = spawn(process.execPath, ["--no-warnings", script], { stdio: ["pipe", "pipe", "inherit"] });
const [port] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const sessions: ClientHttp2Session[] = [];

// The first number of the row is how often the slow model multiplies: a hundred times are about 1 ms a row in a batch.
await bench("a model that takes about 8 ms a row", framed("slow", [800, 0, 0]));
await bench("a model that takes nothing: the router itself is the limit", framed("logistic3", [1, 2, 3]));
for (const it of sessions) it.close();
server.kill();

async function bench(name: string, body: Buffer): Promise<void> {
  console.log(name);
  await closedLoop(body, 16, 2_000);
  let peak: Measured = { goodPerSecond: 0, line: "" };
  for (const callers of [8, 16, 32, 64]) {
    const at = await closedLoop(body, callers, SECONDS * 1_000);
    console.log(`  ${callers} callers: ${at.line}`);
    if (at.goodPerSecond > peak.goodPerSecond) peak = at;
  }
  for (const times of [0.5, 1, 2, 3]) {
    const at = await openLoop(body, peak.goodPerSecond * times);
    const share = ((100 * at.goodPerSecond) / peak.goodPerSecond).toFixed(0);
    console.log(`  ${times} x the peak: ${at.line}; good ${share} % of the peak`);
  }
}

/** As many calls as so many callers make who wait for each answer, and after a refusal as long as it says. The most good ones are the peak. */
async function closedLoop(body: Buffer, callers: number, ms: number): Promise<Measured> {
  const outcomes: Outcome[] = [];
  const startedAt = performance.now();
  const caller = async (_: unknown, i: number): Promise<void> => {
    while (performance.now() - startedAt < ms) {
      const outcome = await call(sessionAt(i), body);
      outcomes.push(outcome);
      if (outcome.retryMs !== undefined) await new Promise((resolve) => setTimeout(resolve, outcome.retryMs));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return measured(outcomes, performance.now() - startedAt);
}

/** So many calls a second, come what may. */
async function openLoop(body: Buffer, perSecond: number): Promise<Measured> {
  const calls: Promise<Outcome>[] = [];
  const startedAt = performance.now();
  for (let ms = 0; ms < SECONDS * 1_000; ms = performance.now() - startedAt) {
    const due = (ms / 1_000) * perSecond;
    for (let i = calls.length; i < due; i++) calls.push(call(sessionAt(i), body));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const sentMs = performance.now() - startedAt;
  return measured(await Promise.all(calls), sentMs);
}

function measured(outcomes: readonly Outcome[], ms: number): Measured {
  const good = outcomes.filter((it) => it.status === 0 && it.ms <= DEADLINE_MS);
  const refused = outcomes.filter((it) => it.status === 8);
  const late = outcomes.length - good.length - refused.length;
  const latencies = good.map((it) => it.ms).sort((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN).toFixed(1);
  const each = (count: number) => ((1_000 * count) / ms).toFixed(0);
  const saying =
    refused.length === 0 ? "" : `, ${refused.filter((it) => it.retryMs !== undefined).length} of them say when`;
  return {
    goodPerSecond: (1_000 * good.length) / ms,
    line:
      `sent ${each(outcomes.length)}/s, good ${each(good.length)}/s (p50 ${at(0.5)} ms, p99 ${at(0.99)} ms), ` +
      `refused ${each(refused.length)}/s (${refused.length}${saying}), late ${each(late)}/s`,
  };
}

function framed(modelName: string, row: readonly number[]): Buffer {
  const request = create(ModelInferRequestSchema, {
    modelName,
    inputs: [{ name: "input", datatype: "FP32", shape: [1n, BigInt(row.length)] }],
    rawInputContents: [new Uint8Array(Float32Array.from(row).buffer)],
  });
  const message = toBinary(ModelInferRequestSchema, request);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([header, message]);
}

/** One of the connections; a new one in place of one that the server has closed. */
function sessionAt(i: number): ClientHttp2Session {
  const known = sessions[i % CONNECTIONS];
  if (known && !known.closed && !known.destroyed) return known;
  const session = connect(`http://127.0.0.1:${port}`).on("error", () => {});
  sessions[i % CONNECTIONS] = session;
  return session;
}

/** One call by bare HTTP/2: a client library would be the first to be overloaded. */
function call(session: ClientHttp2Session, body: Buffer): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const stream = session.request({
      ...{ ":method": "POST", ":path": PATH, "content-type": "application/grpc", te: "trailers" },
      "grpc-timeout": `${DEADLINE_MS}m`,
    });
    // As gRPC clients do: who has waited for so long asks no more, and what was not sent by then never is.
    const deadline = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), DEADLINE_MS);
    let end: Record<string, unknown> = {};
    const note = (headers: Record<string, unknown>) => {
      if (headers["grpc-status"] !== undefined) end = headers;
    };
    const done = () => {
      clearTimeout(deadline);
      const status = Number(end["grpc-status"] ?? 4);
      resolve({ status, retryMs: status === 8 ? retryMs(end) : undefined, ms: performance.now() - startedAt });
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("error", () => {});
    stream.on("close", done);
    stream.resume();
    stream.end(body);
  });
}

function retryMs(trailers: Record<string, unknown>): number | undefined {
  const bytes = Buffer.from(String(trailers["grpc-status-details-bin"] ?? ""), "base64");
  const infos = fromBinary(StatusSchema, bytes).details.flatMap((it) => anyUnpack(it, RetryInfoSchema) ?? []);
  const delay = infos[0]?.retryDelay;
  return delay && durationMs(delay);
}
