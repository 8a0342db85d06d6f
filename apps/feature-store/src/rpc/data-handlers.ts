import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateTrainingSetRequestSchema,
  CreateTrainingSetResultSchema,
  type FeatureStoreService,
  FileFormat,
  LoadSourceRequestSchema,
  LoadSourceResultSchema,
  MaterializeRequestSchema,
  MaterializeResultSchema,
  PushRowsRequestSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { invalidField, notFound, parseDigest } from "@throughline/kernel";
import { callerOf, operationToProto } from "@throughline/rpc";
import { createTrainingSet } from "../domain/create-training-set.ts";
import { namedVersion } from "../domain/data-tags.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { knownArtifact, loadSource } from "../domain/load-source.ts";
import { projectName, serviceName, sourceName, trainingSetName } from "../domain/names.ts";
import { pushRows } from "../domain/push-rows.ts";
import { timesFromProto } from "./convert-certificate.ts";
import { namedValues } from "./convert-columns.ts";
import { trainingSetToProto } from "./convert-data.ts";
import { segmentToProto } from "./convert-segment.ts";
import { packed } from "./packed.ts";
import { requestDigest, requestIdentity } from "./request-identity.ts";
import { createServedTrainingSet } from "./served-handlers.ts";

/** The methods that change data, and those about training sets. */
export type DataMethods =
  | "loadSource"
  | "pushRows"
  | "materialize"
  | "createTrainingSet"
  | "getTrainingSet"
  | "listTrainingSets";

/** Convert, call, convert. */
export function dataHandlers(store: FeatureStore): Pick<ServiceImpl<typeof FeatureStoreService>, DataMethods> {
  return { ...loadHandlers(store), ...materializeHandler(store), ...trainingSetHandlers(store) };
}

const FORMATS = { [FileFormat.PARQUET]: "parquet", [FileFormat.CSV]: "csv" } as const;

const loadHandlers = (store: FeatureStore) =>
  ({
    async loadSource(request, context) {
      const { project, source: id } = sourceName.parse(request.source, "source");
      const source = await store.define.source(project, id);
      const digest = parseDigest(request.digest, "digest");
      await knownArtifact(store.artifacts, { project, digest, path: "digest" });
      const format = FORMATS[request.format as keyof typeof FORMATS];
      const { actor } = callerOf(context);
      const operation = await store.operations.start({
        project,
        kind: "LoadSource",
        target: request.source,
        requestId: request.requestId,
        requestDigest: requestDigest(LoadSourceRequestSchema, request),
        work: async (run) => {
          const loading = { source, digest, format, actor, operation: run.operation };
          return packed(LoadSourceResultSchema, { segment: segmentToProto(await loadSource(store, loading, run)) });
        },
      });
      return { operation: operationToProto(operation) };
    },
    async pushRows(request, context) {
      const { project, source: id } = sourceName.parse(request.source, "source");
      const segment = await pushRows(store, {
        source: await store.define.source(project, id),
        rows: request.rows.map((it) => namedValues(it.values)),
        identity: requestIdentity(PushRowsRequestSchema, request, { project, context }),
        actor: callerOf(context).actor,
        signal: context.signal,
      });
      return { segment: segmentToProto(segment) };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;

const materializeHandler = (store: FeatureStore) =>
  ({
    async materialize(request) {
      const { project, service: id } = serviceName.parse(request.featureService, "feature_service");
      const bound = await store.define.bound(await store.define.service(project, id, Number(request.version)));
      await store.generations.know(bound);
      const operation = await store.operations.start({
        project,
        kind: "Materialize",
        target: request.featureService,
        requestId: request.requestId,
        requestDigest: requestDigest(MaterializeRequestSchema, request),
        work: async (run) => {
          const { dataVersion, entryCount } = await store.materializer.materialize(bound, run);
          const result = { dataVersion: BigInt(dataVersion), entryCount: BigInt(entryCount) };
          return packed(MaterializeResultSchema, result);
        },
      });
      return { operation: operationToProto(operation) };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;

/** Rows of the certificate's sample when the request does not say. */
const SAMPLE_ROWS = 1_000;

/** The data version that a request names by its number or by a tag; 0 if by neither. */
async function askedVersion(
  store: FeatureStore,
  project: string,
  { dataVersion, dataTag }: { readonly dataVersion: bigint; readonly dataTag: string },
): Promise<number> {
  if (dataTag === "") return Number(dataVersion);
  if (dataVersion !== 0n) throw invalidField("data_tag", "name a data version by its number or by a tag, not by both");
  return namedVersion(store, project, dataTag);
}

const trainingSetHandlers = (store: FeatureStore) =>
  ({
    async createTrainingSet(request, context) {
      const { predictionLog: window } = request;
      if (window) return createServedTrainingSet(store, request, { window, context });
      const { project } = projectName.parse(request.parent, "parent");
      const parts = serviceName.parse(request.featureService, "feature_service");
      if (parts.project !== project) throw invalidField("feature_service", "it is of another project than the parent");
      const service = await store.define.service(project, parts.service, Number(request.featureServiceVersion));
      const seed = Number(request.certificateSeed);
      if (!Number.isSafeInteger(seed)) throw invalidField("certificate_seed", "it is beyond 2^53");
      const spineDigest = parseDigest(request.spineDigest, "spine_digest");
      await knownArtifact(store.artifacts, { project, digest: spineDigest, path: "spine_digest" });
      const asked = {
        bound: await store.define.bound(service),
        spineDigest,
        cutoffColumn: request.cutoffColumn,
        labelColumns: request.labelColumns,
        ...timesFromProto(request),
        dataVersion: await askedVersion(store, project, request),
        seed,
        sampleRows: request.certificateRowCount || SAMPLE_ROWS,
        purpose: request.purpose,
        privacyKeyVersion: Number(request.privacyKeyVersion),
        actor: callerOf(context).actor,
      };
      const operation = await store.operations.start({
        project,
        kind: "CreateTrainingSet",
        target: request.featureService,
        requestId: request.requestId,
        requestDigest: requestDigest(CreateTrainingSetRequestSchema, request),
        work: async (run) => {
          const made = await createTrainingSet(store, { ...asked, operation: run.operation }, run);
          return packed(CreateTrainingSetResultSchema, { trainingSet: trainingSetToProto(made) });
        },
      });
      return { operation: operationToProto(operation) };
    },
    async getTrainingSet({ name }) {
      const { project, trainingSet } = trainingSetName.parse(name);
      const found = await store.trainingSets.get(project, trainingSet);
      if (!found) throw notFound(name);
      return { trainingSet: trainingSetToProto(found) };
    },
    async listTrainingSets({ parent, pageSize, pageToken }) {
      const { project } = projectName.parse(parent, "parent");
      const page = await store.trainingSets.list(project, { size: pageSize, token: pageToken });
      return { trainingSets: page.items.map(trainingSetToProto), nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;
