import type { FeatureValue } from "@throughline/kernel";
import type { ColumnType } from "@throughline/tables";
import { COLUMN_NAME, columnTypeOf, ENTITY_FIELDS_MAX } from "../export-shape.ts";
import { type TracedNodes, tracedNodes } from "../export-traces.ts";
import { type Prediction, vectorNames } from "../prediction.ts";

/** Something that has values of one type: a name may come with several. */
export interface TypedName {
  readonly name: string;
  readonly type: ColumnType;
}

/** What the predictions of an hour have, whichever releases answered. */
export interface HourShape {
  /** In the order in which they were first seen. */
  readonly features: readonly TypedName[];
  /** In the order of their names. */
  readonly entity: readonly TypedName[];
  /** True if there are tensors of numbers without names. */
  readonly hasInputs: boolean;
  /** True if some predictions were given while several releases had a share. */
  readonly isShared: boolean;
  readonly traced: TracedNodes | undefined;
  readonly releases: readonly string[];
  /** By segment. */
  readonly rowCounts: ReadonlyMap<string, number>;
  readonly rowCount: number;
}

/** Reads predictions for what they have. */
export async function hourShape(predictions: AsyncIterable<Prediction>): Promise<HourShape> {
  const features = typedNames(Number.POSITIVE_INFINITY);
  const entity = typedNames(ENTITY_FIELDS_MAX);
  const traces = tracedNodes();
  const releases = new Set<string>();
  const rowCounts = new Map<string, number>();
  let hasInputs = false;
  let isShared = false;
  let rowCount = 0;
  for await (const prediction of predictions) {
    if (isUnnamed(prediction)) hasInputs = true;
    else {
      const names = vectorNames(prediction);
      prediction.vector.forEach(({ value }, i) => {
        features.add(names[i] ?? "", value);
      });
    }
    for (const [name, value] of Object.entries(prediction.entity)) if (COLUMN_NAME.test(name)) entity.add(name, value);
    traces.add(prediction);
    isShared ||= prediction.facts.propensity !== undefined;
    releases.add(prediction.facts.release);
    const { segment } = prediction.position;
    rowCounts.set(segment, (rowCounts.get(segment) ?? 0) + 1);
    rowCount += 1;
  }
  return {
    features: features.found(),
    entity: [...entity.found()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    traced: traces.found(),
    releases: [...releases].sort(),
    hasInputs,
    isShared,
    rowCounts,
    rowCount,
  };
}

/** True for tensors of numbers that the release does not name. */
export const isUnnamed = ({ facts, vector }: Pick<Prediction, "facts" | "vector">): boolean =>
  facts.features.length !== vector.length && vector.every(({ value }) => typeof value === "number");

/** Collects names with the types of their values; a name that only ever had no value is a text. */
function typedNames(most: number) {
  const types = new Map<string, Set<ColumnType>>();
  return {
    add(name: string, value: FeatureValue): void {
      const known = types.get(name);
      if (known === undefined && types.size >= most) return;
      const found = known ?? new Set<ColumnType>();
      types.set(name, found);
      const type = columnTypeOf(value);
      if (type !== undefined) found.add(type);
    },
    found: (): readonly TypedName[] =>
      [...types].flatMap(([name, found]) =>
        (found.size === 0 ? (["string"] as const) : [...found].sort()).map((type) => ({ name, type })),
      ),
  };
}
