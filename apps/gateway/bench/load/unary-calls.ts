import { create, toBinary } from "@bufbuild/protobuf";
import { LogBatchRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { callBarely } from "./bare-callers.ts";
import { grpcWire, numbered, PLACE, restWire } from "./bare-wires.ts";
import { newRuns } from "./grpc-load.ts";
import { cpuSeconds } from "./process-cost.ts";
import type { Server } from "./servers.ts";

const METRIC = { key: "loss", value: 0.25, step: BigInt(PLACE) };

/** What callers of one kind saw of one and the same call: one metric, stored durably. */
export interface UnaryCalls {
  readonly callers: number;
  /** Connections over gRPC; 0: over REST, a connection each. */
  readonly connections: number;
  readonly perSecond: number;
  readonly serverMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Of {
  /** Of the run. */
  readonly name: string;
  readonly callers: number;
  /** 0: over REST. */
  readonly connections: number;
  readonly forMs: number;
}

async function measured({ target, grpcPort = 0, pid }: Server, of: Of): Promise<UnaryCalls> {
  const { name, callers, connections, forMs } = of;
  const body = JSON.stringify({ metrics: [{ ...METRIC, step: String(METRIC.step) }] });
  const message = toBinary(LogBatchRequestSchema, create(LogBatchRequestSchema, { run: name, metrics: [METRIC] }));
  const before = cpuSeconds(pid);
  const rest = { port: target.port, callers, connections: callers, forMs };
  const { jobs, seconds, p50Ms, p99Ms } =
    connections === 0
      ? await callBarely(() => restWire(`${target.host}:${target.port}`, `/v1/${name}:logBatch`, body), rest)
      : await callBarely(() => grpcWire("/throughline.tracking.v1.TrackingService/LogBatch", numbered(message)), {
          ...rest,
          port: grpcPort,
          connections,
        });
  const serverMicros = ((cpuSeconds(pid) - before) / jobs) * 1e6;
  return { callers, connections, perSecond: jobs / seconds, serverMicros, p50Ms, p99Ms };
}

const WARM_UP_MS = 2_000;

/**
 * The same call over REST and over gRPC, for a lone caller and for 16, from one program that costs as much for both. Each call sends
 * another step: a point that is known already would be no write.
 */
export async function unaryCalls(server: Server, seconds: number): Promise<readonly UnaryCalls[]> {
  const [name = ""] = await newRuns(server, 1);
  // V8 compiles what is called often: the first measurements are not shown.
  for (const connections of [0, 1, 16]) await measured(server, { name, callers: 16, connections, forMs: WARM_UP_MS });
  const all: UnaryCalls[] = [];
  for (const callers of [1, 16]) {
    for (const connections of new Set([0, 1, callers]))
      all.push(await measured(server, { name, callers, connections, forMs: seconds * 1_000 }));
  }
  await expectPoints(server, name);
  return all;
}

/** Each call has left a point: that all were answered does not say it. */
async function expectPoints({ target }: Server, name: string): Promise<void> {
  const answer = await fetch(`http://${target.host}:${target.port}/v1/${name}/metrics?key=${METRIC.key}&pageSize=1000`);
  const { metrics = [] } = (await answer.json()) as { readonly metrics?: readonly unknown[] };
  if (metrics.length < 1_000) throw new Error("fewer points were logged than there were calls");
}
