import type { ServiceImpl } from "@connectrpc/connect";
import {
  ApplyTransformsRequestSchema,
  ApplyTransformsResultSchema,
  FitTransformsRequestSchema,
  FitTransformsResultSchema,
  type TransformService,
} from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { invalidField, type Json, notFound } from "@throughline/kernel";
import { callerOf, operationToProto, toNs } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { projectName, trainingSetName, transformFitName } from "../domain/names.ts";
import type { TrainingSet } from "../domain/training-set.ts";
import { applyFit, checkApply } from "../domain/transforms/apply-transforms.ts";
import { checkFit, fitTransforms } from "../domain/transforms/fit-transforms.ts";
import { onDemandTransforms } from "../domain/transforms/on-demand.ts";
import type { TransformFit } from "../domain/transforms/transform-fit.ts";
import { columnToProto, namedValues } from "./convert-columns.ts";
import { fitToProto, transformedToProto, wholeFitToProto } from "./convert-transforms.ts";
import { packed } from "./packed.ts";
import { requestDigest } from "./request-identity.ts";

/** The edge of TransformService: convert, call, convert. */
export const transformHandlers = (store: FeatureStore): ServiceImpl<typeof TransformService> => ({
  ...workHandlers(store),
  ...onDemandHandlers(store),
  async getTransformFit({ name }) {
    return { transformFit: wholeFitToProto(await fitOf(store, name)) };
  },
  async listTransformFits({ parent, pageSize, pageToken }) {
    const { project } = projectName.parse(parent, "parent");
    const page = await store.transformFits.list(project, { size: pageSize, token: pageToken });
    return { transformFits: page.items.map(fitToProto), nextPageToken: page.nextPageToken };
  },
});

function onDemandHandlers(store: FeatureStore) {
  const onDemand = onDemandTransforms(store);
  return {
    async getTransformedFeatures({ name, rows, asOf }) {
      const asOfNs = asOf ? toNs(asOf) : BigInt(store.clock.now()) * 1_000_000n;
      const read = { rows: rows.map((it) => namedValues(it.values)), asOfNs };
      return transformedToProto(await onDemand.read(await fitOf(store, name), read));
    },
  } satisfies Partial<ServiceImpl<typeof TransformService>>;
}

const workHandlers = (store: FeatureStore) =>
  ({
    async fitTransforms(request, context) {
      const { project } = projectName.parse(request.parent, "parent");
      const from = await trainingSetOf(store, project, request.trainingSet);
      const transforms = checkFit(request.definition as Json, from);
      const { actor } = callerOf(context);
      const operation = await store.operations.start({
        project,
        kind: "FitTransforms",
        target: request.trainingSet,
        requestId: request.requestId,
        requestDigest: requestDigest(FitTransformsRequestSchema, request),
        work: async (run) => {
          const asked = { transforms, trainingSet: from.trainingSet, actor, operation: run.operation };
          return packed(FitTransformsResultSchema, {
            transformFit: fitToProto(await fitTransforms(store, asked, run)),
          });
        },
      });
      return { operation: operationToProto(operation) };
    },
    async applyTransforms(request, context) {
      const fit = await fitOf(store, request.name);
      const { trainingSet, features } = await trainingSetOf(store, fit.project, request.trainingSet);
      checkApply({ fit, trainingSet }, features);
      const { actor } = callerOf(context);
      const operation = await store.operations.start({
        project: fit.project,
        kind: "ApplyTransforms",
        target: request.name,
        requestId: request.requestId,
        requestDigest: requestDigest(ApplyTransformsRequestSchema, request),
        work: async (run) => {
          const file = await applyFit(store, { fit, trainingSet, actor, operation: run.operation }, run);
          return packed(ApplyTransformsResultSchema, {
            fileDigest: file.digest,
            sizeBytes: BigInt(file.sizeBytes),
            rowCount: BigInt(file.rowCount),
            columns: file.columns.map(columnToProto),
          });
        },
      });
      return { operation: operationToProto(operation) };
    },
  }) satisfies Partial<ServiceImpl<typeof TransformService>>;

async function fitOf({ transformFits }: FeatureStore, name: string): Promise<TransformFit> {
  const { project, transformFit } = transformFitName.parse(name);
  const found = await transformFits.get(project, transformFit);
  if (!found) throw notFound(name);
  return found;
}

/** A training set of the project, with the features of its feature service. */
async function trainingSetOf(
  { trainingSets, define }: FeatureStore,
  project: string,
  name: string,
): Promise<{ readonly trainingSet: TrainingSet; readonly features: readonly string[] }> {
  const parts = trainingSetName.parse(name, "training_set");
  if (parts.project !== project) throw invalidField("training_set", "it is of another project");
  const trainingSet = await trainingSets.get(project, parts.trainingSet);
  if (!trainingSet) throw notFound(name);
  const service = await define.service(project, trainingSet.featureService, trainingSet.featureServiceVersion);
  return { trainingSet, features: service.features };
}
