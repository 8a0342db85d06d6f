import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { LogBatchRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import type { Loaded } from "./closed-loop.ts";
import type { Server } from "./servers.ts";

const LOG_BATCH = "/throughline.tracking.v1.TrackingService/LogBatch";

/** One metric in every call over gRPC, on one connection, each caller to a run of its own. */
export async function logMetricsOverGrpc(
  server: Server,
  { callers, forMs }: { readonly callers: number; readonly forMs: number },
): Promise<Loaded> {
  const runs = await newRuns(server, callers);
  const session = connect(`http://127.0.0.1:${server.grpcPort}`);
  await once(session, "connect");
  await callFor(session, runs, 1_000);
  const loaded = await callFor(session, runs, forMs);
  session.close();
  return loaded;
}

async function newRuns({ target }: Server, count: number): Promise<readonly string[]> {
  const send = async (path: string, body: object) => {
    const url = `http://${target.host}:${target.port}/v1/projects/grpc/${path}`;
    const headers = { "content-type": "application/json" };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const { experiment } = (await send("experiments", { experiment: { displayName: `bench-${Date.now()}` } })) as {
    readonly experiment: { readonly name: string };
  };
  const create = async () =>
    (await send("runs", { run: { experiment: experiment.name } })) as { run: { name: string } };
  return Promise.all(Array.from({ length: count }, async () => (await create()).run.name));
}

async function callFor(session: ClientHttp2Session, runs: readonly string[], forMs: number): Promise<Loaded> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  let step = 0n;
  const caller = async (run: string): Promise<void> => {
    while (performance.now() - startMs < forMs) {
      const metrics = [{ key: "loss", value: Number(step) / 7, step: step++ }];
      const message = toBinary(LogBatchRequestSchema, create(LogBatchRequestSchema, { run, metrics }));
      const begunMs = performance.now();
      await callUnary(session, message);
      latenciesMs.push(performance.now() - begunMs);
    }
  };
  await Promise.all(runs.map(caller));
  const seconds = (performance.now() - startMs) / 1_000;
  return { jobs: latenciesMs.length, failures: [], seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

function callUnary(session: ClientHttp2Session, message: Uint8Array): Promise<void> {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ...{ ":method": "POST", ":path": LOG_BATCH },
      ...{ "content-type": "application/grpc", te: "trailers" },
    });
    const check = (headers: Readonly<Record<string, unknown>>): void => {
      const status = headers["grpc-status"];
      if (status !== undefined && status !== "0") reject(new Error(`status ${status}: ${headers["grpc-message"]}`));
    };
    stream.on("response", check).on("trailers", check).once("error", reject).once("end", resolve).resume();
    stream.end(Buffer.concat([head, message]));
  });
}
