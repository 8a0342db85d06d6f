import type { FieldViolation } from "@throughline/kernel";

/** What a table must fulfil. What is left out is not demanded. */
export interface AnonymityDemand {
  /** Rows in each class at least. */
  readonly k?: number;
  /** Different sensitive values in each class at least. */
  readonly distinctL?: number;
  /** Effective number of sensitive values in each class at least: e to the power of their entropy. */
  readonly entropyL?: number;
  /** Recursive (c, l)-diversity: in each class the commonest value comes less than c times as often as all but the l - 1 commonest. */
  readonly recursive?: { readonly c: number; readonly l: number };
  /** The largest distance of the values in a class from those of the table, in [0, 1]. */
  readonly t?: number;
}

/** What is wrong with a demand. */
export function demandProblems(demand: AnonymityDemand = {}): readonly FieldViolation[] {
  const { k, distinctL, entropyL, recursive, t } = demand;
  const rules: readonly (readonly [string, boolean, string])[] = [
    ["k", k === undefined || isCount(k), "a whole number from 1"],
    ["distinctL", distinctL === undefined || isCount(distinctL), "a whole number from 1"],
    ["entropyL", entropyL === undefined || entropyL >= 1, "a number from 1"],
    ["recursive.c", recursive === undefined || recursive.c > 0, "a number above 0"],
    ["recursive.l", recursive === undefined || isCount(recursive.l), "a whole number from 1"],
    ["t", t === undefined || (t >= 0 && t <= 1), "a number from 0 to 1"],
  ];
  return rules.flatMap(([path, right, description]) => (right ? [] : [{ path: `demand.${path}`, description }]));
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
