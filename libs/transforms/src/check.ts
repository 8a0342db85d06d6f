import { type Digest, digestOfJson, type FieldViolation, type Json } from "@throughline/kernel";
import { type Output, type RawColumn, type Step, TRANSFORM_LIMITS, type TransformDefinition } from "./definition.ts";
import { invalidDefinition } from "./errors.ts";
import { aList, aName, checkFields, type FieldCheck, oneOf } from "./fields.ts";
import { kindOf, STEP_KINDS } from "./steps/kinds.ts";
import type { ValueType } from "./steps/step-kind.ts";

/** A definition in which nothing is wrong. */
export interface CheckedTransforms {
  readonly definition: TransformDefinition;
  /** SHA-256 over the canonical JSON of the definition. Constants name it. */
  readonly digest: Digest;
  /** The steps that reach an output, in an order in which they can run. */
  readonly steps: readonly Step[];
  /** The raw columns that reach an output, in the order of the definition: others need not be there. */
  readonly columns: readonly RawColumn[];
  /** Passes over the training set until all constants are known: most often 1, more where steps learn from what others learned. */
  readonly passes: number;
}

const anything: FieldCheck = () => undefined;
const { columnsMax, stepsMax, outputsMax } = TRANSFORM_LIMITS;

const DEFINITION = {
  columns: aList(anything, 1, columnsMax),
  steps: aList(anything, 0, stepsMax),
  outputs: aList(anything, 1, outputsMax),
};
const COLUMN = { name: aName, type: oneOf("float64", "float32", "int64", "boolean", "timestamp", "string") };
const OUTPUT = {
  name: (value: unknown) =>
    typeof value === "string" && value !== "" && value.length <= 255
      ? undefined
      : "has to be a name of 1 to 255 characters",
  columns: aList(aName, 1, columnsMax),
  type: { optional: oneOf("float32", "float64", "int64") },
};

/**
 * Checks a definition, as it came from JSON. Fails with TRANSFORMS_INVALID, which names every wrong field.
 * Laws: an accepted definition can be learned, applied and compiled, but for what only data can tell (nothing to learn from,
 * too many categories); the order of its steps is without effect.
 */
export function checkTransforms(given: unknown): CheckedTransforms {
  const violations: FieldViolation[] = [];
  const report = (path: string, description: string): void => void violations.push({ path, description });
  const stop = (): void => {
    if (violations.length > 0) throw invalidDefinition(violations);
  };
  if (!checkFields(given, DEFINITION, (field, problem) => report(field === "" ? "transforms" : field, problem))) stop();
  const definition = given as TransformDefinition;
  checkParts(definition, report);
  stop();
  const makers = makersOf(definition, report);
  const steps = ordered(definition, makers, report);
  stop();
  const types = typesOf(definition, steps, report);
  definition.outputs.forEach(
    (output, i) => void checkOutput(output, types, (field, it) => report(`outputs[${i}].${field}`, it)),
  );
  stop();
  const kept = reaching(definition, steps);
  const columns = columnsFor(definition, kept);
  return { definition, digest: digestOfJson(given as Json), steps: kept, columns, passes: passesOf(kept) };
}

function columnsFor({ columns, outputs }: TransformDefinition, steps: readonly Step[]): readonly RawColumn[] {
  const read = new Set([...outputs.flatMap((it) => it.columns), ...steps.flatMap(inputsOf)]);
  return columns.filter((it) => read.has(it.name));
}

type Report = (path: string, description: string) => void;

function checkParts({ columns, steps, outputs }: TransformDefinition, report: Report): void {
  const within = (path: string) => (field: string, problem: string) =>
    report(field === "" ? path : `${path}.${field}`, problem);
  columns.forEach((it, i) => void checkFields(it, COLUMN, within(`columns[${i}]`)));
  outputs.forEach((it, i) => void checkFields(it, OUTPUT, within(`outputs[${i}]`)));
  steps.forEach((it, i) => {
    const kind = (it as Partial<Step> | null)?.kind;
    if (typeof kind !== "string" || !STEP_KINDS.includes(kind))
      report(`steps[${i}].kind`, `has to be one of ${STEP_KINDS.join(", ")}`);
    else checkFields(it, { kind: anything, ...kindOf(it).fields }, within(`steps[${i}]`));
  });
  const names = new Set<string>();
  outputs.forEach(({ name }, i) => {
    if (names.has(name)) report(`outputs[${i}].name`, `${name} is the name of another output`);
    names.add(name);
  });
}

/** The columns that a step reads. */
export const inputsOf = (step: Step): readonly string[] => ("inputs" in step ? step.inputs : [step.input]);
const madeBy = (step: Step): readonly string[] =>
  "indicator" in step && step.indicator !== undefined ? [step.output, step.indicator] : [step.output];

/** Which step makes each column; nothing for raw ones. */
type Makers = ReadonlyMap<string, Step | undefined>;

function makersOf({ columns, steps }: TransformDefinition, report: Report): Makers {
  const makers = new Map<string, Step | undefined>();
  const declare = (name: string, path: string, maker?: Step): void => {
    if (makers.has(name)) report(path, `${name} is the name of another column`);
    makers.set(name, maker);
  };
  columns.forEach((it: RawColumn, i) => void declare(it.name, `columns[${i}].name`));
  steps.forEach((step, i) => {
    madeBy(step).forEach((name, k) => void declare(name, `steps[${i}].${k === 0 ? "output" : "indicator"}`, step));
  });
  return makers;
}

/** The steps, each after those that make what it reads; otherwise in the order of the definition. */
function ordered({ steps }: TransformDefinition, makers: Makers, report: Report): readonly Step[] {
  const done = new Set<Step>();
  const open = new Set<Step>();
  const visit = (step: Step): void => {
    if (done.has(step)) return;
    const path = `steps[${steps.indexOf(step)}]`;
    if (open.has(step)) {
      report(path, `needs its own output ${step.output}, by way of the steps between`);
      return;
    }
    open.add(step);
    inputsOf(step).forEach((name, i) => {
      const maker = makers.get(name);
      if (!makers.has(name))
        report(
          `${path}.${"inputs" in step ? `inputs[${i}]` : "input"}`,
          `names ${name}, which is no column and no output of a step`,
        );
      else if (maker !== undefined) visit(maker);
    });
    open.delete(step);
    done.add(step);
  };
  for (const it of steps) visit(it);
  return [...done];
}

const RAW_TYPES = {
  float64: "number",
  float32: "number",
  int64: "whole",
  boolean: "whole",
  timestamp: "timestamp",
  string: "text",
} as const satisfies Record<RawColumn["type"], ValueType>;

/** What a raw column of a type is. */
export const valueTypeOf = (type: RawColumn["type"]): ValueType => RAW_TYPES[type];

function typesOf(
  { columns, steps }: TransformDefinition,
  order: readonly Step[],
  report: Report,
): ReadonlyMap<string, ValueType> {
  const types = new Map<string, ValueType>(columns.map((it) => [it.name, valueTypeOf(it.type)]));
  for (const step of order) {
    const inputs = inputsOf(step).map((it) => types.get(it) as ValueType);
    const path = `steps[${steps.indexOf(step)}]`;
    const made = kindOf(step).outputs(step, inputs, (field, problem) => report(`${path}.${field}`, problem));
    for (const [name, type] of made) types.set(name, type);
  }
  return types;
}

function checkOutput({ columns, type }: Output, types: ReadonlyMap<string, ValueType>, report: Report): void {
  columns.forEach((name, i) => {
    const found = types.get(name);
    if (found === undefined) report(`columns[${i}]`, `names ${name}, which is no column and no output of a step`);
    else if (found === "text" || found === "timestamp")
      report(`columns[${i}]`, `names ${name}, which is a ${found} and no number; make numbers of it by a step`);
    else if (type === "int64" && found !== "category")
      report(`columns[${i}]`, `names ${name}, a ${found} that may be missing; int64 takes categories alone`);
  });
}

/** Steps whose results nobody uses cost nothing: they are left out. */
function reaching({ outputs }: TransformDefinition, order: readonly Step[]): readonly Step[] {
  const wanted = new Set(outputs.flatMap((it) => it.columns));
  const kept = order.toReversed().filter((step) => {
    if (!madeBy(step).some((it) => wanted.has(it))) return false;
    for (const it of inputsOf(step)) wanted.add(it);
    return true;
  });
  return kept.reverse();
}

/** Whether a step learns constants from data. */
export function learns(step: Step): boolean {
  const kind = kindOf(step);
  return kind.learner !== undefined && (kind.learns?.(step) ?? true);
}

function passesOf(order: readonly Step[]): number {
  const depths = new Map<string, number>();
  let most = 0;
  for (const step of order) {
    const before = Math.max(0, ...inputsOf(step).map((it) => depths.get(it) ?? 0));
    const depth = before + Number(learns(step));
    for (const name of madeBy(step)) depths.set(name, depth);
    most = Math.max(most, depth);
  }
  return most;
}
