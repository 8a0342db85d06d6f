/**
 * gRPC through the router (ModelInfer and Predict, with the log on and every check in place) beside its floors in the same
 * run: the same gRPC server with a fixed reply and nothing around it, and bare onnxruntime in one process. Figures are requests
 * per second, p50 and p99 in milliseconds, and requests per second of server CPU, the model's process included.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import { PredictRequestSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { valueToProto } from "@throughline/rpc";

const SECONDS = Number(process.argv[2] ?? 4);
const CPU_TICKS_PER_SECOND = 100;

interface Load {
  readonly path: string;
  readonly message: Uint8Array;
  readonly callers: number;
}

interface Measured {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** The first 3 or 30 numbers as one row. */
const row = (width: number) => new Uint8Array(Float32Array.from({ length: width }, (_, i) => i / 10).buffer);
const tensors = (modelName: string, width: number, rows = 1): Uint8Array =>
  toBinary(
    ModelInferRequestSchema,
    create(ModelInferRequestSchema, {
      modelName,
      inputs: [{ name: "input", datatype: "FP32", shape: [BigInt(rows), BigInt(width)] }],
      rawInputContents: [Buffer.concat(Array.from({ length: rows }, () => row(width)))],
    }),
  );
const entity = toBinary(
  PredictRequestSchema,
  create(PredictRequestSchema, {
    deployment: "projects/default/deployments/three",
    entity: { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) },
  }),
);
const INFER = "/inference.GRPCInferenceService/ModelInfer";
const PREDICT = "/throughline.inference.v1.InferenceService/Predict";

async function main(): Promise<void> {
  const script = fileURLToPath(new URL("./processes/server.ts", import.meta.url));
  const floor = await started(script, "floor");
  const router = await started(script, "router");
  const report = (name: string, it: Measured) =>
    console.log(
      `${name.padEnd(52)} ${it.perSecond.toFixed(0).padStart(7)}/s  ${it.perCpuSecond.toFixed(0).padStart(7)}/cpu-s  p50 ${it.p50.toFixed(2)} ms  p99 ${it.p99.toFixed(2)} ms`,
    );
  for (const callers of [1, 32]) {
    report(
      `floor: the gRPC server alone, fixed reply, ${callers}`,
      await measure(floor, { path: INFER, message: tensors("tiny", 30), callers }),
    );
    report(
      `router: ModelInfer, 30 floats, ${callers}`,
      await measure(router, { path: INFER, message: tensors("tiny", 30), callers }),
    );
    report(
      `router: Predict, 3 features by key, ${callers}`,
      await measure(router, { path: PREDICT, message: entity, callers }),
    );
  }
  report(
    "router: ModelInfer, 32 rows of 30 floats, 8",
    await measure(router, { path: INFER, message: tensors("tiny", 30, 32), callers: 8 }),
  );
  floor.process.kill();
  router.process.kill();
  const runtime = spawn(process.execPath, ["--no-warnings", script, "runtime"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  await once(runtime, "exit");
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
}

async function started(script: string, mode: string): Promise<Server> {
  const child = spawn(process.execPath, ["--no-warnings", script, mode], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { process: child, port: Number(line) };
}

async function measure(server: Server, load: Load): Promise<Measured> {
  const session = connect(`http://127.0.0.1:${server.port}`);
  await run(session, load, 1_000);
  const before = cpuSeconds(server.process.pid ?? 0);
  const startedAt = performance.now();
  const latencies = await run(session, load, SECONDS * 1_000);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = cpuSeconds(server.process.pid ?? 0) - before;
  session.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN;
  return { perSecond: latencies.length / seconds, perCpuSecond: latencies.length / cpu, p50: at(0.5), p99: at(0.99) };
}

/** Calls without a pause from as many callers, each one call at a time. */
async function run(session: ClientHttp2Session, load: Load, forMs: number): Promise<number[]> {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(load.message.byteLength, 1);
  const body = Buffer.concat([header, load.message]);
  const latencies: number[] = [];
  const until = performance.now() + forMs;
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      await call(session, load.path, body);
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: load.callers }, caller));
  return latencies;
}

function call(session: ClientHttp2Session, path: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const check = (headers: Record<string, unknown>) => {
      const status = headers["grpc-status"];
      if (status !== undefined && status !== "0")
        reject(new Error(`grpc-status ${status}: ${headers["grpc-message"]}`));
    };
    stream.on("response", check);
    stream.on("trailers", check);
    stream.on("error", reject);
    stream.on("end", resolve);
    stream.resume();
    stream.end(body);
  });
}

/** CPU time of a process and of those that it started. */
function cpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((it) => it !== "");
  const own = ticksOf(pid);
  return (own + children.reduce((sum, it) => sum + ticksOf(Number(it)), 0)) / CPU_TICKS_PER_SECOND;
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

await main();
