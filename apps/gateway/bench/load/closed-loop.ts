import { type Answer, type Connection, openConnection, type Target } from "./connection.ts";

/** Sends one request and gives back its answer. Fails unless it is answered with 200. */
export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** What is timed: one call, or several that need each other. */
export type Job = (call: Call) => Promise<void>;

export interface Loaded {
  /** Those that went well. */
  readonly jobs: number;
  readonly failures: readonly Error[];
  readonly seconds: number;
  /** Of every job, in order of size. */
  readonly latenciesMs: readonly number[];
}

export interface Load {
  readonly target: Target;
  readonly callers: number;
  readonly jobs: Iterable<Job>;
  /** No job is begun after it. Left out: all of them are done. */
  readonly forMs?: number;
}

/** Has each of some callers do jobs one after the other, on a kept-alive connection of its own, and times every job. */
export async function closedLoop({ target, callers, jobs, forMs = Number.POSITIVE_INFINITY }: Load): Promise<Loaded> {
  const latenciesMs: number[] = [];
  const failures: Error[] = [];
  const left = jobs[Symbol.iterator]();
  const connections = await Promise.all(Array.from({ length: callers }, () => openConnection(target)));
  const startMs = performance.now();
  const caller = async (connection: Connection): Promise<void> => {
    const call: Call = async (method, path, body) => {
      const answer = await connection.exchange(method, path, body === undefined ? undefined : JSON.stringify(body));
      if (answer.status === 200) return answer;
      throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.body.toString("utf8", 0, 500)}`);
    };
    while (performance.now() - startMs < forMs) {
      const job = left.next();
      if (job.done) return;
      const begunMs = performance.now();
      await job.value(call).then(
        () => void latenciesMs.push(performance.now() - begunMs),
        (error: Error) => void failures.push(error),
      );
    }
  };
  await Promise.all(connections.map(caller)).finally(() => {
    for (const it of connections) it.close();
  });
  const seconds = (performance.now() - startMs) / 1_000;
  return { jobs: latenciesMs.length, failures, seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

/** The value that a share of sorted ones does not exceed. */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/** Fails if any job has. */
export function expectNoFailure({ failures: [first] }: Loaded): void {
  if (first) throw first;
}

export const median = (values: readonly number[]): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
