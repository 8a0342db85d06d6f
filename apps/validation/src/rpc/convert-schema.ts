import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type AnomalySchema,
  type ColumnSchema as ColumnMessage,
  type Distance as ProtoDistance,
  type Schema as SchemaMessage,
  type SchemaSchema,
  Severity,
} from "@throughline/contracts/throughline/validation/v1/schema_pb";
import { invalidField } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import type { Anomaly } from "../domain/anomaly.ts";
import { type ColumnSchema, DISTANCES, type Distance, type Schema } from "../domain/schema.ts";
import { typeFromProto, typeToProto } from "./convert-statistics.ts";

export const schemaToProto = ({
  name,
  digest,
  columns,
  createTimeMs,
}: Schema): MessageInitShape<typeof SchemaSchema> => ({
  name,
  digest,
  columns: columns.map(({ driftLimit, domain, type, ...column }) => ({
    ...column,
    type: typeToProto(type),
    domain: [...domain],
    ...(driftLimit ? { driftLimit: { distance: distanceToProto(driftLimit.distance), limit: driftLimit.limit } } : {}),
  })),
  createTime: fromMs(createTimeMs),
});

/** Fails with INVALID_FIELD for a type or a distance that is not set or not known. */
export const columnsFromProto = (schema: SchemaMessage | undefined): readonly ColumnSchema[] =>
  (schema?.columns ?? []).map((it, i) => columnFromProto(it, `schema.columns[${i}]`));

function columnFromProto(column: ColumnMessage, path: string): ColumnSchema {
  const { name, minPresentShare, min, max, domain, minDomainMass, driftLimit } = column;
  const type = typeFromProto(column.type);
  if (!type) throw invalidField(`${path}.type`, "the type is not set. Say which type the values of the column have.");
  return {
    name,
    type,
    minPresentShare,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    domain: [...domain],
    minDomainMass,
    ...(driftLimit
      ? { driftLimit: { distance: distanceFromProto(driftLimit.distance, path), limit: driftLimit.limit } }
      : {}),
  };
}

/** The enumeration's numbers follow the order of DISTANCES, from 1. */
export const distanceToProto = (distance: Distance): ProtoDistance => DISTANCES.indexOf(distance) + 1;

function distanceFromProto(distance: ProtoDistance, path: string): Distance {
  const found = DISTANCES[distance - 1];
  if (found) return found;
  throw invalidField(`${path}.drift_limit.distance`, "the distance is not set. Choose one, or leave the limit out.");
}

export const anomalyToProto = (anomaly: Anomaly): MessageInitShape<typeof AnomalySchema> => ({
  ...anomaly,
  severity: anomaly.severity === "ERROR" ? Severity.ERROR : Severity.WARNING,
});
