/**
 * What the prediction log costs each answer: the time from the call of its append until the entry is there, while the router answers over
 * gRPC. `npm run bench -- log [seconds] [usual|durable]`. Beside it the time between two turns of the event loop. Then how much later answers come because
 * of the log: the same router with the log and without it, in turn, at fixed rates and from callers who call without a pause.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { PredictRequestSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { valueToProto } from "@throughline/rpc";

const SECONDS = Number(process.argv[2] ?? 5);
const MODE = process.argv[3];
const WARM_SECONDS = 4;
const script = fileURLToPath(new URL("./processes/log-server.ts", import.meta.url));
/** Rounds of a second each, with the log and without it in turn. */
const ROUNDS = 7;
const LOGGED = bodyFor("three");
const UNLOGGED = bodyFor("unlogged");

/** What a router tells of a phase: quantiles in microseconds. */
interface Told {
  readonly count: number;
  readonly append: Quantiles;
  readonly turn: Quantiles;
  /** Processor time of the router, without the models' processes. */
  readonly processorUs: number;
}
interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

for (const mode of MODE === undefined ? ["usual", "durable"] : [MODE]) {
  const child = spawn(process.execPath, ["--no-warnings", script, mode], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [port] = (await once(lines, "line")) as [string];
  const session = connect(`http://127.0.0.1:${port}`);
  for (const callers of [1, 8, 32]) {
    await load(session, { body: LOGGED, callers, seconds: WARM_SECONDS });
    await asked(child, lines, "start");
    await load(session, { body: LOGGED, callers, seconds: SECONDS });
    const told = JSON.parse(await asked(child, lines, "stop")) as Told;
    const rate = (told.count / SECONDS).toFixed(0).padStart(6);
    const each = (told.processorUs / told.count).toFixed(0).padStart(4);
    console.log(
      `${mode.padEnd(8)} ${String(callers).padStart(3)} callers ${rate}/s ${each} us of the processor each  ${text("append", told.append)}  ${text("turn", told.turn)}`,
    );
  }
  for (const rate of [1_000, 3_000, 6_000]) {
    await compare(`${mode} ${rate}/s`, (body) => atRate(session, body, rate));
  }
  await compare(`${mode} 32 callers`, (body) => load(session, { body, callers: 32, seconds: 1 }));
  session.close();
  child.kill();
  await once(child, "exit");
}

function text(name: string, { p50, p99, p999 }: Quantiles): string {
  const shown = [p50, p99, p999].map((it) => it.toFixed(0).padStart(5)).join(" ");
  return `${name} p50 p99 p99.9: ${shown} us`;
}

async function asked(child: ChildProcess, lines: Interface, what: string): Promise<string> {
  const answer = once(lines, "line") as Promise<[string]>;
  child.stdin?.write(`${what}\n`);
  return (await answer)[0];
}

/** Says how long answers take with the log and without it, and by how much they differ between rounds that follow each other. */
async function compare(name: string, round: (body: Buffer) => Promise<readonly number[]>): Promise<void> {
  await round(UNLOGGED);
  await round(LOGGED);
  const rounds: (readonly [logged: readonly number[], unlogged: readonly number[]])[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const [first, second] = i % 2 === 0 ? [LOGGED, UNLOGGED] : [UNLOGGED, LOGGED];
    const took = new Map([[first, await round(first)]]).set(second, await round(second));
    rounds.push([took.get(LOGGED) ?? [], took.get(UNLOGGED) ?? []]);
  }
  const parts = ([0.5, 0.99] as const).map((share) => {
    const pairs = rounds.map(([logged, unlogged]) => [quantile(logged, share), quantile(unlogged, share)] as const);
    const [logged, unlogged] = [pairs.map(([it]) => it), pairs.map(([, it]) => it)];
    const more = pairs.map(([a, b]) => a - b);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((it) => quantile(more, it).toFixed(0));
    return `p${100 * share} ${quantile(logged, 0.5).toFixed(0)} and ${quantile(unlogged, 0.5).toFixed(0)} us, by ${middle} (${low} to ${high})`;
  });
  console.log(`${name.padEnd(20)} answers with the log and without: ${parts.join("; ")}`);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

interface Load {
  readonly body: Buffer;
  readonly callers: number;
  readonly seconds: number;
}

/** Calls without a pause from as many callers, each one call at a time. Gives what each took, in microseconds. */
async function load(session: ClientHttp2Session, { body, callers, seconds }: Load): Promise<readonly number[]> {
  const took: number[] = [];
  const until = performance.now() + seconds * 1_000;
  const caller = async (): Promise<void> => {
    for (let at = performance.now(); at < until; at = performance.now()) {
      await call(session, body);
      took.push(1_000 * (performance.now() - at));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return took;
}

/** For a second so many calls a second, whether those before are answered or not: what is due in a millisecond goes at once. */
async function atRate(session: ClientHttp2Session, body: Buffer, perSecond: number): Promise<readonly number[]> {
  const took: number[] = [];
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let now = startedAt; now < startedAt + 1_000; now = performance.now()) {
    const sentAt = now;
    for (const due = ((now - startedAt) / 1_000) * perSecond; calls.length < due; )
      calls.push(call(session, body).then(() => void took.push(1_000 * (performance.now() - sentAt))));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(calls);
  return took;
}

/** A call of Predict as it goes over the wire. */
function bodyFor(deployment: string): Buffer {
  const entity = { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) };
  const request = create(PredictRequestSchema, { deployment: `projects/default/deployments/${deployment}`, entity });
  const message = toBinary(PredictRequestSchema, request);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([header, message]);
}

function call(session: ClientHttp2Session, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/throughline.inference.v1.InferenceService/Predict",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const check = (headers: Record<string, unknown>): void => {
      const status = headers["grpc-status"];
      if (status !== undefined && status !== "0")
        reject(new Error(`the router answered ${status}: ${headers["grpc-message"]}`));
    };
    stream.on("response", check).on("trailers", check).on("error", reject).on("end", resolve).resume();
    stream.end(body);
  });
}
