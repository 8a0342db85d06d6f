import type { FeatureValue } from "@throughline/kernel";
import type { Column, ColumnType, ScalarType } from "@throughline/tables";
import { mixedFeatures, mixedTypes } from "./errors.ts";
import { type TracedNodes, tracedNodes } from "./export-traces.ts";
import { type Prediction, vectorNames, vectorValues } from "./prediction.ts";

/** What the rows of an export have in common, and how many there are. */
export interface Shape {
  readonly features: readonly Column[];
  /** The fields of the entities that have one type in all rows, in the order of their names. */
  readonly entity: readonly Column[];
  /** What graphs of several nodes did in the rows. Unset if single models answered all of them. */
  readonly traced?: TracedNodes;
  /** True if some rows were answered while several releases had a share. */
  readonly isShared: boolean;
  readonly rowCount: number;
}

/** Fields of entities that become columns. */
export const ENTITY_FIELDS_MAX = 200;
/** What a column may be called; a field of another name is no key of an entity. */
export const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Reads predictions for the types of their columns. Fails with MIXED_FEATURES. */
export async function shapeOf(predictions: AsyncIterable<Prediction>): Promise<Shape> {
  const groups = new Map<string, Group>();
  const entity = new Map<string, Field>();
  const traces = tracedNodes();
  let isShared = false;
  let rowCount = 0;
  for await (const prediction of predictions) {
    addVector(groups, prediction);
    for (const [name, value] of Object.entries(prediction.entity)) addField(entity, name, value);
    traces.add(prediction);
    isShared ||= prediction.facts.propensity !== undefined;
    rowCount += 1;
  }
  const [group] = groups.values();
  if (groups.size > 1) throw mixedFeatures([...groups.values()].map((it) => [...it.releases]));
  const features = (group?.names ?? []).map((name, i) => ({ name, type: group?.types[i] ?? ("float64" as const) }));
  const traced = traces.found();
  return { features, entity: columnsOf(entity), isShared, rowCount, ...(traced && { traced }) };
}

/** Predictions with the same features. */
interface Group {
  readonly names: readonly string[];
  readonly types: (ColumnType | undefined)[];
  readonly releases: Set<string>;
}

function addVector(groups: Map<string, Group>, prediction: Prediction): void {
  const names = vectorNames(prediction);
  const key = names.join("\n");
  const { release } = prediction.facts;
  const group = groups.get(key) ?? { names, types: [], releases: new Set<string>() };
  groups.set(key, group);
  group.releases.add(release);
  vectorValues(prediction).forEach((value, i) => {
    const [known, next] = [group.types[i], columnTypeOf(value)];
    if (known !== undefined && next !== undefined && known !== next)
      throw mixedTypes({ feature: names[i] ?? "", types: [known, next], releases: [...group.releases] });
    group.types[i] = known ?? next;
  });
}

interface Field {
  /** Undefined: no value so far. */
  type: ColumnType | undefined;
  isMixed: boolean;
}

function addField(fields: Map<string, Field>, name: string, value: FeatureValue): void {
  const field = fields.get(name);
  if (field === undefined) {
    if (fields.size < ENTITY_FIELDS_MAX && COLUMN_NAME.test(name))
      fields.set(name, { type: columnTypeOf(value), isMixed: false });
    return;
  }
  const type = columnTypeOf(value);
  if (field.type !== undefined && type !== undefined && field.type !== type) field.isMixed = true;
  field.type ??= type;
}

/** Tables do not tell upper from lower case: of two such names neither is a key that one could rely on. */
function columnsOf(fields: ReadonlyMap<string, Field>): readonly Column[] {
  const twins = Map.groupBy(fields.keys(), (it) => it.toLowerCase());
  return [...fields]
    .filter(([name, it]) => !it.isMixed && twins.get(name.toLowerCase())?.length === 1)
    .map(([name, it]) => ({ name, type: it.type ?? ("string" as const) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The column type of a value. Undefined for null, which fits every type. */
export function columnTypeOf(value: FeatureValue): ColumnType | undefined {
  if (Array.isArray(value)) {
    const item = value.map(columnTypeOf).find((it) => it !== undefined);
    return item === undefined ? undefined : `list<${item as ScalarType}>`;
  }
  if (value === null) return undefined;
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return "float64";
  if (typeof value === "string") return "string";
  return value instanceof Uint8Array ? "bytes" : "timestamp";
}
