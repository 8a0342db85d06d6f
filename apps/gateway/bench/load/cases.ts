import type { Job } from "./closed-loop.ts";
import type { MlflowApi } from "./mlflow-api.ts";

/** One thing that is measured on every server. */
export interface Case {
  readonly name: string;
  /** What a job is, in the plural: `runs`. */
  readonly unit: string;
  readonly callers: number;
  /** How many units a job counts for. */
  readonly unitsPerJob: number;
  /** How many times as fast as the peer it is to be; of which figure. Left out: the rate is compared, and nothing is asked. */
  readonly asked?: { readonly ratio: number; readonly of: "rate" | "p50" };
  /** What ours has to keep whatever a peer does: a rate at least, or a p99 in milliseconds below. */
  readonly bound?: { readonly of: "rate" | "p99"; readonly value: number };
  /** Does on a server what has to be done before. */
  prepare(api: MlflowApi): Promise<Prepared>;
}

export interface Prepared {
  /** The jobs of a round. They have no end. */
  jobs(): Iterable<Job>;
  /** Fails if what the jobs have left is wrong. */
  check?(): Promise<void>;
}

export function* endless<T>(make: (i: number) => T): Generator<T, void> {
  for (let i = 0; ; i++) yield make(i);
}

/** Fails with what was expected. */
export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`the answer is wrong: ${what}`);
}
