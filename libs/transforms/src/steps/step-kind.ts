import { invariant, type Json } from "@throughline/kernel";
import type { Step } from "../definition.ts";
import type { EvaluatedLanes } from "../evaluate/evaluate.ts";
import { aNumber, type Fields } from "../fields.ts";
import type { Lane, ProgramBuilder } from "../program.ts";

/**
 * What a column is, as far as the definition tells. `whole` is an int64 or boolean, `category` an index from 0 that is never
 * missing, `vector` several numbers in each row.
 */
export type ValueType = "number" | "whole" | "timestamp" | "text" | "category" | "vector";

/** A column of the graph once the constants before it are known. */
export interface Lowered {
  readonly type: ValueType;
  readonly lane: Lane;
  /** How many categories there are. */
  readonly cardinality?: number;
  /** What a category, or an element of a vector, stands for. */
  labelOf?(index: number): string;
}

/**
 * Learns the constants of a step from rows. States are plain data that structured clones carry, so that other processes can
 * learn from parts of the rows. Law: however the rows are split, the merged state gives the same constants to the last bit.
 */
export interface Learner {
  /** A state that has seen nothing. */
  empty(): unknown;
  /** Adds rows to a state, which changes. */
  add(state: unknown, lanes: EvaluatedLanes): void;
  /** Adds what another state has seen to a state, which changes. */
  merge(state: unknown, other: unknown): void;
  /** Fails with TRANSFORMS_NOTHING_TO_LEARN. */
  constants(state: unknown): Json;
  /** The lanes that it reads. */
  readonly reads: readonly Lane[];
}

/** Reports a problem of a step's field. */
export type Report = (field: string, problem: string) => void;

/** All that is known of one kind of step. */
export interface StepKind<S extends Step> {
  /** The fields besides `kind`. */
  readonly fields: Fields;
  /** The columns that it makes, with their types, from the types of its inputs. */
  outputs(step: S, inputs: readonly ValueType[], report: Report): readonly (readonly [name: string, type: ValueType])[];
  /** The fields of its constants, if it has such. */
  readonly constants?: Fields;
  /** Constants that depend on no data, if it has such. */
  fixed?(step: S): Json | undefined;
  /** Whether the step learns from data. Left out: it does if it has a learner. */
  learns?(step: S): boolean;
  /** Operations that prepare what it reads may be built. */
  learner?(step: S, inputs: readonly Lowered[], build: ProgramBuilder): Learner;
  /** Builds its operations. `constants` is what is fixed, or what its learner gave. One result for each output. */
  lower(step: S, at: LoweringPlace): readonly Lowered[];
}

export interface LoweringPlace {
  readonly inputs: readonly Lowered[];
  readonly constants: unknown;
  readonly build: ProgramBuilder;
}

/** A column as numbers, with NaN for missing ones. */
export function asNumber(build: ProgramBuilder, { lane }: Lowered): Lane {
  if (lane.kind !== "whole") return lane;
  return build.select(build.wholeMissing(lane), Number.NaN, build.wholeNumber(lane));
}

/** A field of constants that come from quantiles: how far off, in rank, they are at most. */
export const RANK_ERROR = { rankErrorMax: { optional: aNumber } } as const;

/** The only input of most steps. */
export function onlyInput([input]: readonly Lowered[]): Lowered {
  invariant(input !== undefined, "the step has an input");
  return input;
}

/** Reports if an input is of none of the types. */
export function expectTypes(inputs: readonly ValueType[], allowed: readonly ValueType[], report: Report): void {
  const wrong = inputs.findIndex((it) => !allowed.includes(it));
  if (wrong < 0) return;
  const field = inputs.length === 1 ? "input" : `inputs[${wrong}]`;
  report(field, `names a ${inputs[wrong]}, and this step takes ${allowed.join(" or ")}`);
}

/** The only output of most steps. */
export const onlyOutput = (
  step: { readonly output: string },
  type: ValueType,
): readonly (readonly [string, ValueType])[] => [[step.output, type]];

/** The remainder of whole numbers in float64, exact below 2^52. */
export const remainderOf = (build: ProgramBuilder, of: Lane, by: number): Lane =>
  build.subtract(of, build.multiply(build.floor(build.divide(of, by)), by));
