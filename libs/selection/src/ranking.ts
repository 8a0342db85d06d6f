import type { Interval } from "@throughline/stats";
import { type DataColumn, takeRows } from "./column.ts";
import { labelledRows } from "./design.ts";
import { type LinearReference, linearReference } from "./linear-reference.ts";
import { type Chosen, chooseFeatures } from "./redundancy.ts";

/** A feature in the order in which features are worth having. */
export interface Ranked extends Chosen {
  /** How much more a linear model loses with it and those before it alone than with all. Undefined without a linear reference. */
  readonly riseUpTo?: Interval;
}

/** Which features to keep. */
export interface Ranking {
  /** By mRMR, the first ones first. A feature that leaks comes early: it tells most. */
  readonly order: readonly Ranked[];
  /** Rows with a label that it was made of. */
  readonly rows: number;
  /** What a linear model loses without each; undefined where there is none (see `linearReference`). */
  readonly linear?: Omit<LinearReference, "riseOfNone" | "risesUpTo">;
  /**
   * The fewest first features with which the linear model shows no loss beside all of them: the interval of the rise reaches 0. None
   * at all where the features tell nothing. Another model may make more of the others.
   */
  readonly enough?: number;
}

/** Ranks the features by the rows that have a label. */
export function rankingOf(features: readonly DataColumn[], label: DataColumn, seed: number): Ranking {
  const rows = labelledRows(label);
  const target = takeRows(label, rows);
  const labelled = features.map((it) => takeRows(it, rows));
  const chosen = chooseFeatures(labelled, target, labelled.length);
  const place = new Map(chosen.map((it, i) => [it.name, i]));
  const inOrder = labelled.toSorted((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0));
  const reference = linearReference(inOrder, target, seed);
  if (!reference) return { order: chosen, rows: rows.length };
  const { riseOfNone, risesUpTo, ...linear } = reference;
  const order = chosen.map((it, i): Ranked => ({ ...it, ...(risesUpTo[i] && { riseUpTo: risesUpTo[i] }) }));
  const enough = [riseOfNone, ...risesUpTo].findIndex((it) => it.low <= 0);
  return { order, rows: rows.length, linear, enough };
}
