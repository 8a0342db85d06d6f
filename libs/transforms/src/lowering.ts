import { invariant } from "@throughline/kernel";
import { type CheckedTransforms, inputsOf, learns, valueTypeOf } from "./check.ts";
import type { TransformConstants } from "./constants.ts";
import type { Step } from "./definition.ts";
import { type ProgramBuilder, programBuilder } from "./program.ts";
import { kindOf } from "./steps/kinds.ts";
import type { Learner, Lowered } from "./steps/step-kind.ts";

/** The graph as operations, as far as the constants reach. */
export interface Lowering {
  readonly build: ProgramBuilder;
  /** Columns that can be computed. */
  readonly columns: ReadonlyMap<string, Lowered>;
  /** Steps whose constants are missing and whose inputs can be computed: what the next pass learns. */
  readonly learners: ReadonlyMap<Step, Learner>;
}

/** Turns the steps into operations, in their order. */
export function lowered({ definition, steps }: CheckedTransforms, constants: TransformConstants): Lowering {
  const build = programBuilder();
  const columns = new Map<string, Lowered>();
  const learners = new Map<Step, Learner>();
  const raw = new Map(definition.columns.map((it) => [it.name, it.type]));
  const columnOf = (name: string): Lowered | undefined => {
    const type = raw.get(name);
    // Raw columns that nothing reads are not asked for.
    if (type !== undefined && !columns.has(name))
      columns.set(name, { type: valueTypeOf(type), lane: build.column(name, type) });
    return columns.get(name);
  };
  for (const step of steps) {
    const inputs = inputsOf(step).map(columnOf);
    if (!inputs.every((it) => it !== undefined)) continue;
    const kind = kindOf(step);
    const own = Object.hasOwn(constants.steps, step.output) ? constants.steps[step.output] : undefined;
    if (own === undefined && learns(step)) {
      invariant(kind.learner !== undefined, "a step that learns has a learner");
      learners.set(step, kind.learner(step, inputs, build));
      continue;
    }
    const made = kind.lower(step, { inputs, constants: own, build });
    namesOf(step).forEach((name, i) => {
      const column = made[i];
      if (column !== undefined) columns.set(name, column);
    });
  }
  for (const { columns: names } of definition.outputs) names.forEach(columnOf);
  return { build, columns, learners };
}

const namesOf = (step: Step): readonly string[] =>
  "indicator" in step && step.indicator !== undefined ? [step.output, step.indicator] : [step.output];
