import type { FeatureValue } from "@throughline/kernel";

/** What is usual of one feature: numbers within two ends, or some values. */
export type Usual =
  | { readonly kind: "range"; readonly low: number; readonly high: number }
  | { readonly kind: "values"; readonly values: ReadonlySet<string> };

/** What was usual of the features of a release in its baseline statistics, by feature. */
export type FeatureBaseline = ReadonlyMap<string, Usual>;

/** A column of statistics, as far as it tells what is usual. */
export interface BaselineColumn {
  readonly name: string;
  readonly presentCount: number;
  readonly numeric?: { readonly deciles: readonly number[] };
  readonly text?: { readonly topValues: readonly { readonly value: string; readonly count: number }[] };
}

/** The part of the rows that is usual. */
const USUAL_PART = 0.8;

/**
 * Numbers are usual between the first decile and the ninth, both included, texts if they are among the most frequent that four fifths of the rows
 * have. Columns of which nothing is told, such as lists, are left out.
 */
export function featureBaseline(columns: readonly BaselineColumn[]): FeatureBaseline {
  return new Map(
    columns.flatMap((column) => {
      const usual = usualOf(column);
      return usual ? [[column.name, usual] as const] : [];
    }),
  );
}

/** The baseline that statistics tell, as the validation service writes them; undefined for bytes that are none. */
export function baselineOfStatistics(bytes: Uint8Array): FeatureBaseline | undefined {
  try {
    const { columns } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly columns?: unknown };
    return Array.isArray(columns) ? featureBaseline(columns as readonly BaselineColumn[]) : undefined;
  } catch {
    // Whatever was put there is no JSON.
    return undefined;
  }
}

function usualOf({ numeric, text, presentCount }: BaselineColumn): Usual | undefined {
  const [low, high] = [numeric?.deciles[1], numeric?.deciles[9]];
  if (low !== undefined && high !== undefined) return { kind: "range", low, high };
  if (text === undefined) return undefined;
  const values = new Set<string>();
  let rows = 0;
  for (const { value, count } of text.topValues) {
    if (rows >= USUAL_PART * presentCount) break;
    values.add(value);
    rows += count;
  }
  return { kind: "values", values };
}

/** Whether each feature of a row is unlike its baseline, by feature; features without a baseline are left out. A missing value is. */
export function unusualFeatures(
  baseline: FeatureBaseline,
  row: Iterable<readonly [name: string, value: FeatureValue]>,
): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const [name, value] of row) {
    const usual = baseline.get(name);
    if (usual) found.set(name, !isUsual(usual, value));
  }
  return found;
}

const NS_PER_SECOND = 1e9;

function isUsual(usual: Usual, value: FeatureValue): boolean {
  if (value === null) return false;
  if (usual.kind === "values") return typeof value === "string" && usual.values.has(value);
  const number = numberOf(value);
  // A feature that came as FP32 is logged so, and may lie beside an end that it is equal to.
  const [low, high] = [Math.min(usual.low, Math.fround(usual.low)), Math.max(usual.high, Math.fround(usual.high))];
  return low <= number && number <= high;
}

/** As statistics count: truth values as 0 and 1, times as seconds since 1970. NaN for what is no number. */
function numberOf(value: FeatureValue): number {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return Number(value);
  return typeof value === "object" && value !== null && "ns" in value ? Number(value.ns) / NS_PER_SECOND : Number.NaN;
}

/** The part of the named features of a row that are unusual; of all if none is named. Undefined if nothing is known of any. */
export function unusualPart(unusual: ReadonlyMap<string, boolean>, names: readonly string[]): number | undefined {
  const told = (names.length === 0 ? [...unusual.keys()] : names).flatMap((it) => unusual.get(it) ?? []);
  return told.length === 0 ? undefined : told.filter((it) => it).length / told.length;
}
