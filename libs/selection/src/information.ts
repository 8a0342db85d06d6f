import { momentsOf, populationVariance, type Random, seededRandom } from "@throughline/stats";
import {
  type CategoricalColumn,
  type DataColumn,
  isMissing,
  type NumericColumn,
  rowCount,
  takeRows,
} from "./column.ts";
import { countedInformation } from "./contingency.ts";
import { nearestGroupInformation, nearestInformation } from "./nearest.ts";

/** How information is estimated. */
export interface InformationOptions {
  /** Default 3, as scikit-learn has it. More neighbours scatter less and blur more. */
  readonly neighbours?: number;
  /** Of the small noise that breaks ties. */
  readonly seed: number;
}

/** What a column tells about a label. */
export interface Information {
  /** The mutual information in nats. */
  readonly nats: number;
  /** How much of it is told by whether the value is there at all. */
  readonly natsOfMissing: number;
  /**
   * In [0, 1]: of categories the share of the label's entropy; of numbers the coefficient of informational correlation, which is
   * the correlation of normal values with as much information (Linfoot 1957, doi:10.1016/S0019-9958(57)90116-X).
   */
  readonly strength: number;
  /** Rows whose label is there. */
  readonly rows: number;
}

/**
 * The mutual information of a feature with a label, in which a missing value is news like any other: that of being missing, and that of the
 * value where there is one, weighed with how often there is (the chain rule). Nearest neighbours where numbers take part,
 * counts between categories (`countedInformation`, corrected for their number).
 */
export function information(feature: DataColumn, label: DataColumn, options: InformationOptions): Information {
  const labelled = rowsWhere(label, (row) => !isMissing(label, row));
  const [x, y] = [takeRows(feature, labelled), takeRows(label, labelled)];
  const present = rowsWhere(x, (row) => !isMissing(x, row));
  const share = present.length / labelled.length;
  const ofMissing = share === 1 || share === 0 ? 0 : ofPresent(presence(x), y, options);
  const ofValues = present.length === 0 ? 0 : ofPresent(takeRows(x, present), takeRows(y, present), options);
  const nats = ofMissing + (labelled.length === 0 ? 0 : share * ofValues);
  return { nats, natsOfMissing: ofMissing, strength: strengthOf(nats, y), rows: labelled.length };
}

const rowsWhere = (column: DataColumn, holds: (row: number) => boolean): readonly number[] =>
  Array.from({ length: rowCount(column) }, (_, i) => i).filter(holds);

/** Whether a value is there, as two categories. */
const presence = (column: DataColumn): CategoricalColumn => ({
  kind: "categorical",
  name: column.name,
  codes: Int32Array.from({ length: rowCount(column) }, (_, row) => (isMissing(column, row) ? 1 : 0)),
  categories: 2,
});

function ofPresent(x: DataColumn, y: DataColumn, { neighbours = 3, seed }: InformationOptions): number {
  if (x.kind === "categorical" && y.kind === "categorical") return countedInformation(x.codes, y.codes).corrected;
  const random = seededRandom(seed);
  if (x.kind === "categorical") return nearestGroupInformation(untied(y as NumericColumn, random), x.codes, neighbours);
  const values = untied(x, random);
  return y.kind === "categorical"
    ? nearestGroupInformation(values, y.codes, neighbours)
    : nearestInformation(values, untied(y, random), neighbours);
}

/** Brought to a variance of 1, with noise of a 10^10th, so that no two values are equal (as Kraskov et al. advise). */
function untied({ values }: NumericColumn, random: Random): Float64Array {
  const deviation = Math.sqrt(populationVariance(momentsOf(values)));
  const scale = deviation > 0 ? 1 / deviation : 1;
  const size = values.reduce((sum, it) => sum + Math.abs(it * scale), 0) / values.length;
  const amplitude = 1e-10 * Math.max(1, size);
  return values.map((it) => it * scale + amplitude * normalDraw(random));
}

/** Box and Muller 1958. */
const normalDraw = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function strengthOf(nats: number, label: DataColumn): number {
  if (label.kind === "numeric") return Math.sqrt(1 - Math.exp(-2 * nats));
  const entropy = countedInformation(label.codes, label.codes).plain;
  return entropy > 0 ? Math.min(1, nats / entropy) : 0;
}

/** Categories of a column for counting: numbers by quantiles, at most `bins`, equal ones together; missing is a category (-1). */
export function binned(column: DataColumn, bins: number): Int32Array {
  if (column.kind === "categorical") return column.codes;
  const sorted = column.values.filter((it) => !Number.isNaN(it)).sort();
  const edges = new Set<number>();
  for (let i = 1; i < bins; i++) edges.add(sorted[Math.floor((i * sorted.length) / bins)] ?? Number.POSITIVE_INFINITY);
  const rising = Float64Array.from(edges).sort();
  return Int32Array.from(column.values, (it) =>
    Number.isNaN(it) ? -1 : rising.findLastIndex((edge) => edge <= it) + 1,
  );
}
