import type { RolloutDecision, RolloutEvidence } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { RolloutAnalysis } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { toMs } from "./format.ts";
import { scaleOf } from "./intervals.ts";

/** What an analysis knew at one decision: the confidence sequence of candidate minus baseline. */
export interface Moment {
  /** Position of the decision in the rollout. */
  readonly sequence: bigint;
  readonly timeMs: number;
  /** Undefined while there is none. */
  readonly difference: number | undefined;
  /** -Infinity and Infinity while nothing is known. */
  readonly low: number;
  readonly high: number;
  readonly evidence: RolloutEvidence;
}

/** What an analysis knew at each decision, in the order of time. `decisions` may be in any order. */
export function momentsOf(decisions: readonly RolloutDecision[], analysis: string): readonly Moment[] {
  const found = decisions.flatMap((decision) => {
    const it = decision.evidence.find((one) => one.analysis === analysis);
    const timeMs = toMs(decision.time);
    if (!it || timeMs === undefined) return [];
    const difference = it.candidateMean - it.baselineMean;
    return [
      {
        sequence: decision.sequence,
        timeMs,
        difference: Number.isFinite(difference) ? difference : undefined,
        low: it.differenceLow,
        high: it.differenceHigh,
        evidence: it,
      },
    ];
  });
  return found.sort((a, b) => a.timeMs - b.timeMs);
}

/** A drawing of moments within `width` and `height`, as paths of SVG. */
export interface SequenceDrawing {
  /** The sequence as an area. Where an end is infinite it goes to the edge. */
  readonly band: string;
  readonly line: string;
  /** Where no difference is, and the worsening that matters. */
  readonly zero: number;
  readonly worsening: number;
  readonly ticks: readonly { readonly value: number; readonly y: number }[];
}

/** The difference at which the candidate is worse by what matters. */
export const worseningOf = ({
  lowerIsBetter,
  minEffect,
}: Pick<RolloutAnalysis, "lowerIsBetter" | "minEffect">): number => (lowerIsBetter ? minEffect : -minEffect);

/** Undefined if there is nothing to draw. */
export function drawSequence(
  moments: readonly Moment[],
  worsening: number,
  { width, height }: { readonly width: number; readonly height: number },
): SequenceDrawing | undefined {
  const [first] = moments;
  const last = moments.at(-1);
  if (!first || !last) return undefined;
  const { low, high, ticks } = scaleOf(shownValues(moments, worsening), 0);
  const y = (value: number): number => {
    const within = Math.min(high, Math.max(low, value));
    return rounded(height - ((within - low) / (high - low)) * height);
  };
  const span = last.timeMs - first.timeMs;
  const x = (timeMs: number): number => rounded(span === 0 ? width / 2 : ((timeMs - first.timeMs) / span) * width);
  const upper = moments.map((it) => `${x(it.timeMs)} ${y(it.high)}`);
  const lower = moments.map((it) => `${x(it.timeMs)} ${y(it.low)}`).reverse();
  const known = moments.flatMap((it) => (it.difference === undefined ? [] : [`${x(it.timeMs)} ${y(it.difference)}`]));
  return {
    band: `M${[...upper, ...lower].join("L")}Z`,
    line: known.length === 0 ? "" : `M${known.join("L")}`,
    zero: y(0),
    worsening: y(worsening),
    ticks: ticks.map((value) => ({ value, y: y(value) })),
  };
}

/**
 * What the scale is over. The first sequences are wide: of the ends only those of the later half count, so that what decides can
 * be seen.
 */
function shownValues(moments: readonly Moment[], worsening: number) {
  const later = moments.slice(Math.floor(moments.length / 2)).flatMap((it) => [it.low, it.high]);
  const differences = moments.flatMap((it) => it.difference ?? []);
  return [...later, ...differences, worsening, -worsening]
    .filter(Number.isFinite)
    .map((value) => ({ label: "", value, low: undefined, high: undefined, level: undefined, count: 0n }));
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
