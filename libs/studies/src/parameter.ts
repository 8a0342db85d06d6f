/** What a trial is told for one parameter: numbers for float and int, a choice for categorical ones. */
export type ParameterValue = number | string;

/** The parameters of a trial. Those whose condition does not hold are absent. */
export type Params = Readonly<Record<string, ParameterValue>>;

/** A parameter exists only where its parent has one of the values. */
export interface Condition {
  readonly parent: string;
  readonly values: readonly ParameterValue[];
}

/** A value, or undefined where the parameter is absent: names such as `constructor` are not taken for inherited members. */
export const valueIn = (params: Params, name: string): ParameterValue | undefined =>
  Object.hasOwn(params, name) ? params[name] : undefined;

interface Named {
  readonly name: string;
  readonly when?: Condition;
}

/** A number within [min, max]. With `step`, one of min, min + step, ...; with `log`, its logarithm is searched. */
export interface FloatParameter extends Named {
  readonly kind: "float";
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
  readonly step?: number;
}

/** One of min, min + step, ... up to max. */
export interface IntParameter extends Named {
  readonly kind: "int";
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
  readonly step: number;
}

/** One of several choices without an order. */
export interface CategoricalParameter extends Named {
  readonly kind: "categorical";
  readonly choices: readonly string[];
}

export type NumericParameter = FloatParameter | IntParameter;
export type Parameter = NumericParameter | CategoricalParameter;

/** How many values a parameter has; infinity for a continuous one. */
export function valueCount(parameter: Parameter): number {
  if (parameter.kind === "categorical") return parameter.choices.length;
  if (parameter.min === parameter.max) return 1;
  const step = parameter.step;
  // A range such as 0 to 0.3 by 0.1 must not lose its end to rounding.
  return step === undefined ? Number.POSITIVE_INFINITY : Math.floor((parameter.max - parameter.min) / step + 1e-9) + 1;
}

/**
 * The value at a place of [0, 1], on which values lie evenly (their logarithms, with `log`). Each of a finite number of
 * values owns a stretch: all stretches are of one length, or run from half a step below to half a step above.
 */
export function valueAt(parameter: Parameter, unit: number): ParameterValue {
  if (parameter.kind === "categorical")
    return parameter.choices[clamp(Math.floor(unit * parameter.choices.length), parameter.choices.length - 1)] ?? "";
  const [low, high] = bounds(parameter);
  const place = low + (high - low) * unit;
  const value = parameter.log ? Math.exp(place) : place;
  const step = parameter.step;
  if (step === undefined) return Math.min(Math.max(value, parameter.min), parameter.max);
  return stepped(parameter, clamp(Math.round((value - parameter.min) / step), valueCount(parameter) - 1));
}

/** The value at a position of the steps, from 0 on. */
export function stepped(parameter: NumericParameter, position: number): number {
  const value = parameter.min + position * (parameter.step ?? 0);
  // Twelve digits take away what binary fractions add: 0.1 + 2 * 0.1 is told as 0.3.
  return parameter.kind === "int" ? value : Math.min(Number(value.toPrecision(12)), parameter.max);
}

/** The place of a value: the middle of its stretch, where it owns one. */
export function unitOf(parameter: Parameter, value: ParameterValue): number {
  if (parameter.kind === "categorical")
    return (parameter.choices.indexOf(String(value)) + 0.5) / parameter.choices.length;
  const [low, high] = bounds(parameter);
  return high === low ? 0.5 : (scaled(parameter, Number(value)) - low) / (high - low);
}

/** The stretch of [0, 1] that a value of a stepped parameter owns. */
export function stretchOf(parameter: NumericParameter, value: number): readonly [from: number, to: number] {
  const [low, high] = bounds(parameter);
  const half = (parameter.step ?? 0) / 2;
  const edge = (it: number): number => Math.min(Math.max((scaled(parameter, it) - low) / (high - low), 0), 1);
  return high === low ? [0, 1] : [edge(value - half), edge(value + half)];
}

/** What [0, 1] stands for, after the logarithm if there is one. */
function bounds(parameter: NumericParameter): readonly [low: number, high: number] {
  const half = (parameter.step ?? 0) / 2;
  const last = parameter.step === undefined ? parameter.max : stepped(parameter, valueCount(parameter) - 1);
  return [scaled(parameter, parameter.min - half), scaled(parameter, last + half)];
}

const scaled = ({ log }: NumericParameter, value: number): number => (log ? Math.log(value) : value);

const clamp = (position: number, last: number): number => Math.min(Math.max(position, 0), last);
