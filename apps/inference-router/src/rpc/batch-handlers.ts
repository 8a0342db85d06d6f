import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type BatchPredictionService,
  type BatchPredictRequest,
  type BatchPredictResult,
  BatchPredictResultSchema,
} from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import { type Clock, digestOfJson, type Json, parseDigest, resourceName } from "@throughline/kernel";
import type { OperationRun, Operations } from "@throughline/operations";
import { callerOf, fromNs, operationToProto, toNs } from "@throughline/rpc";
import {
  type Batch,
  type BatchResult,
  batchFromJson,
  batchToJson,
  releaseAmbiguous,
  releaseElsewhere,
} from "../domain/batch/batch.ts";
import type { PredictBatch } from "../domain/batch/predict-batch.ts";
import type { DeploymentTable } from "../domain/deployment-table.ts";

export interface BatchHandlerParts {
  readonly table: Pick<DeploymentTable, "find">;
  readonly operations: Operations;
  readonly predictBatch: PredictBatch;
  readonly clock: Clock;
}

const KIND = "BatchPredict";
const DEPLOYMENT = resourceName("projects/{project}/deployments/{deployment}");
const RELEASE = resourceName("projects/{project}/releases/{release}");

/** The edge of batches: convert, begin, convert. */
export function batchHandlers(parts: BatchHandlerParts): ServiceImpl<typeof BatchPredictionService> {
  const { operations } = parts;
  return {
    async batchPredict(request, context) {
      const { project } = DEPLOYMENT.parse(request.deployment, "deployment");
      const batch = batchFromProto(parts, request, callerOf(context).actor);
      const operation = await operations.start({
        project,
        kind: KIND,
        target: request.deployment,
        requestId: request.requestId,
        requestDigest: requestDigest(request),
        resumeFrom: batchToJson(batch),
        work: (run) => worked(parts, batch, run),
      });
      return { operation: operationToProto(operation) };
    },
  };
}

/** Takes up the batches that an earlier process did not end. */
export const resumeBatches = (parts: BatchHandlerParts): Promise<void> =>
  parts.operations.resume(KIND, (from: Json, run) => worked(parts, batchFromJson(from), run));

const worked = async ({ predictBatch }: BatchHandlerParts, batch: Batch, run: OperationRun) =>
  anyPack(BatchPredictResultSchema, resultToProto(batch, await predictBatch(batch, run)));

function batchFromProto({ table, clock }: BatchHandlerParts, request: BatchPredictRequest, actor: string): Batch {
  const { deployment, asOfColumn, vectors } = request;
  return {
    deployment,
    asOfColumn,
    vectors,
    actor,
    inputDigest: parseDigest(request.inputDigest, "input_digest"),
    release: releaseFor(table, request),
    asOfNs: request.asOf ? toNs(request.asOf) : BigInt(clock.now()) * 1_000_000n,
    columnPrefix: request.columnPrefix || "prediction_",
  };
}

function releaseFor(table: BatchHandlerParts["table"], { deployment, release }: BatchPredictRequest): string {
  const { routes } = table.find(deployment);
  if (release !== "") {
    const { project } = DEPLOYMENT.parse(deployment);
    if (RELEASE.parse(release, "release").project !== project) throw releaseElsewhere(release, `projects/${project}`);
    return release;
  }
  const serving = routes.filter((it) => it.end > it.start).map((it) => it.release.release.name);
  const [only, ...others] = serving;
  if (only === undefined || others.length > 0) throw releaseAmbiguous(deployment, serving);
  return only;
}

/** What was asked for, without what the platform chose. */
const requestDigest = (request: BatchPredictRequest) =>
  digestOfJson({
    deployment: request.deployment,
    inputDigest: request.inputDigest,
    release: request.release,
    vectors: request.vectors,
    asOf: request.asOf ? String(toNs(request.asOf)) : "",
    asOfColumn: request.asOfColumn,
    columnPrefix: request.columnPrefix,
  });

const resultToProto = (batch: Batch, it: BatchResult): BatchPredictResult =>
  create(BatchPredictResultSchema, {
    digest: it.digest,
    rowCount: BigInt(it.rowCount),
    problemCounts: Object.fromEntries(Object.entries(it.problemCounts).map(([why, n]) => [why, BigInt(n)])),
    release: batch.release,
    releaseDigest: it.releaseDigest,
    rowsDigest: it.rowsDigest,
    ...(batch.asOfColumn === "" ? { asOf: fromNs(batch.asOfNs) } : {}),
  });
