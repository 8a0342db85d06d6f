import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { TestPlatform } from "./testing-platform.ts";

/** Names of the project, source and service of `defineNumbers`. */
export const PARENT = "projects/p";
export const SOURCE = `${PARENT}/sources/s`;
export const SERVICE = `${PARENT}/featureServices/f`;

const column = (name: string, type: ValueType) => ({ name, type });
/** Columns of the source: whose number it is, when, and the number. */
export const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

const FEATURES = {
  latest: { name: "n", kind: { case: "column" as const, value: "n" } },
  sums: {
    name: "sum",
    kind: { case: "aggregate" as const, value: { function: 2, column: "n", window: { seconds: 1_000n } } },
  },
};

/** Defines a source of numbers, and views of it: the latest one, their sum. Each view has a note of its own in the online store. */
export async function defineNumbers(
  { definitions }: Pick<TestPlatform, "definitions">,
  views: readonly (keyof typeof FEATURES)[],
): Promise<void> {
  const [entity, knowledgeTime] = [`${PARENT}/entities/e`, { case: "knowledgeDelay" as const, value: {} }];
  const viewName = (view: string): string => `${PARENT}/featureViews/${view}`;
  await definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [{ name: entity, keys: COLUMNS.slice(0, 1) }],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
      featureViews: views.map((it) => ({ name: viewName(it), entity, source: SOURCE, features: [FEATURES[it]] })),
      featureServices: [{ name: SERVICE, views: views.map((it) => ({ view: viewName(it) })) }],
    },
  });
}

/** Pushes a number of the one entity, at as many nanoseconds, and gives its data version. */
export async function pushNumber(
  { features }: Pick<TestPlatform, "features">,
  n: bigint,
  requestId = "",
): Promise<bigint> {
  const values = { id: valueToProto(1n), at: valueToProto({ ns: n }), n: valueToProto(n) };
  const { segment } = await features.pushRows({ source: SOURCE, rows: [{ values }], requestId });
  return segment?.dataVersion ?? 0n;
}

/** What is online of the one entity, in the order of the views. */
export async function readNumbers({ features }: Pick<TestPlatform, "features">) {
  const rows = [{ values: { id: valueToProto(1n) } }];
  const { vectors } = await features.getOnlineFeatures({ featureService: SERVICE, rows, asOf: fromNs(1_000_000n) });
  return vectors[0]?.values.map((it) => valueFromProto(it.value));
}
