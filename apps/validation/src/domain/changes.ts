import { type Anomaly, severityOfShare } from "./anomaly.ts";
import { SAMPLE_MIN } from "./drift.ts";
import { count, percent } from "./figures.ts";
import type { ColumnStatistics, DatasetStatistics } from "./statistics.ts";
import { unexpectedType } from "./validate-statistics.ts";

/** Missing values become an anomaly when their share grew by more than this. */
const PRESENCE_DROP_MAX = 0.05;

/**
 * What changed between two statistics that no distance between values sees: columns that came and went, other types, more
 * missing values, NaN and infinities where there were none. Used where no schema says what is expected.
 */
export function changesOf(baseline: DatasetStatistics, current: DatasetStatistics): readonly Anomaly[] {
  const before = new Map(baseline.columns.map((it) => [it.name, it]));
  const now = new Set(current.columns.map((it) => it.name));
  return [
    ...baseline.columns.filter((it) => !now.has(it.name)).map(gone),
    ...current.columns.flatMap((it) => {
      const old = before.get(it.name);
      return old ? changesOfColumn(old, it) : [withoutBaseline(it)];
    }),
  ];
}

function changesOfColumn(baseline: ColumnStatistics, current: ColumnStatistics): readonly Anomaly[] {
  return [
    ...(baseline.type === current.type ? [] : [unexpectedType(current, baseline.type)]),
    ...presence(baseline, current),
    ...unplaced(baseline, current),
  ];
}

const gone = ({ name }: ColumnStatistics): Anomaly => ({
  column: name,
  type: "SCHEMA_MISSING_COLUMN",
  description: "The baseline has this column; the data has none of that name.",
  severity: "ERROR",
  observed: 0,
  expected: 1,
});

const withoutBaseline = ({ name }: ColumnStatistics): Anomaly => ({
  column: name,
  type: "COMPARATOR_CONTROL_DATA_MISSING",
  description: "The data has this column; the baseline has none of that name to compare it with.",
  severity: "WARNING",
  observed: 1,
  expected: 0,
});

function presence(baseline: ColumnStatistics, current: ColumnStatistics): readonly Anomaly[] {
  const rows = (it: ColumnStatistics): number => it.presentCount + it.missingCount;
  if (rows(baseline) < SAMPLE_MIN || rows(current) < SAMPLE_MIN) return [];
  const [expected, observed] = [baseline.presentCount / rows(baseline), current.presentCount / rows(current)];
  if (expected - observed <= PRESENCE_DROP_MAX) return [];
  return [
    {
      column: current.name,
      type: observed === 0 ? "FEATURE_TYPE_NOT_PRESENT" : "FEATURE_TYPE_LOW_FRACTION_PRESENT",
      description: `${percent(observed)} of ${count(rows(current))} rows have a value; in the baseline ${percent(expected)} had one.`,
      severity: severityOfShare(observed, expected),
      observed,
      expected,
    },
  ];
}

function unplaced(baseline: ColumnStatistics, current: ColumnStatistics): readonly Anomaly[] {
  const kinds = [
    { key: "nanCount", type: "FLOAT_TYPE_HAS_NAN", what: "NaN" },
    { key: "infiniteCount", type: "FLOAT_TYPE_HAS_INF", what: "infinite values" },
  ] as const;
  return kinds.flatMap(({ key, type, what }): Anomaly[] => {
    const observed = current.numeric?.[key] ?? 0;
    if (observed === 0 || baseline.numeric?.[key] !== 0) return [];
    const description = `${count(observed)} ${what}; the baseline has none.`;
    return [{ column: current.name, type, description, severity: "ERROR", observed, expected: 0 }];
  });
}
