/**
 * What the router still answers when it is asked three times as much as it can: calls over gRPC at a fixed rate, whether the
 * ones before are answered or not, each with a deadline. Good is an answer within the deadline; a refusal is RESOURCE_EXHAUSTED,
 * and should say when to try again, which a client of `node:http2` beside them looks at. The peak is measured before and after each load, in
 * turn, since the host's speed changes from minute to minute: a share is of the mean of the two.
 * `npm run bench -- overload [seconds] [slow|quick]`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { StatusSchema } from "@throughline/contracts/google/rpc/status_pb";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import { type BareCalls, type BareOutcome, bareCalls } from "./overload/bare-calls.ts";

/** How long each load, and each peak beside it, is measured in a round. */
const SECONDS = Number(process.argv[2] ?? 2);
/** Which of the two models is asked; both unless said. */
const ONLY = process.argv[3];
const ROUNDS = 3;
const DEADLINE_MS = 250;
const CONNECTIONS = 8;
/** How often the client beside them calls. */
const PROBE_MS = 50;
/** After how long callers who wait for each answer come again once they were refused. */
const AGAIN_MS = 400;
/** What Linux counts processor time in. */
const TICK_MS = 10;
const PATH = "/inference.GRPCInferenceService/ModelInfer";

/** Calls that have ended by how they did, and how long the good ones took. */
interface Tally {
  readonly counts: Record<BareOutcome, number>;
  readonly goodMs: number[];
  /** Refusals that the client beside them saw, and how many of them said when to come again. */
  readonly seen: { refused: number; saying: number };
}

const script = fileURLToPath(new URL("./processes/overload-server.ts", import.meta.url));
const server = spawn(process.execPath, ["--no-warnings", script], { stdio: ["pipe", "pipe", "inherit"] });
const [port] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const prober = connect(`http://127.0.0.1:${port}`).on("error", () => {});

// The first number of the row is how often the slow model multiplies: a hundred times are about 1 ms a row in a batch.
if (ONLY !== "quick") await bench("a model that takes about 8 ms a row", framed("slow", [800, 0, 0]));
if (ONLY !== "slow")
  await bench("a model that takes nothing: the router itself is the limit", framed("logistic3", [1, 2, 3]));
prober.close();
server.kill();

async function bench(name: string, body: Buffer): Promise<void> {
  console.log(name);
  const calls = bareCalls({ port: Number(port), connections: CONNECTIONS, path: PATH, body, deadlineMs: DEADLINE_MS });
  await closedLoop(calls, 16, 4_000);
  let [callers, most] = [0, 0];
  for (const it of [16, 32, 64, 128]) {
    const good = await closedLoop(calls, it, SECONDS * 1_000);
    if (good > most) [callers, most] = [it, good];
  }
  const peaks = [await closedLoop(calls, callers, SECONDS * 1_000)];
  const loads = [0.5, 1, 2, 3].map((times) => ({
    times,
    tally: newTally(),
    shares: [] as number[],
    ms: 0,
    cores: { callers: 0, router: 0 },
  }));
  for (let round = 0; round < ROUNDS; round++)
    for (const it of loads) {
      const before = peaks.at(-1) ?? most;
      const { good, ms, cores } = await openLoop(calls, { body, perSecond: before * it.times, tally: it.tally });
      it.cores.callers += cores.callers / ROUNDS;
      it.cores.router += cores.router / ROUNDS;
      const after = await closedLoop(calls, callers, SECONDS * 1_000);
      peaks.push(after);
      it.ms += ms;
      it.shares.push((100 * good) / ((before + after) / 2));
    }
  console.log(`  the peak, of ${callers} callers who wait: good ${middle(peaks)}/s`);
  for (const { times, tally, shares, ms, cores } of loads) {
    console.log(`  ${times} x the peak: good ${middle(shares)} % of it; ${described(tally, ms)}`);
    console.log(`    cores: the callers ${cores.callers.toFixed(2)}, the router ${cores.router.toFixed(2)}`);
  }
  calls.close();
}

/** The median, and from where to where they are. */
function middle(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}

/** Good answers a second of so many callers who wait for each answer, and for a while after a refusal. */
async function closedLoop(calls: BareCalls, callers: number, ms: number): Promise<number> {
  const tally = newTally();
  counting(calls, tally);
  const startedAt = performance.now();
  let ready = callers;
  let isOver = false;
  let isDue = false;
  const look = (): void => {
    isDue = false;
    calls.look(new Array<number>(isOver ? 0 : ready).fill(performance.now()));
    ready = 0;
  };
  const comeAgain = (): void => {
    ready += 1;
    if (isDue) return;
    isDue = true;
    setImmediate(look);
  };
  const count = calls.onEnd;
  calls.onEnd = (outcome, dueAt) => {
    count(outcome, dueAt);
    if (outcome === "refused") setTimeout(comeAgain, AGAIN_MS);
    else comeAgain();
  };
  look();
  // Whom the server does not answer is given up by a look.
  const timer = setInterval(() => calls.look([]), DEADLINE_MS);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const perSecond = (1_000 * tally.counts.good) / (performance.now() - startedAt);
  isOver = true;
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS + AGAIN_MS));
  clearInterval(timer);
  return perSecond;
}

interface Load {
  readonly body: Buffer;
  readonly perSecond: number;
  /** Where they are counted. */
  readonly tally: Tally;
}

interface LoadTaken {
  /** Good answers a second. */
  readonly good: number;
  readonly ms: number;
  /** Cores that were busy with it: those of the callers are of this process. */
  readonly cores: { readonly callers: number; readonly router: number };
}

/** So many calls a second, come what may. */
async function openLoop(calls: BareCalls, { body, perSecond, tally }: Load): Promise<LoadTaken> {
  counting(calls, tally);
  const probing = setInterval(() => void probe(body, tally.seen), PROBE_MS);
  const goodBefore = tally.counts.good;
  const cpuBefore = { callers: process.cpuUsage(), router: routerMs() };
  const startedAt = performance.now();
  let sent = 0;
  for (let ms = 0; ms < SECONDS * 1_000; ms = performance.now() - startedAt) {
    const due: number[] = [];
    for (; sent < (ms / 1_000) * perSecond; sent++) due.push(startedAt + (1_000 * sent) / perSecond);
    calls.look(due);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore.callers);
  const cores = { callers: (user + system) / 1_000 / ms, router: (routerMs() - cpuBefore.router) / ms };
  clearInterval(probing);
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS));
  calls.look([]);
  return { good: (1_000 * (tally.counts.good - goodBefore)) / ms, ms, cores };
}

/** Processor time of the router's process, without those of its models. */
function routerMs(): number {
  const [, rest = ""] = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ");
  const [user, system] = rest.split(" ").slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK_MS;
}

function newTally(): Tally {
  return { counts: { good: 0, refused: 0, late: 0 }, goodMs: [], seen: { refused: 0, saying: 0 } };
}

function counting(calls: BareCalls, tally: Tally): void {
  calls.onEnd = (outcome, dueAt) => {
    tally.counts[outcome] += 1;
    if (outcome === "good") tally.goodMs.push(performance.now() - dueAt);
  };
}

function described({ counts, goodMs, seen }: Tally, ms: number): string {
  const latencies = goodMs.toSorted((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN).toFixed(1);
  const each = (count: number) => ((1_000 * count) / ms).toFixed(0);
  const saying = seen.refused === 0 ? "" : ` (${seen.saying} of ${seen.refused} that were looked at say when)`;
  return (
    `ended ${each(counts.good + counts.refused + counts.late)}/s, good ${each(counts.good)}/s ` +
    `(p50 ${at(0.5)} ms, p99 ${at(0.99)} ms), refused ${each(counts.refused)}/s${saying}, late ${each(counts.late)}/s`
  );
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

/** One call as a client makes it, to see what a refusal says. */
function probe(body: Buffer, seen: Tally["seen"]): Promise<void> {
  if (prober.closed || prober.destroyed) return Promise.resolve();
  const stream = prober.request({
    ":method": "POST",
    ":path": PATH,
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": `${DEADLINE_MS}m`,
  });
  stream.on("response", (headers) => {
    if (headers["grpc-status"] !== "8") return;
    seen.refused += 1;
    if (retryMs(headers) !== undefined) seen.saying += 1;
  });
  stream.on("error", () => {}).resume();
  stream.end(body);
  return new Promise((resolve) => void stream.on("close", () => resolve()));
}

function retryMs(trailers: Record<string, unknown>): number | undefined {
  const bytes = Buffer.from(String(trailers["grpc-status-details-bin"] ?? ""), "base64");
  const infos = fromBinary(StatusSchema, bytes).details.flatMap((it) => anyUnpack(it, RetryInfoSchema) ?? []);
  const delay = infos[0]?.retryDelay;
  return delay && durationMs(delay);
}
