import type { ProcessLimits } from "./protocol.ts";

/** What a job has beside its plan. */
export interface JobContext {
  readonly limits: ProcessLimits;
  readonly signal: AbortSignal;
  /** Tells how much is done, from 0 to 1. */
  readonly progress: (fraction: number) => void;
  /** The next piece of input; undefined at its end. */
  readonly pull: () => Promise<unknown>;
  /** Hands out a piece; resolves when it is taken. */
  readonly output: (piece: unknown) => Promise<void>;
}

/** Lets messages (a cancellation above all) in during a long loop, and stops the loop if there was one. */
export async function breathe(context: JobContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  context.signal.throwIfAborted();
}
