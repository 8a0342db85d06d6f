import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import {
  type FeatureColumn,
  FeatureColumnSchema,
  type ReadColumnsResponseSchema,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import type { FeatureValue, TimestampNs } from "@throughline/kernel";
import type { BoundService } from "../domain/feature-service.ts";
import { viewName } from "../domain/names.ts";
import type { ColumnsAnswer, ReadColumn } from "../domain/online-columns.ts";
import type { ValueType } from "../domain/value-type.ts";
import { typeToProto } from "./convert-columns.ts";

const STATUSES = {
  present: FeatureStatus.PRESENT,
  missing: FeatureStatus.MISSING,
  stale: FeatureStatus.STALE,
} as const;

export function columnsToProto(
  { service, views }: BoundService,
  { columns, eventTimesNs }: ColumnsAnswer,
): MessageInitShape<typeof ReadColumnsResponseSchema> {
  const statuses = new Map<ReadColumn["statuses"], FeatureStatus[]>();
  return {
    columns: columns.map((it) => {
      const converted = statuses.get(it.statuses) ?? it.statuses.map((status) => STATUSES[status]);
      statuses.set(it.statuses, converted);
      return columnToProto(it, converted);
    }),
    views: views.map(({ view }, i) => ({
      view: viewName.format({ project: view.project, view: view.id }),
      version: BigInt(view.version),
      eventTimesNs: [...(eventTimesNs[i] ?? [])],
    })),
    version: BigInt(service.version),
    // Views that were read without a feature service are in no manifest: their digest would lead nowhere.
    digest: service.version === 0 ? "" : service.digest,
  };
}

function columnToProto({ viewIndex, name, type, values }: ReadColumn, statuses: FeatureStatus[]): FeatureColumn {
  const nullRows: number[] = [];
  for (let row = 0; row < values.length; row++) if (values[row] === null) nullRows.push(row);
  const of = { viewIndex, name, type: typeToProto(type), statuses, nullRows };
  const typed = nullRows.length === 0 ? presentValues(values, type) : undefined;
  return create(FeatureColumnSchema, { ...of, ...(typed ?? typedValues(values, type)) });
}

/** The values as they are, if none is null and their type is that of the message. */
function presentValues(
  values: readonly FeatureValue[],
  type: ValueType,
): MessageInitShape<typeof FeatureColumnSchema> | undefined {
  if (type === "float64") return { float64Values: values as number[] };
  return type === "int64" ? { int64Values: values as bigint[] } : undefined;
}

const EMPTY_BYTES = new Uint8Array();

/** The values in the field of their type, and in the place of null what protobuf leaves out. */
function typedValues(values: readonly FeatureValue[], type: ValueType): MessageInitShape<typeof FeatureColumnSchema> {
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
