import { type Aggregate, AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { duration, percent, spanMs, words } from "./format.ts";

/** What an aggregate computes, in words: `3rd last amount that became known within 2 d`. */
export function aggregateText(it: Aggregate): string {
  const over = `that became known within ${duration(spanMs(it.window))}`;
  return `${whatText(it)} ${over}${exactnessText(it)}`;
}

function whatText({ function: computed, column, k, quantile }: Aggregate): string {
  const of = column === "" ? "rows" : column;
  switch (computed) {
    case AggregateFunction.COUNT:
      return `count of ${of}`;
    case AggregateFunction.FIRST:
      return `${place(k)}first ${of}`;
    case AggregateFunction.LAST:
      return `${place(k)}last ${of}`;
    case AggregateFunction.TOP:
      return `${place(k)}most frequent ${of}`;
    case AggregateFunction.QUANTILE:
      return `${percent(quantile ?? Number.NaN)} quantile of ${of}`;
    default:
      return `${words(AggregateFunction[computed])} of ${of}`;
  }
}

/** How far an approximate result may be from the exact one; empty for exact ones. */
function exactnessText({ function: computed, accuracy }: Aggregate): string {
  if (computed === AggregateFunction.QUANTILE) return `, within ${percent(accuracy || 0.01)} of the exact value`;
  if (computed === AggregateFunction.APPROXIMATE_DISTINCT)
    return `, with a standard error of ${percent(accuracy || 0.02)}`;
  return "";
}

const ENDINGS: Readonly<Record<Intl.LDMLPluralRule, string>> = {
  one: "st",
  two: "nd",
  few: "rd",
  zero: "th",
  many: "th",
  other: "th",
};
const ordinals = new Intl.PluralRules("en-GB", { type: "ordinal" });

/** `3rd ` of 3; empty for the first, which the contract also writes as 0. */
const place = (k: number): string => (k <= 1 ? "" : `${k}${ENDINGS[ordinals.select(k)]} `);
