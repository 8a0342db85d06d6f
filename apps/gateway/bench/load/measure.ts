import type { Case, Prepared } from "./cases.ts";
import { closedLoop, expectNoFailure, type Job, median, percentile } from "./closed-loop.ts";
import { type MlflowApi, mlflowApi } from "./mlflow-api.ts";
import { cpuSeconds } from "./process-cost.ts";
import { OURS, type Server } from "./servers.ts";

/** What a server did with a case. */
export interface Measured {
  readonly perSecond: number;
  /** Of a job, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server's processes for one unit, in milliseconds. */
  readonly cpuMs: number;
  /** How many jobs were not answered well. */
  readonly failed: number;
}

/** How often and how long a case is done. */
export interface Timing {
  readonly rounds: number;
  readonly roundMs: number;
  /** How long it is done before it is measured. */
  readonly warmUpMs: number;
}

/** Measures some servers in turn, so that what else the machine does meets all of them. */
export async function measure(
  it: Case,
  servers: readonly Server[],
  { rounds: count, roundMs, warmUpMs }: Timing,
): Promise<readonly Measured[]> {
  const parts: { server: Server; api: MlflowApi; prepared: Prepared; rounds: Measured[] }[] = [];
  for (const server of servers) {
    const api = await mlflowApi(server.target, server.addRuns);
    const prepared = await it.prepare(api);
    await closedLoop({ target: server.target, callers: it.callers, jobs: prepared.jobs(), forMs: warmUpMs });
    parts.push({ server, api, prepared, rounds: [] });
  }
  for (let round = 0; round < count; round++) {
    for (const { server, prepared, rounds } of parts)
      rounds.push(await measureRound(it, server, { jobs: prepared.jobs(), forMs: roundMs }));
  }
  for (const { api, prepared } of parts) {
    await prepared.check?.();
    api.close();
  }
  return parts.map(({ rounds }) => medians(rounds));
}

interface Round {
  readonly jobs: Iterable<Job>;
  readonly forMs: number;
}

/** Ours may not fail; what a peer fails at is counted. */
async function measureRound({ callers, unitsPerJob }: Case, server: Server, { jobs, forMs }: Round): Promise<Measured> {
  const { target, pid } = server;
  const before = cpuSeconds(pid);
  const loaded = await closedLoop({ target, callers, jobs, forMs });
  if (server.name === OURS) expectNoFailure(loaded);
  const units = loaded.jobs * unitsPerJob;
  return {
    perSecond: units / loaded.seconds,
    p50: percentile(loaded.latenciesMs, 0.5),
    p99: percentile(loaded.latenciesMs, 0.99),
    cpuMs: ((cpuSeconds(pid) - before) / units) * 1_000,
    failed: loaded.failures.length,
  };
}

const medians = (rounds: readonly Measured[]): Measured => ({
  perSecond: median(rounds.map((it) => it.perSecond)),
  p50: median(rounds.map((it) => it.p50)),
  p99: median(rounds.map((it) => it.p99)),
  cpuMs: median(rounds.map((it) => it.cpuMs)),
  failed: rounds.reduce((sum, it) => sum + it.failed, 0),
});
