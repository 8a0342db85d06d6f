import type { FeatureValue } from "@throughline/kernel";
import type { Aggregate } from "./aggregate.ts";

/** When a row happened, when it was available, and where it was written: the order of `first` and `last`. */
export interface RowPlace {
  readonly eventNs: bigint;
  readonly knowledgeNs: bigint;
  /** Later segments, and in one of them later rows, come after. From 0. */
  readonly segment: number;
  readonly rowNumber: number;
}

/**
 * What is remembered of some values. Laws, checked by `state.test.ts`:
 * - The same values give the same bytes, in whatever order and by whatever `add` and `absorb` they came.
 * - `result` is what the words of `Aggregate` give for these values.
 */
export interface WindowState {
  /** Takes a value that is not null. */
  add(value: FeatureValue, place: RowPlace): void;
  /** Takes all values of another state of the same kind from its bytes. */
  absorb(bytes: Uint8Array): void;
  bytes(): Buffer;
  /** Of an aggregate that this state is kept for. Fails with WINDOW_VALUE_RANGE if an int64 sum leaves 64 bits. */
  result(aggregate: Aggregate): FeatureValue;
}
