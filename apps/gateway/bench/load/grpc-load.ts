import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  LogBatchRequestSchema,
  LogMetricsRequestSchema,
  LogMetricsResponseSchema,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import type { Loaded } from "./closed-loop.ts";
import { framed, HEAD_BYTES, openCall } from "./grpc-call.ts";
import type { Server } from "./servers.ts";

const SERVICE = "/throughline.tracking.v1.TrackingService";

/** How metrics go over gRPC: each in a call of its own, or each as a message of its caller's stream. */
export type GrpcWay = "unary" | "stream";

/** Messages of a stream that are sent before the first of them is acknowledged, as a caller of a stream does. */
const ON_THE_WAY = 32;

interface GrpcLoad {
  readonly way: GrpcWay;
  /** Of one message. */
  readonly metrics: number;
  readonly callers: number;
  readonly forMs: number;
}

/**
 * Metrics over gRPC, on one connection, each caller to a run of its own. Counts the messages that were acknowledged, and so
 * durable: the next call goes after the answer to the last, the next message of a stream while others are on the way.
 */
export async function logMetricsOverGrpc(server: Server, { way, metrics, callers, forMs }: GrpcLoad): Promise<Loaded> {
  const runs = await newRuns(server, callers);
  const session = connect(`http://127.0.0.1:${server.grpcPort}`);
  await once(session, "connect");
  const senders = runs.map((run) => (way === "unary" ? unarySender : streamSender)(session, run, metrics));
  // Steps go on from the warm-up: a step behind the latest is looked for among what is stored.
  const steps = { next: 0n };
  const all = senders.flatMap((it) => Array.from({ length: way === "unary" ? 1 : ON_THE_WAY }, () => it));
  await sendFor(all, steps, 1_000);
  const loaded = await sendFor(all, steps, forMs);
  for (const { end } of senders) end();
  session.close();
  return loaded;
}

/** Sends metrics of one run. */
interface Sender {
  /** Sends a message, whose metrics are all at one step. Resolves when they are durable. */
  send(step: bigint): Promise<void>;
  end(): void;
}

/** Makes runs in an experiment of their own, and gives their names. */
export async function newRuns({ target }: Server, count: number): Promise<readonly string[]> {
  const send = async (path: string, body: object) => {
    const url = `http://${target.host}:${target.port}/v1/projects/default/${path}`;
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

async function sendFor(senders: readonly Sender[], steps: { next: bigint }, forMs: number): Promise<Loaded> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const caller = async ({ send }: Sender): Promise<void> => {
    while (performance.now() - startMs < forMs) {
      const begunMs = performance.now();
      await send(steps.next++);
      latenciesMs.push(performance.now() - begunMs);
    }
  };
  await Promise.all(senders.map(caller));
  const seconds = (performance.now() - startMs) / 1_000;
  return { jobs: latenciesMs.length, failures: [], seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

const metricsAt = (step: bigint, count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `loss-${i}`, value: Number(step) / 7, step }));

function unarySender(session: ClientHttp2Session, run: string, count: number): Sender {
  return {
    send(step) {
      const message = create(LogBatchRequestSchema, { run, metrics: metricsAt(step, count) });
      const stream = openCall(session, `${SERVICE}/LogBatch`);
      stream.end(framed(toBinary(LogBatchRequestSchema, message)));
      return new Promise((resolve, reject) => {
        stream.once("error", reject).once("end", resolve).resume();
      });
    },
    end() {},
  };
}

function streamSender(session: ClientHttp2Session, run: string, count: number): Sender {
  const stream = openCall(session, `${SERVICE}/LogMetrics`);
  const streamId = `bench-${performance.now()}`;
  let sequence = 0n;
  const waiting = new Map<bigint, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  let acknowledged = 0n;
  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
  };
  stream.on(
    "data",
    messagesOf((message) => {
      const until = fromBinary(LogMetricsResponseSchema, message).acknowledgedSequence;
      while (acknowledged < until) {
        waiting.get(++acknowledged)?.resolve();
        waiting.delete(acknowledged);
      }
    }),
  );
  stream.once("error", fail).once("end", () => fail(new Error("the stream has ended")));
  return {
    send(step) {
      const first = sequence === 0n ? { run, streamId } : {};
      const message = create(LogMetricsRequestSchema, {
        ...first,
        sequence: ++sequence,
        metrics: metricsAt(step, count),
      });
      return new Promise((resolve, reject) => {
        waiting.set(sequence, { resolve, reject });
        stream.write(framed(toBinary(LogMetricsRequestSchema, message)));
      });
    },
    end: () => void stream.end(),
  };
}

/** Cuts what arrives into messages. */
function messagesOf(take: (message: Uint8Array) => void): (bytes: Buffer) => void {
  let received = Buffer.alloc(0);
  return (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= HEAD_BYTES && received.length >= HEAD_BYTES + received.readUInt32BE(1)) {
      const end = HEAD_BYTES + received.readUInt32BE(1);
      take(received.subarray(HEAD_BYTES, end));
      received = received.subarray(end);
    }
  };
}
