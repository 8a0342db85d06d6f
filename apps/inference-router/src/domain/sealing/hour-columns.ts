import type { FeatureValue } from "@throughline/kernel";
import type { Column, Row } from "@throughline/tables";
import { columnTypeOf } from "../export-shape.ts";
import { columnsOfTraces } from "../export-traces.ts";
import { type Prediction, pathOfPrediction, vectorNames } from "../prediction.ts";
import { type HourShape, isUnnamed, type TypedName } from "./hour-shape.ts";
import type { SealedColumn } from "./sealed-log.ts";

/** The columns of a sealed hour. */
export interface HourColumns {
  readonly all: readonly Column[];
  /** Those that stand for features and for fields of entities. */
  readonly named: readonly SealedColumn[];
  /** Features that got no column. */
  readonly leftOutFeatureCount: number;
  rowOf(prediction: Prediction): Row;
}

/** More columns make a table slow to write and to open; the log has every value. */
const FEATURE_COLUMNS_MAX = 2_000;

/** Our own columns, then those of entities, of tensors without names, and of features: see SealedLog in the contract. */
export function hourColumns(deployment: string, shape: HourShape): HourColumns {
  const own = ownColumns(deployment, shape);
  const taken = new Set(own.map((it) => it.name.toLowerCase()));
  const kept = shape.features.slice(0, FEATURE_COLUMNS_MAX);
  const entity = namedColumns(shape.entity, { taken, nameOf: (name) => `entity__${name}` });
  const features = namedColumns(kept, { taken, nameOf: (name) => name });
  return {
    all: [
      ...own.map(({ name, type }) => ({ name, type })),
      ...[...entity, ...features].map(({ column, type }) => ({ name: column, type })),
    ],
    named: [
      ...entity.map(({ name, column, type }) => ({ name: column, feature: "", entityField: name, type })),
      ...features.map(({ name, column, type }) => ({ name: column, feature: name, entityField: "", type })),
    ],
    leftOutFeatureCount: new Set(shape.features.slice(FEATURE_COLUMNS_MAX).map((it) => it.name)).size,
    rowOf(prediction) {
      const values = valuesByName(prediction);
      return [
        ...own.map((it) => it.value(prediction)),
        ...entity.map((it) => ofType(it, prediction.entity[it.name])),
        ...features.map((it) => ofType(it, values.get(it.name))),
      ];
    },
  };
}

interface OwnColumn extends Column {
  readonly value: (prediction: Prediction) => FeatureValue;
}

function ownColumns(deployment: string, { traced, hasInputs, isShared }: HourShape): readonly OwnColumn[] {
  const inputs: OwnColumn = {
    name: "inputs",
    type: "list<float64>",
    value: (it) => (isUnnamed(it) ? it.vector.map(({ value }) => value) : null),
  };
  return [
    { name: "prediction", type: "string", value: ({ id }) => `${deployment}/predictions/${id}` },
    { name: "segment", type: "string", value: ({ position }) => position.segment },
    { name: "offset", type: "int64", value: ({ position }) => BigInt(position.offset) },
    { name: "time", type: "timestamp", value: ({ timeMs }) => ({ ns: BigInt(timeMs) * 1_000_000n }) },
    { name: "as_of", type: "timestamp", value: ({ asOfNs }) => ({ ns: asOfNs }) },
    { name: "release", type: "string", value: ({ facts }) => facts.release },
    // A row that an outlier gate refused has no score.
    { name: "score", type: "float64", value: ({ score }) => (Number.isNaN(score) ? null : score) },
    { name: "latency_us", type: "int64", value: ({ latencyUs }) => BigInt(latencyUs) },
    { name: "row_digest", type: "string", value: ({ rowDigest }) => rowDigest },
    { name: "request_id", type: "string", value: ({ request }) => request?.id ?? null },
    { name: "path", type: "list<string>", value: (it) => [...pathOfPrediction(it)] },
    ...(isShared ? [PROPENSITY] : []),
    ...(traced ? columnsOfTraces(traced).filter((it) => it.name !== "path") : []),
    ...(hasInputs ? [inputs] : []),
  ];
}

const PROPENSITY: OwnColumn = {
  name: "release_propensity",
  type: "float64",
  value: ({ facts }) => facts.propensity ?? null,
};

interface NamedColumn extends TypedName {
  readonly column: string;
}

/** A column for each name and type. Tables do not tell upper from lower case, so a name that is taken gets its type, then a number. */
function namedColumns(
  names: readonly TypedName[],
  { taken, nameOf }: { readonly taken: Set<string>; readonly nameOf: (name: string) => string },
): readonly NamedColumn[] {
  return names.map(({ name, type }) => {
    const plain = nameOf(name);
    const typed = `${plain}__${type.replace(/[<>]/g, "_").replace(/_$/, "")}`;
    let column = plain;
    for (let number = 1; taken.has(column.toLowerCase()); number++)
      column = number === 1 ? typed : `${typed}_${number}`;
    taken.add(column.toLowerCase());
    return { name, type, column };
  });
}

function valuesByName(prediction: Prediction): ReadonlyMap<string, FeatureValue> {
  if (isUnnamed(prediction)) return new Map();
  return new Map(vectorNames(prediction).map((name, i) => [name, prediction.vector[i]?.value ?? null]));
}

/** The value, if it is of the column's type. A list without elements is of every type of lists. */
function ofType({ type }: TypedName, value: FeatureValue | undefined): FeatureValue {
  if (value === undefined || value === null) return null;
  const found = columnTypeOf(value) ?? (Array.isArray(value) && type.startsWith("list<") ? type : undefined);
  return found === type ? value : null;
}
