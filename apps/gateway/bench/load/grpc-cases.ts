import { percentile } from "./closed-loop.ts";
import type { Standing } from "./demands.ts";
import { logMetricsOverGrpc } from "./grpc-load.ts";
import { logBatches, logMetrics } from "./logging-cases.ts";
import { measure, type Timing } from "./measure.ts";
import { cpuSeconds } from "./process-cost.ts";
import { OURS, type Server } from "./servers.ts";
import { type UnaryCalls, unaryCalls } from "./unary-calls.ts";

/** A call over gRPC is to do as much again as one over REST. */
const ASKED = 2;
const OVER_REST = "our REST";

/** Callers of single calls over gRPC, and their connections: alone, and of 16 on one connection and with one each. */
const SHAPES = [
  { callers: 1, connections: 1 },
  { callers: 16, connections: 1 },
  { callers: 16, connections: 16 },
] as const;

/** What is asked of them. */
export const grpcDemands: readonly Standing[] = SHAPES.map(({ callers, connections }) => ({
  demand: `log one metric over gRPC, ${connections === 1 ? "one connection" : "a connection each"}, calls a second`,
  callers,
  beside: OVER_REST,
  asked: `${ASKED} times`,
}));

/** Measures them: the same call over both, by a program that costs next to nothing. */
export async function measuredGrpc(server: Server, seconds: number): Promise<readonly Standing[]> {
  const all = await unaryCalls(server, seconds);
  const rateOf = (callers: number, connections: number): UnaryCalls["perSecond"] =>
    all.find((it) => it.callers === callers && it.connections === connections)?.perSecond ?? Number.NaN;
  return SHAPES.flatMap(({ callers, connections }, i) => {
    const [ours, theirs] = [rateOf(callers, connections), rateOf(callers, 0)];
    const asked = grpcDemands[i];
    return asked ? [{ ...asked, ours, theirs, ratio: ours / theirs, isMet: ours / theirs >= ASKED }] : [];
  });
}

/** What streams and batches do over gRPC, beside the same work over REST, both at ours. */
export async function* grpcRows(ours: Server, timing: Timing): AsyncIterable<Record<string, string | number>> {
  const ways = [
    { name: "log one metric over a gRPC stream each, 32 on the way, beside REST", way: "stream", metrics: 1 },
    { name: "log metrics in batches of 1,000 over gRPC, beside REST", way: "unary", metrics: 1_000 },
  ] as const;
  for (const { callers, name, ...load } of [1, 16].flatMap((it) => ways.map((way) => ({ callers: it, ...way })))) {
    const [rest] = await measure((load.metrics === 1 ? logMetrics : logBatches)(callers, 1), [ours], timing);
    const before = cpuSeconds(ours.pid);
    const grpc = await logMetricsOverGrpc(ours, { ...load, callers, forMs: timing.roundMs * timing.rounds });
    if (!rest) return;
    const units = grpc.jobs * load.metrics;
    const cpuMs = ((cpuSeconds(ours.pid) - before) / units) * 1_000;
    yield {
      case: name,
      callers,
      peer: OURS,
      "per s": units / grpc.seconds,
      "p50 ms": percentile(grpc.latenciesMs, 0.5),
      "p99 ms": percentile(grpc.latenciesMs, 0.99),
      "cpu ms": cpuMs,
      "peer per s": rest.perSecond,
      "peer p50": rest.p50,
      "peer p99": rest.p99,
      "peer cpu": rest.cpuMs,
      "times as fast": units / grpc.seconds / rest.perSecond,
      "times less cpu": rest.cpuMs / cpuMs,
    };
  }
}
