import type { ServiceImpl } from "@connectrpc/connect";
import type { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { toNs } from "@throughline/rpc";
import type { BoundService } from "../domain/feature-service.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { serviceName } from "../domain/names.ts";
import { readOnline } from "../domain/online-read.ts";
import { readingAgain } from "../domain/reading-again.ts";
import { traceFeatures } from "../domain/trace.ts";
import { namedValues } from "./convert-columns.ts";
import { traceToProto, vectorsToProto } from "./convert-data.ts";

const viewVersions = ({ features }: BoundService): readonly (bigint | undefined)[] =>
  features.map((it) => (it.from === "view" ? BigInt(it.view.version) : undefined));

/** Source rows of each view when a trace does not say. */
const TRACE_ROWS = 20;

/** The methods that read features. Convert, call, convert. */
export const readHandlers = (store: FeatureStore) =>
  ({
    async getOnlineFeatures({ featureService, version, rows, asOf, withDetails }) {
      const { project, service: id } = serviceName.parse(featureService, "feature_service");
      const { bound, plan } = await store.plans.get(project, id, Number(version));
      const asOfNs = asOf ? toNs(asOf) : BigInt(store.clock.now()) * 1_000_000n;
      const read = { rows: rows.map((it) => namedValues(it.values)), asOfNs };
      const vectors = await readOnline(store.online, plan, read);
      const { service } = bound;
      // A whole message, of which none is made anew.
      return {
        $typeName: "throughline.features.v1.GetOnlineFeaturesResponse" as const,
        features: service.features as string[],
        vectors: vectorsToProto(vectors, withDetails ? { asOfNs, viewVersions: viewVersions(bound) } : undefined),
        version: BigInt(service.version),
        digest: service.digest,
      };
    },
    async traceFeatures({ featureService, version, row, asOf, rowLimit }, { signal }) {
      const { project, service: id } = serviceName.parse(featureService, "feature_service");
      const { bound } = await store.plans.get(project, id, Number(version));
      const asked = {
        bound,
        row: namedValues(row?.values ?? {}),
        asOfNs: asOf ? toNs(asOf) : BigInt(store.clock.now()) * 1_000_000n,
        rowLimit: rowLimit || TRACE_ROWS,
        signal,
      };
      const traces = await readingAgain(() => traceFeatures(store, asked));
      return { views: traces.map(traceToProto) };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;
