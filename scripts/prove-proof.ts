import type { Addresses } from "./prove-platform.ts";

/** One thing that must hold. */
export interface Proof {
  /** A sentence. */
  readonly name: string;
  /** Fails with the reason if it does not hold. */
  run(addresses: Addresses): Promise<void>;
}

/** Fails unless the text has every pattern, and names the first that it lacks with the end of the text. */
export function expectPatterns(text: string, patterns: readonly RegExp[]): void {
  const missing = patterns.find((it) => !it.test(text));
  if (missing) throw new Error(`the output lacks ${missing}:\n${text.trim().slice(-2_000)}`);
}

/** Fails with the message unless the condition holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
