import type { FeatureValue } from "@throughline/kernel";
import type { Column, Row } from "@throughline/tables";
import type { Shape } from "./export-shape.ts";
import { columnsOfTraces, type TracedNodes } from "./export-traces.ts";
import type { ClosedWindow } from "./export-window.ts";
import type { FeedbackRevision } from "./feedback.ts";
import { type Prediction, vectorValues } from "./prediction.ts";

/** A prediction on its way into a row. */
export interface Labeled {
  readonly prediction: Prediction;
  /** The feedback that counts. */
  readonly label: FeedbackRevision | undefined;
}

/** A column, and what a row has in it. */
interface OwnColumn extends Column {
  readonly value: (row: Labeled) => FeatureValue;
}

/** The columns of an export. */
export interface ExportColumns {
  readonly all: readonly Column[];
  /** Names of the columns that hold the features, in the order of the vectors. */
  readonly features: readonly string[];
  rowOf(row: Labeled): Row;
}

/** Our own columns, then the features under their names, or under `feature__{name}` where one of ours has it. */
export function exportColumns(window: ClosedWindow, shape: Shape): ExportColumns {
  const own = [
    ...usualColumns(window.deployment),
    ...(window.byEntity ? [...TIMES, ...entityColumns(shape)] : []),
    ...(shape.isShared ? [PROPENSITY] : []),
    ...(shape.traced ? traceColumns(shape.traced) : []),
  ];
  const taken = new Set(own.map((it) => it.name.toLowerCase()));
  const features = shape.features.map(({ name }) => {
    let free = name;
    while (taken.has(free.toLowerCase())) free = `feature__${free}`;
    taken.add(free.toLowerCase());
    return free;
  });
  return {
    all: [
      ...own.map(({ name, type }) => ({ name, type })),
      ...shape.features.map(({ type }, i) => ({ name: features[i] as string, type })),
    ],
    features,
    rowOf: (row) => [...own.map((it) => it.value(row)), ...vectorValues(row.prediction)],
  };
}

const usualColumns = (deployment: string): readonly OwnColumn[] => [
  { name: "prediction", type: "string", value: ({ prediction: { id } }) => `${deployment}/predictions/${id}` },
  { name: "release", type: "string", value: ({ prediction }) => prediction.facts.release },
  { name: "as_of", type: "timestamp", value: ({ prediction }) => ({ ns: prediction.asOfNs }) },
  { name: "row_digest", type: "string", value: ({ prediction }) => prediction.rowDigest },
  { name: "score", type: "float64", value: ({ prediction }) => answered(prediction.score) },
  { name: "actual", type: "float64", value: ({ label }) => label?.actual ?? null },
];

/** A row that an outlier gate refused has no score. */
const answered = (score: number): FeatureValue => (Number.isNaN(score) ? null : score);

const traceColumns = (traced: TracedNodes): readonly OwnColumn[] =>
  columnsOfTraces(traced).map(({ name, type, value }) => ({
    name,
    type,
    value: ({ prediction }) => value(prediction),
  }));

const PROPENSITY: OwnColumn = {
  name: "release_propensity",
  type: "float64",
  value: ({ prediction }) => prediction.facts.propensity ?? null,
};

const TIMES: readonly OwnColumn[] = [
  { name: "time", type: "timestamp", value: ({ prediction: { timeMs } }) => ({ ns: BigInt(timeMs) * 1_000_000n }) },
  { name: "actual_time", type: "timestamp", value: ({ label }) => (label ? { ns: label.actualTimeNs } : null) },
  { name: "knowledge_time", type: "timestamp", value: ({ prediction }) => latestKnowledge(prediction) },
];

const entityColumns = ({ entity }: Shape): readonly OwnColumn[] =>
  entity.map(({ name, type }) => ({
    name: `entity__${name}`,
    type,
    value: ({ prediction }) => prediction.entity[name] ?? null,
  }));

/** Null if no value of the vector has a knowledge time. */
function latestKnowledge({ vector }: Prediction): FeatureValue {
  let latest: bigint | undefined;
  for (const { knowledgeTimeNs: ns } of vector)
    if (ns !== undefined && (latest === undefined || ns > latest)) latest = ns;
  return latest === undefined ? null : { ns: latest };
}
