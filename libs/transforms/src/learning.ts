import type { Json } from "@throughline/kernel";
import type { CheckedTransforms } from "./check.ts";
import { type Columns, rowCount } from "./column.ts";
import { checkConstants, fixedConstants, type TransformConstants } from "./constants.ts";
import { invalidConstants } from "./errors.ts";
import { evaluated, neededFor } from "./evaluate/evaluate.ts";
import { lowered } from "./lowering.ts";

/** What a pass has seen so far: plain data that structured clones carry from one process to another. */
export interface PassState {
  rows: number;
  /** By the output of the step. */
  readonly learned: ReadonlyMap<string, unknown>;
}

/**
 * One pass over the training set. Law: the rows may be added in any order and any parts, to any number of states that are merged
 * in any order; the constants are the same to the last bit.
 */
export interface LearningPass {
  empty(): PassState;
  /** Adds rows to a state, which changes. Fails with TRANSFORMS_COLUMN_INVALID and TRANSFORMS_TOO_MANY_VALUES. */
  add(state: PassState, columns: Columns): void;
  /** Adds to a state, which changes, what another has seen. */
  merge(state: PassState, other: PassState): void;
  /** The constants with those of this pass. Fails with TRANSFORMS_NOTHING_TO_LEARN. */
  finish(state: PassState): TransformConstants;
}

/** Rows that are evaluated at once. */
export const BLOCK_ROWS = 4_096;

/**
 * The next pass over the training set, or nothing once all constants are known. Begins with `fixedConstants`, and goes on with
 * what a pass gave. Most definitions take one pass; steps that learn from what other steps have learned take one more each.
 */
export function nextPass(transforms: CheckedTransforms, known: TransformConstants): LearningPass | undefined {
  checkConstants(transforms, known);
  const { build, learners } = lowered(transforms, known);
  if (learners.size === 0) return undefined;
  const all = [...learners].map(([step, learner]) => ({ output: step.output, learner }));
  const needed = neededFor(
    build.operations,
    all.flatMap((it) => it.learner.reads),
  );
  const stateOf = ({ learned }: PassState, output: string): unknown => {
    if (!learned.has(output)) throw invalidConstants(output, "was not learned by the state of this pass");
    return learned.get(output);
  };
  return {
    empty: () => ({ rows: 0, learned: new Map(all.map(({ output, learner }) => [output, learner.empty()])) }),
    add(state, columns) {
      const rows = rowCount(columns);
      for (let from = 0; from < rows; from += BLOCK_ROWS) {
        const range = { from, to: Math.min(rows, from + BLOCK_ROWS) };
        const lanes = evaluated(build.operations, needed, { columns, range });
        for (const { output, learner } of all) learner.add(stateOf(state, output), lanes);
      }
      state.rows += rows;
    },
    merge(state, other) {
      for (const { output, learner } of all) learner.merge(stateOf(state, output), stateOf(other, output));
      state.rows += other.rows;
    },
    finish(state) {
      const learned = all.map(({ output, learner }): readonly [string, Json] => [
        output,
        learner.constants(stateOf(state, output)),
      ]);
      return { ...known, rows: state.rows, steps: { ...known.steps, ...Object.fromEntries(learned) } };
    },
  };
}

/**
 * Learns all constants. `read` gives the whole training set, piece by piece, and is called once for each pass
 * (`transforms.passes`); it has to give the same rows each time.
 */
export async function learnConstants(
  transforms: CheckedTransforms,
  read: () => AsyncIterable<Columns> | Iterable<Columns>,
): Promise<TransformConstants> {
  let constants = fixedConstants(transforms);
  for (let pass = nextPass(transforms, constants); pass !== undefined; pass = nextPass(transforms, constants)) {
    const state = pass.empty();
    for await (const piece of read()) pass.add(state, piece);
    constants = pass.finish(state);
  }
  return constants;
}
