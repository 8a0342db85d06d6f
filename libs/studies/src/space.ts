import { invalidField } from "@throughline/kernel";
import { type Parameter, type ParameterValue, type Params, unitOf, valueAt, valueCount, valueIn } from "./parameter.ts";

/** What is searched. A parameter comes after the one that its condition names. */
export type Space = readonly Parameter[];

/** Most parameters of one space, and most choices of one parameter. */
export const SPACE_LIMITS = { parametersMax: 64, choicesMax: 1_000 } as const;

const NAME = /^[A-Za-z][A-Za-z0-9_./ -]{0,249}$/;

/** Checks a space. Fails with INVALID_FIELD; `path` is the field that holds it. */
export function checkSpace(space: Space, path: string): void {
  if (space.length === 0) throw invalidField(path, "there is nothing to search: name one parameter at least");
  if (space.length > SPACE_LIMITS.parametersMax)
    throw invalidField(path, `${space.length} parameters are more than ${SPACE_LIMITS.parametersMax}`);
  for (const [i, parameter] of space.entries()) {
    const before = space.slice(0, i);
    const wrong =
      (!NAME.test(parameter.name) &&
        "a name begins with a letter and has 1 to 250 letters, digits and _ . - / and blanks") ||
      (before.some((it) => it.name === parameter.name) && `there are two parameters called "${parameter.name}"`) ||
      wrongRange(parameter) ||
      wrongCondition(parameter, before);
    if (wrong) throw invalidField(`${path}[${i}]`, wrong);
  }
}

function wrongRange(parameter: Parameter): string | undefined {
  if (parameter.kind === "categorical") return wrongChoices(parameter.choices);
  const { min, max, log, step } = parameter;
  if (!Number.isFinite(min) || !Number.isFinite(max) || !Number.isFinite(max - min)) return "its range is not finite";
  if (min > max) return `its smallest value ${min} is above its largest ${max}`;
  if (step !== undefined && !(step > 0 && Number.isFinite(step))) return "its step is not above 0";
  if (parameter.kind === "int" && ![min, max, parameter.step].every(Number.isSafeInteger))
    return "its range and step are not whole numbers within 2^53";
  if (log && !(min > 0)) return "a logarithmic range begins above 0";
  if (log && parameter.kind === "float" && step !== undefined) return "a logarithmic range has no step";
  if (log && parameter.kind === "int" && step !== 1) return "a logarithmic range of whole numbers has a step of 1";
  return undefined;
}

function wrongChoices(choices: readonly string[]): string | undefined {
  if (choices.length === 0) return "it has no choices";
  if (choices.length > SPACE_LIMITS.choicesMax)
    return `${choices.length} choices are more than ${SPACE_LIMITS.choicesMax}`;
  return new Set(choices).size < choices.length ? "two of its choices are equal" : undefined;
}

function wrongCondition({ when }: Parameter, before: Space): string | undefined {
  if (when === undefined) return undefined;
  const parent = before.find((it) => it.name === when.parent);
  if (parent === undefined) return `its condition names "${when.parent}", which is no parameter before it`;
  if (when.values.length === 0) return "its condition names no value, so that it would never exist";
  const strange = when.values.find((it) => !isValue(parent, it));
  return strange === undefined ? undefined : `"${when.parent}" never has the value ${JSON.stringify(strange)}`;
}

/** True if the parameter can have the value. */
function isValue(parameter: Parameter, value: ParameterValue): boolean {
  if (parameter.kind === "categorical") return typeof value === "string" && parameter.choices.includes(value);
  if (typeof value !== "number" || !(value >= parameter.min && value <= parameter.max)) return false;
  return valueCount(parameter) === Number.POSITIVE_INFINITY || valueAt(parameter, unitOf(parameter, value)) === value;
}

/** True if the parameter exists beside the given ones. */
export const isActive = ({ when }: Parameter, params: Params): boolean => {
  if (when === undefined) return true;
  const value = valueIn(params, when.parent);
  return value !== undefined && when.values.includes(value);
};

/** Parameters by choosing a value for each that exists, in the order of the space. */
export function chosen(space: Space, choose: (parameter: Parameter, position: number) => ParameterValue): Params {
  const params: Record<string, ParameterValue> = {};
  for (const [i, parameter] of space.entries())
    if (isActive(parameter, params)) params[parameter.name] = choose(parameter, i);
  return params;
}

/** The places of parameters in [0, 1], in the order of the space; NaN for those that do not exist. */
export const unitsOf = (space: Space, params: Params): Float64Array =>
  Float64Array.from(space, (it) => {
    const value = valueIn(params, it.name);
    return value === undefined ? Number.NaN : unitOf(it, value);
  });

/** The parameters at places of [0, 1]. */
export const paramsAt = (space: Space, units: ArrayLike<number>): Params =>
  chosen(space, (parameter, i) => valueAt(parameter, units[i] ?? 0.5));

/** The same text for the same parameters. */
export const paramsKey = (space: Space, params: Params): string =>
  JSON.stringify(space.map(({ name }) => valueIn(params, name) ?? null));
