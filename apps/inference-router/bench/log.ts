/**
 * What the prediction log costs each answer: the time from the call of its append until the entry is there, while the router answers over
 * gRPC. `npm run bench -- log [seconds]`. Beside it the time between two turns of the event loop, which an append waits for, because all
 * entries of one turn are one write.
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
const WARM_SECONDS = 4;
const script = fileURLToPath(new URL("./processes/log-server.ts", import.meta.url));
const message = toBinary(
  PredictRequestSchema,
  create(PredictRequestSchema, {
    deployment: "projects/default/deployments/three",
    entity: { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) },
  }),
);

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

for (const mode of ["usual", "durable"]) {
  const child = spawn(process.execPath, ["--no-warnings", script, mode], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [port] = (await once(lines, "line")) as [string];
  const session = connect(`http://127.0.0.1:${port}`);
  for (const callers of [1, 8, 32]) {
    await load(session, callers, WARM_SECONDS);
    await asked(child, lines, "start");
    await load(session, callers, SECONDS);
    const told = JSON.parse(await asked(child, lines, "stop")) as Told;
    const rate = (told.count / SECONDS).toFixed(0).padStart(6);
    const each = (told.processorUs / told.count).toFixed(0).padStart(4);
    console.log(
      `${mode.padEnd(8)} ${String(callers).padStart(3)} callers ${rate}/s ${each} us of the processor each  ${text("append", told.append)}  ${text("turn", told.turn)}`,
    );
  }
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

/** Calls without a pause from as many callers, each one call at a time. */
async function load(session: ClientHttp2Session, callers: number, seconds: number): Promise<void> {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.byteLength, 1);
  const body = Buffer.concat([header, message]);
  const until = performance.now() + seconds * 1_000;
  const caller = async (): Promise<void> => {
    while (performance.now() < until) await call(session, body);
  };
  await Promise.all(Array.from({ length: callers }, caller));
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
