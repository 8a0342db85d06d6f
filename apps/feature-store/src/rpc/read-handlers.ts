import type { ServiceImpl } from "@connectrpc/connect";
import type { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { toNs } from "@throughline/rpc";
import type { BoundService } from "../domain/feature-service.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { serviceName } from "../domain/names.ts";
import { findRows, vectorsOf } from "../domain/online-read.ts";
import { readingAgain } from "../domain/reading-again.ts";
import { traceFeatures } from "../domain/trace.ts";
import { namedValues, valuesByField } from "./convert-columns.ts";
import { traceToProto } from "./convert-data.ts";
import { vectorsToProto } from "./convert-vectors.ts";
import { isSelfWritten, OnlineAnswer } from "./online-answer.ts";

const viewVersions = ({ features }: BoundService): readonly (bigint | undefined)[] =>
  features.map((it) => (it.from === "request" ? undefined : BigInt(it.view.version)));

/** Source rows of each view when a trace does not say. */
const TRACE_ROWS = 20;

/** The methods that read features. Convert, call, convert. */
export const readHandlers = (store: FeatureStore) =>
  ({
    async getOnlineFeatures({ featureService, version, rows, asOf, withDetails }) {
      const { project, service: id } = serviceName.parse(featureService, "feature_service");
      const { bound, plan } = await store.plans.get(project, id, Number(version));
      const asOfNs = asOf ? toNs(asOf) : BigInt(store.clock.now()) * 1_000_000n;
      const read = { fields: valuesByField(rows, plan.fields), rowCount: rows.length, asOfNs };
      const finding = findRows(store.online, plan, read);
      const found = finding instanceof Promise ? await finding : finding;
      const { service } = bound;
      if (!withDetails && isSelfWritten(plan)) return new OnlineAnswer(service, found);
      const vectors = vectorsOf(found);
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
