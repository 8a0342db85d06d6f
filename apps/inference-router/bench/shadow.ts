/**
 * What a shadow rollout whose candidate hangs costs the answers: calls over gRPC at a fixed rate, in turns of a quarter of a second to a
 * deployment without a mirror and to one with it. In the second part the candidate computes without end, on one of the machine's
 * processors, so that the turns follow each other as a whole.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";

const [SECONDS, PER_SECOND] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 300)];
const TURN_MS = 250;
const PATH = "/inference.GRPCInferenceService/ModelInfer";

const script = fileURLToPath(new URL("./processes/shadow-server.ts", import.meta.url));
const server = spawn(process.execPath, ["--no-warnings", script], { stdio: ["pipe", "pipe", "inherit"] });
const [port] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const session = connect(`http://127.0.0.1:${port}`);

await turns(["plain"], 3_000);
report(await turns(["plain", "stopped"], SECONDS * 1_000));
const before = await turns(["plain"], SECONDS * 250);
const after = await turns(["computing"], SECONDS * 250);
report(new Map([...before, ...after]));
session.close();
server.kill();

/** Latencies by deployment, in milliseconds. */
type Latencies = ReadonlyMap<string, readonly number[]>;

/** Calls at the rate, each turn to the next of the deployments. What is late waits in no queue of the client. */
async function turns(deployments: readonly string[], ms: number): Promise<Latencies> {
  const found = new Map(deployments.map((it) => [it, [] as number[]]));
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let elapsed = 0; elapsed < ms; elapsed = performance.now() - startedAt) {
    const name = deployments[Math.floor(elapsed / TURN_MS) % deployments.length] ?? "";
    for (const due = (elapsed / 1_000) * PER_SECOND; calls.length < due; )
      calls.push(call(name).then((it) => void found.get(name)?.push(it)));
    await delay(1);
  }
  await Promise.all(calls);
  return found;
}

function report(latencies: Latencies): void {
  const figures = [...latencies].map(([name, all]) => {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
    return { name, count: all.length, p50: at(0.5), p99: at(0.99) };
  });
  for (const { name, count, p50, p99 } of figures)
    console.log(`  ${name.padEnd(10)} ${count} answers, p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`);
  const [plain, mirrored] = figures;
  if (plain && mirrored) console.log(`  p99 ${(100 * (mirrored.p99 / plain.p99 - 1)).toFixed(1)} %`);
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
