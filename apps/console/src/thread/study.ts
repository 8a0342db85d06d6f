import {
  type CorrectedValue,
  CorrectionMethod,
  Direction,
  type Parameter,
  type ParameterValue,
  type Sampler,
  type Study,
  type Trial,
  TrialState,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { figure, percent } from "./format.ts";

/** The value of a parameter as text. */
export function paramText(value: ParameterValue | undefined): string {
  const kind = value?.kind;
  if (kind?.case === undefined) return "–";
  return kind.case === "floatValue" ? figure(kind.value) : String(kind.value);
}

/** What a parameter may be: `1e-4 to 1, by its logarithm`, or its choices. */
export function rangeText({ range }: Parameter): string {
  if (range.case === undefined) return "–";
  if (range.case === "categories") return range.value.choices.join(", ");
  const { min, max, log } = range.value;
  const step = Number(range.value.step ?? 0);
  const steps = step > 0 ? `, in steps of ${figure(step)}` : "";
  return `${figure(Number(min))} to ${figure(Number(max))}${log ? ", by its logarithm" : ""}${steps}`;
}

/** When a parameter exists: `kind is b`; empty if it always does. */
export const conditionText = ({ condition }: Parameter): string =>
  condition === undefined ? "" : `${condition.parent} is ${condition.values.map(paramText).join(" or ")}`;

const SAMPLERS = {
  grid: "grid",
  random: "random",
  sobol: "Sobol",
  tpe: "TPE",
  cmaEs: "CMA-ES",
  genetic: "NSGA-II",
} as const satisfies Record<NonNullable<Sampler["method"]["case"]>, string>;

export const samplerText = (sampler: Sampler | undefined): string => SAMPLERS[sampler?.method.case ?? "tpe"];

/** `loss, less is better`. */
export const objectivesText = ({ objectives }: Pick<Study, "objectives">): string =>
  objectives.map((it) => `${it.metric}, ${it.direction === Direction.MAXIMIZE ? "more" : "less"} is better`).join("; ");

/** What the best value is worth on new data, or why that is not known. */
export function correctedText({ outcome, low, high, level, method }: CorrectedValue): string {
  if (outcome.case !== "value") return `not known: ${outcome.value ?? "no trial is complete"}`;
  const by = method === CorrectionMethod.BOOTSTRAP ? "from held-out examples" : "from the folds";
  const interval =
    low === undefined || high === undefined
      ? ""
      : ` [${figure(low)}, ${figure(high)}] at ${percent(level ?? Number.NaN)}`;
  return `${figure(outcome.value)}${interval}, ${by}`;
}

/** The trials with a value of the first objective, by their number. */
const complete = (trials: readonly Trial[]): readonly Trial[] =>
  trials
    .filter((it) => it.state === TrialState.COMPLETE && Number.isFinite(it.values[0]))
    .toSorted((a, b) => a.number - b.number);

const firstOf = (trial: Trial): number => trial.values[0] ?? Number.NaN;

const isBetter = (a: number, b: number, direction: Direction | undefined): boolean =>
  direction === Direction.MAXIMIZE ? a > b : a < b;

/** The first objective of each complete trial, and the best value up to it, over the trials' numbers. */
export function historyOf(
  trials: readonly Trial[],
  direction: Direction | undefined,
): { readonly values: [number[], number[]]; readonly best: [number[], number[]] } {
  const told = complete(trials);
  const numbers = told.map((it) => it.number);
  const best: number[] = [];
  for (const it of told) {
    const [before, now] = [best.at(-1), firstOf(it)];
    best.push(before === undefined || isBetter(now, before, direction) ? now : before);
  }
  return { values: [numbers, told.map(firstOf)], best: [numbers, best] };
}

/** One axis of a picture with an axis for each parameter and one for the value. */
export interface Axis {
  readonly title: string;
  /** Places from 0, at the bottom, to 1. */
  readonly ticks: readonly { readonly text: string; readonly place: number }[];
}

/** One trial of such a picture. */
export interface Coordinates {
  readonly trial: Trial;
  /** One place for each axis; undefined where the trial has no such parameter. */
  readonly places: readonly (number | undefined)[];
  /** From 0, the worst of those drawn, to 1, the best. */
  readonly rank: number;
}

/** The complete trials of a study as lines over an axis for each parameter and one for the first objective, the best last. */
export function coordinatesOf(
  study: Pick<Study, "space" | "objectives">,
  trials: readonly Trial[],
): { readonly axes: readonly Axis[]; readonly lines: readonly Coordinates[] } {
  const told = complete(trials);
  const direction = study.objectives[0]?.direction;
  const ordered = told.toSorted((a, b) => (isBetter(firstOf(a), firstOf(b), direction) ? 1 : -1));
  const values = told.map(firstOf);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const scales = study.space.map(scaleOf);
  const place = between(least, most);
  const axes = [
    ...study.space.map((it, i): Axis => ({ title: it.name, ticks: scales[i]?.ticks ?? [] })),
    { title: study.objectives[0]?.metric ?? "value", ticks: told.length === 0 ? [] : endsOf(least, most) },
  ];
  const lines = ordered.map((trial, i): Coordinates => {
    const own = study.space.map((it, at) => {
      const value = trial.params[it.name];
      return value && scales[at]?.place(value);
    });
    return { trial, places: [...own, place(firstOf(trial))], rank: ordered.length < 2 ? 1 : i / (ordered.length - 1) };
  });
  return { axes, lines };
}

interface Scale {
  readonly ticks: Axis["ticks"];
  readonly place: (value: ParameterValue) => number | undefined;
}

/** More choices than this have ticks at the ends alone. */
const CHOICES_SHOWN = 12;

function scaleOf({ range }: Parameter): Scale {
  if (range.case === "categories") {
    const { choices } = range.value;
    const at = between(0, choices.length - 1);
    const ticks = choices.map((text, i) => ({ text, place: at(i) }));
    const shown = ticks.length <= CHOICES_SHOWN ? ticks : ticks.filter((_, i) => i === 0 || i === ticks.length - 1);
    return {
      ticks: shown,
      place: ({ kind }) => {
        const i = kind.case === "category" ? choices.indexOf(kind.value) : -1;
        return i < 0 ? undefined : at(i);
      },
    };
  }
  const [min, max] = [Number(range.value?.min ?? 0), Number(range.value?.max ?? 1)];
  const scaled = range.value?.log === true ? Math.log : (it: number) => it;
  const at = between(scaled(min), scaled(max));
  return {
    ticks: endsOf(min, max),
    place: ({ kind }) =>
      kind.case === "floatValue" || kind.case === "intValue" ? at(scaled(Number(kind.value))) : undefined,
  };
}

const endsOf = (least: number, most: number): Axis["ticks"] =>
  least === most
    ? [{ text: figure(least), place: 0.5 }]
    : [
        { text: figure(least), place: 0 },
        { text: figure(most), place: 1 },
      ];

/** Where a number lies between two; in the middle if they are one. */
const between =
  (least: number, most: number) =>
  (value: number): number =>
    least === most ? 0.5 : Math.min(1, Math.max(0, (value - least) / (most - least)));
