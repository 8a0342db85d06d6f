import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CreateNecessityReportRequest,
  CreateNecessityReportRequestSchema,
  CreateNecessityReportResultSchema,
  type NecessityService,
} from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { invalidField, notFound } from "@throughline/kernel";
import { callerOf, operationToProto, toMs } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { modelVersionName, necessityReportName, projectName, serviceName, trainingSetName } from "../domain/names.ts";
import { createNecessityReport } from "../domain/necessity/create-necessity-report.ts";
import { type NecessityReport, reportContent } from "../domain/necessity/necessity-report.ts";
import { checkNecessity, type NecessityRequest, newestTrainingSet } from "../domain/necessity/necessity-request.ts";
import type { TrainingSet } from "../domain/training-set.ts";
import {
  dropCostsFromProto,
  dropOneFromProto,
  importanceFromProto,
  reportToProto,
  thresholdsFromProto,
  wholeReportToProto,
} from "./convert-necessity.ts";
import { packed } from "./packed.ts";
import { requestDigest } from "./request-identity.ts";

const SAMPLED_ROWS = 20_000;

/** The edge of NecessityService: convert, call, convert. */
export const necessityHandlers = (store: FeatureStore): ServiceImpl<typeof NecessityService> => ({
  async createNecessityReport(request, context) {
    const { project } = projectName.parse(request.parent, "parent");
    const { actor } = callerOf(context);
    const asked = await askedReport(store, project, request);
    const checked = await checkNecessity(store.releasedModels, { ...asked, actor, operation: "" });
    const operation = await store.operations.start({
      project,
      kind: "CreateNecessityReport",
      target: request.rows.value ?? "",
      requestId: request.requestId,
      requestDigest: requestDigest(CreateNecessityReportRequestSchema, request),
      work: async (run) => {
        const report = await createNecessityReport(store, { ...checked, operation: run.operation }, run);
        return packed(CreateNecessityReportResultSchema, { necessityReport: reportToProto(report) });
      },
    });
    return { operation: operationToProto(operation) };
  },
  async getNecessityReport({ name }) {
    const report = await reportOf(store, name);
    return { necessityReport: wholeReportToProto(report, await contentOf(store, report)) };
  },
  async listNecessityReports({ parent, pageSize, pageToken, featureService, asOf }) {
    const { project } = projectName.parse(parent, "parent");
    const wanted = { project, featureService, asOfMs: asOf && toMs(asOf) };
    const page = await store.necessityReports.list(wanted, { size: pageSize, token: pageToken });
    return { necessityReports: page.items.map(reportToProto), nextPageToken: page.nextPageToken };
  },
});

async function askedReport(
  store: FeatureStore,
  project: string,
  request: CreateNecessityReportRequest,
): Promise<Omit<NecessityRequest, "actor" | "operation">> {
  const trainingSet = await trainingSetOf(store, project, request);
  const { featureService, featureServiceVersion } = trainingSet;
  const { importance } = request;
  if (importance && modelVersionName.parse(importance.modelVersion, "importance.model_version").project !== project)
    throw invalidField("importance.model_version", "it is of another project");
  return {
    trainingSet,
    bound: await store.define.bound(await store.define.service(project, featureService, featureServiceVersion)),
    label: request.label,
    seed: Number(request.seed),
    rowsMax: request.sampleRowCount || SAMPLED_ROWS,
    thresholds: thresholdsFromProto(request.thresholds),
    costs: new Map(Object.entries(request.costs)),
    dropCosts: dropCostsFromProto(request.dropCosts),
    ...(request.dropOne && { dropOne: dropOneFromProto(request.dropOne) }),
    ...(importance && { importance: importanceFromProto(importance) }),
  };
}

async function trainingSetOf(
  store: FeatureStore,
  project: string,
  { rows, featureServiceVersion }: CreateNecessityReportRequest,
): Promise<TrainingSet> {
  if (rows.case === "featureService") {
    const parts = serviceName.parse(rows.value, "feature_service");
    if (parts.project !== project) throw invalidField("feature_service", "it is of another project");
    const service = await store.define.service(project, parts.service, Number(featureServiceVersion));
    return newestTrainingSet(store.trainingSets, service);
  }
  const name = rows.value ?? "";
  const parts = trainingSetName.parse(name, "training_set");
  if (parts.project !== project) throw invalidField("training_set", "it is of another project");
  const found = await store.trainingSets.get(project, parts.trainingSet);
  if (!found) throw notFound(name);
  return found;
}

async function reportOf({ necessityReports }: FeatureStore, name: string): Promise<NecessityReport> {
  const { project, necessityReport } = necessityReportName.parse(name);
  const found = await necessityReports.get(project, necessityReport);
  if (!found) throw notFound(name);
  return found;
}

async function contentOf({ blobs }: FeatureStore, { digest }: NecessityReport) {
  const pieces: Uint8Array[] = [];
  for await (const it of blobs.get(digest)) pieces.push(it);
  return reportContent(Buffer.concat(pieces));
}
