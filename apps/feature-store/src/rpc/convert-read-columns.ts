import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import type {
  FeatureColumn,
  ReadColumnsResponse,
  ReadView,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import type { FeatureValue, TimestampNs } from "@throughline/kernel";
import type { BoundService } from "../domain/feature-service.ts";
import type { FeatureView } from "../domain/feature-view.ts";
import { onDemandViewName, viewName } from "../domain/names.ts";
import type { ColumnsAnswer, ReadColumn } from "../domain/online-columns.ts";
import type { ValueType } from "../domain/value-type.ts";
import { typeToProto } from "./convert-columns.ts";

const STATUSES = {
  present: FeatureStatus.PRESENT,
  missing: FeatureStatus.MISSING,
  stale: FeatureStatus.STALE,
} as const;

export function columnsToProto(
  { service, views, onDemandViews }: BoundService,
  { columns, eventTimesNs }: ColumnsAnswer,
): ReadColumnsResponse {
  // The columns of a view, one behind the other, have the same list.
  let given: ReadColumn["statuses"] = [];
  let statuses: FeatureStatus[] = [];
  return {
    $typeName: "throughline.features.v1.ReadColumnsResponse",
    columns: columns.map((it) => {
      if (it.statuses !== given) {
        given = it.statuses;
        statuses = given.map((status) => STATUSES[status]);
      }
      return columnToProto(it, statuses);
    }),
    views: [
      ...views.map(({ view }, i) => readView(nameOf(view, viewName), view, eventTimesNs[i] ?? [])),
      ...onDemandViews.map((view) => readView(nameOf(view, onDemandViewName), view, [])),
    ],
    version: BigInt(service.version),
    // Views that were read without a feature service are in no manifest: their digest would lead nowhere.
    digest: service.version === 0 ? "" : service.digest,
  };
}

const readView = (view: string, { version }: Named, eventTimesNs: readonly bigint[]): ReadView => ({
  $typeName: "throughline.features.v1.ReadView",
  view,
  version: BigInt(version),
  eventTimesNs: eventTimesNs as bigint[],
});

type Named = Pick<FeatureView, "project" | "id" | "version">;

/** Names of views that are read: the views of a plan are the same objects for every request. */
const names = new WeakMap<Named, string>();

function nameOf(view: Named, { format }: Pick<typeof viewName, "format">): string {
  const known = names.get(view);
  if (known !== undefined) return known;
  const name = format({ project: view.project, view: view.id });
  names.set(view, name);
  return name;
}

/** Messages are put together as they are: nobody changes one, and so those of one answer share their lists. */
function columnToProto({ viewIndex, name, type, values }: ReadColumn, statuses: FeatureStatus[]): FeatureColumn {
  const nullRows = nullRowsOf(values);
  const column: FeatureColumn = {
    $typeName: "throughline.features.v1.FeatureColumn",
    viewIndex,
    name,
    type: typeToProto(type),
    boolValues: NO_BOOLS,
    int64Values: NO_INT64S,
    float64Values: NO_FLOAT64S,
    stringValues: NO_STRINGS,
    bytesValues: NO_BYTES,
    statuses,
    nullRows,
  };
  // Values are taken as they are, if their type is that of the message.
  if (nullRows.length === 0 && type === "float64") column.float64Values = values as number[];
  else if (nullRows.length === 0 && type === "int64") column.int64Values = values as bigint[];
  else Object.assign(column, typedValues(values, type));
  return column;
}

const [NO_BOOLS, NO_INT64S, NO_FLOAT64S]: [boolean[], bigint[], number[]] = [[], [], []];
const [NO_STRINGS, NO_BYTES, NO_ROWS]: [string[], FeatureColumn["bytesValues"], number[]] = [[], [], []];

function nullRowsOf(values: readonly FeatureValue[]): number[] {
  let rows = NO_ROWS;
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== null) continue;
    if (rows === NO_ROWS) rows = [row];
    else rows.push(row);
  }
  return rows;
}

type Values = Partial<FeatureColumn>;

const EMPTY_BYTES = new Uint8Array();

/** The values in the field of their type, and in the place of null what protobuf leaves out. */
function typedValues(values: readonly FeatureValue[], type: ValueType): Values {
  switch (type) {
    case "bool":
      return { boolValues: filled(values as readonly (boolean | null)[], false) };
    case "int64":
      return { int64Values: filled(values as readonly (bigint | null)[], 0n) };
    case "float64":
      return { float64Values: filled(values as readonly (number | null)[], 0) };
    case "string":
      return { stringValues: filled(values as readonly (string | null)[], "") };
    case "bytes":
      return { bytesValues: filled(values as readonly (Uint8Array | null)[], EMPTY_BYTES) };
    case "timestamp":
      return { int64Values: (values as readonly (TimestampNs | null)[]).map((it) => it?.ns ?? 0n) };
  }
}

const filled = <T>(values: readonly (T | null)[], instead: T): T[] => values.map((it) => it ?? instead);
