/**
 * What a shadow rollout whose candidate hangs costs the answers: calls over gRPC at a fixed rate. In the first part they go in turn, in an
 * order of chance, to two deployments without a mirror and to one whose candidate is stopped by the system, so that whatever the machine
 * does meets all of them alike. What is compared are percentiles of all calls, with the interval that drawing the same seconds again and again
 * gives (a bootstrap of blocks); the two without a mirror say what the comparison can tell. In the second part the candidate computes without end, on one of the machine's processors: there the calls follow each other as a
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
import { quantileOfSorted, seededRandom } from "@throughline/stats";

const [SECONDS, PER_SECOND] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 600)];
/** Calls of so much time are drawn together: what the machine does lasts shorter. */
const BLOCK_MS = 1_000;
const LEVEL = 0.95;
const DRAWS = 500;
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
const before = await turns(["plain"], SECONDS * 125);
const after = await turns(["computing"], SECONDS * 125);
report(together([before, after]));
session.close();
server.kill();
compare(blocks, "other", "no mirror, compared with itself");
compare(blocks, "stopped", "a stopped candidate");

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

/** How much higher percentiles are than without a mirror, with intervals. */
function compare(all: readonly Latencies[], name: string, title: string): void {
  const shares = [0.5, 0.99];
  const more = (blocks: readonly Latencies[]): readonly number[] => {
    const [given, plain] = [pooled(blocks, name), pooled(blocks, "plain")];
    return shares.map((share) => 100 * (quantileOfSorted(given, share) / quantileOfSorted(plain, share) - 1));
  };
  const drawn = Array.from({ length: DRAWS }, () =>
    more(all.map(() => all[Math.floor(random() * all.length)] as Latencies)),
  );
  const told = more(all).map((it, i) => {
    const sorted = drawn.map((draw) => draw[i] ?? Number.NaN).toSorted((a, b) => a - b);
    const ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2].map((share) => quantileOfSorted(sorted, share).toFixed(1));
    return `p${100 * (shares[i] ?? 0)} ${it.toFixed(1)} % [${ends.join(", ")}]`;
  });
  console.log(`  ${title}, over ${all.length} blocks of ${BLOCK_MS / 1_000} s: ${told.join(", ")}`);
}

/** All latencies of a deployment, ascending. */
function pooled(blocks: readonly Latencies[], name: string): Float64Array {
  return Float64Array.from(blocks.flatMap((it) => it.get(name) ?? [])).sort();
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
