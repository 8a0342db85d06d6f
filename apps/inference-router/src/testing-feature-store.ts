import { create } from "@bufbuild/protobuf";
import type { HandlerContext, Transport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import {
  type FeatureColumn,
  FeatureColumnSchema,
  OnlineService,
  type ReadColumnsRequest,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { digestOfJson, type FeatureValue, rowDigest } from "@throughline/kernel";
import { fromMs, inMemoryTransport, mount, valueFromProto } from "@throughline/rpc";
import { AIRPORTS, airportFeatures, airportsService } from "./testing-airports.ts";
import { FEATURES, SERVICE, SERVICE_DIGEST } from "./testing-services.ts";

interface OnlineRequest {
  readonly featureService: string;
  readonly version: bigint;
  readonly rows: readonly { readonly values: Readonly<Record<string, never>> }[];
}

/** A feature store whose features are what the row says, at version 2; version 1 had another digest. */
export const smallFeatureStore = (): Transport =>
  inMemoryTransport([
    mount(FeatureStoreService, {
      getFeatureService: ({ name, version }: { name: string; version: bigint }) =>
        name === AIRPORTS
          ? airportsService()
          : {
              featureService: {
                name: SERVICE,
                version: version || 3n,
                digest: version === 2n ? SERVICE_DIGEST : digestOfJson("x"),
              },
            },
      getOnlineFeatures(request: OnlineRequest, context: HandlerContext) {
        if (request.featureService === AIRPORTS) return airportFeatures(request, context);
        const vectors = request.rows.map((row) => {
          const values = FEATURES.map((name) => row.values[name]);
          return {
            values: values.map((value) => ({
              ...(value ? { value } : {}),
              status: value ? FeatureStatus.PRESENT : FeatureStatus.MISSING,
              ...(value ? { knowledgeTime: fromMs(5) } : {}),
            })),
            rowDigest: rowDigest(values.map(valueFromProto)),
          };
        });
        const digest = request.version === 2n ? SERVICE_DIGEST : digestOfJson("x");
        return { features: [...FEATURES], vectors, version: request.version, digest };
      },
    } as never),
    mount(OnlineService, {
      readColumns({ fields, version }: ReadColumnsRequest) {
        const columns = FEATURES.map((name) => columnOf(name, fields[name]?.values.map(valueFromProto) ?? []));
        return { columns, version, digest: version === 2n ? SERVICE_DIGEST : digestOfJson("x") };
      },
    } as never),
  ]);

/** Of the type that its values have, as the feature store gives it. */
function columnOf(name: string, values: readonly FeatureValue[]): FeatureColumn {
  const nullRows = values.flatMap((it, row) => (it === null ? [row] : []));
  const given = values.find((it) => it !== null) ?? 0;
  const typed = <T>(instead: T): T[] => values.map((it) => (it ?? instead) as T);
  const of = { viewIndex: -1, name, nullRows };
  if (typeof given === "bigint")
    return create(FeatureColumnSchema, { ...of, type: ValueType.INT64, int64Values: typed(0n) });
  if (typeof given === "string")
    return create(FeatureColumnSchema, { ...of, type: ValueType.STRING, stringValues: typed("") });
  return create(FeatureColumnSchema, { ...of, type: ValueType.FLOAT64, float64Values: typed(0) });
}
