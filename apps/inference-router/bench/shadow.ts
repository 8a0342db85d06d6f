/**
 * What a shadow rollout whose candidate hangs costs the answers: calls over gRPC at a fixed rate. In the first part they go in turn, in an
 * order of chance, to two deployments without a mirror and to one whose candidate is stopped by the system, so that whatever the machine
 * does meets all of them alike. What is compared are percentiles of the same seconds; the two without a mirror say what the comparison can
 * tell. In the second part the candidate computes without end, on one of the machine's processors: there the calls follow each other as a
 * whole.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import { quantileOfSorted, seededRandom, twoSidedZ } from "@throughline/stats";

const [SECONDS, PER_SECOND] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 600)];
/** Calls of so much time have percentiles of their own. */
const BLOCK_MS = 3_000;
const LEVEL = 0.95;
const PATH = "/inference.GRPCInferenceService/ModelInfer";

const script = fileURLToPath(new URL("./processes/shadow-server.ts", import.meta.url));
const server = spawn(process.execPath, ["--no-warnings", script], { stdio: ["pipe", "pipe", "inherit"] });
const [port] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const session = connect(`http://127.0.0.1:${port}`);
const random = seededRandom(20130101);

await turns(["plain"], 3_000);
const blocks: Latencies[] = [];
for (const end = performance.now() + SECONDS * 1_000; performance.now() < end; )
  blocks.push(await turns(["plain", "other", "stopped"], BLOCK_MS));
report(together(blocks));
compare(blocks, "other", "no mirror, compared with itself");
compare(blocks, "stopped", "a stopped candidate");
const before = await turns(["plain"], SECONDS * 125);
const after = await turns(["computing"], SECONDS * 125);
report(together([before, after]));
session.close();
server.kill();

/** Latencies by deployment, in milliseconds, ascending. */
type Latencies = ReadonlyMap<string, readonly number[]>;

/** Calls at the rate: each deployment has one before any has another one. What is late waits in no queue of the client. */
async function turns(deployments: readonly string[], ms: number): Promise<Latencies> {
  const found = new Map(deployments.map((it) => [it, [] as number[]]));
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  let order: string[] = [];
  for (let elapsed = 0; elapsed < ms; elapsed = performance.now() - startedAt) {
    for (const due = (elapsed / 1_000) * PER_SECOND; calls.length < due; ) {
      if (order.length === 0)
        order = deployments
          .map((it) => ({ it, by: random() }))
          .sort((a, b) => a.by - b.by)
          .map(({ it }) => it);
      const name = order.pop() ?? "";
      calls.push(call(name).then((it) => void found.get(name)?.push(it)));
    }
    await delay(1);
  }
  await Promise.all(calls);
  return new Map([...found].map(([name, all]) => [name, all.toSorted((a, b) => a - b)]));
}

function together(parts: readonly Latencies[]): Latencies {
  const names = new Set(parts.flatMap((it) => [...it.keys()]));
  const all = (name: string) => parts.flatMap((it) => it.get(name) ?? []).toSorted((a, b) => a - b);
  return new Map([...names].map((it) => [it, all(it)]));
}

function report(latencies: Latencies): void {
  for (const [name, all] of latencies) {
    const [p50, p99] = [quantileOfSorted(all, 0.5), quantileOfSorted(all, 0.99)];
    console.log(`  ${name.padEnd(10)} ${all.length} answers, p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`);
  }
}

/**
 * The median of how much higher a percentile is than without a mirror in the same seconds, and the interval that the order of the blocks
 * gives: as many of them lie on either side as of so many throws of a coin.
 */
function compare(all: readonly Latencies[], name: string, title: string): void {
  const told = [0.5, 0.99].map((share) => {
    const of = (block: Latencies, deployment: string) => quantileOfSorted(block.get(deployment) ?? [], share);
    const percents = all.map((it) => 100 * (of(it, name) / of(it, "plain") - 1)).toSorted((a, b) => a - b);
    const rank = Math.max(0, Math.floor((percents.length - twoSidedZ(LEVEL) * Math.sqrt(percents.length)) / 2));
    const ends = [percents[rank], percents[percents.length - 1 - rank]].map((it) => (it ?? Number.NaN).toFixed(1));
    return `p${100 * share} ${quantileOfSorted(percents, 0.5).toFixed(1)} % [${ends.join(", ")}]`;
  });
  console.log(`  ${title}, over ${all.length} blocks of ${BLOCK_MS / 1_000} s: ${told.join(", ")}`);
}

/** One call by bare HTTP/2; fails unless it is answered. */
function call(deployment: string): Promise<number> {
  const body = bodyOf(deployment);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": PATH,
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("trailers", (it) => {
      if (it["grpc-status"] === "0") resolve(performance.now() - startedAt);
      else reject(new Error(`${deployment}: ${it["grpc-status"]} ${it["grpc-message"]}`));
    });
    stream.on("error", reject);
    stream.resume();
    stream.end(body);
  });
}

function bodyOf(modelName: string): Buffer {
  // The first number of the row is how often the candidate that computes multiplies: it takes hours.
  const rawInputContents = [new Uint8Array(Float32Array.of(1e9, 2, 3).buffer)];
  const inputs = [{ name: "input", datatype: "FP32", shape: [1n, 3n] }];
  const message = toBinary(
    ModelInferRequestSchema,
    create(ModelInferRequestSchema, { modelName, inputs, rawInputContents }),
  );
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([header, message]);
}
