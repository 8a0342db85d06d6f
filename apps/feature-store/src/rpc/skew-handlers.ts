import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateSkewReportRequestSchema,
  CreateSkewReportResultSchema,
  type SkewService,
} from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { invalidField, notFound } from "@throughline/kernel";
import { callerOf, operationToProto, toMs } from "@throughline/rpc";
import { namedVersion } from "../domain/data-tags.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { projectName, serviceName, skewReportName } from "../domain/names.ts";
import { createSkewReport } from "../domain/skew/create-skew-report.ts";
import { shortSkewReportToProto, skewReportToProto } from "./convert-skew.ts";
import { packed } from "./packed.ts";
import { requestDigest } from "./request-identity.ts";
import { windowFromProto } from "./served-handlers.ts";

/** Examples of a feature when the request does not say. */
const EXAMPLES = 5;

/** The edge of SkewService: convert, call, convert. */
export const skewHandlers = (store: FeatureStore): ServiceImpl<typeof SkewService> => ({
  async createSkewReport(request, context) {
    store.servingLog.check();
    const { project } = projectName.parse(request.parent, "parent");
    if (request.dataTag !== "" && request.dataVersion !== 0n)
      throw invalidField("data_tag", "name a data version by its number or by a tag, not by both");
    const service = request.featureService === "" ? "" : serviceIn(project, request.featureService);
    const asked = {
      project,
      service,
      actor: callerOf(context).actor,
      window: windowFromProto(request, { project, path: "" }),
      serviceVersion: Number(request.featureServiceVersion),
      dataVersion:
        request.dataTag === "" ? Number(request.dataVersion) : await namedVersion(store, project, request.dataTag),
      exampleCount: request.exampleCount || EXAMPLES,
    };
    const operation = await store.operations.start({
      project,
      kind: "CreateSkewReport",
      target: request.deployment,
      requestId: request.requestId,
      requestDigest: requestDigest(CreateSkewReportRequestSchema, request),
      work: async (run) => {
        const report = await createSkewReport(store, { ...asked, operation: run.operation }, run);
        return packed(CreateSkewReportResultSchema, { skewReport: skewReportToProto(report) });
      },
    });
    return { operation: operationToProto(operation) };
  },
  async getSkewReport({ name }) {
    const { project, skewReport } = skewReportName.parse(name);
    const found = await store.skewReports.get(project, skewReport);
    if (!found) throw notFound(name);
    return { skewReport: skewReportToProto(found) };
  },
  async listSkewReports({ parent, pageSize, pageToken, asOf }) {
    const { project } = projectName.parse(parent, "parent");
    const asked = { size: pageSize, token: pageToken };
    const page = await store.skewReports.list(project, asked, asOf && toMs(asOf));
    return { skewReports: page.items.map(shortSkewReportToProto), nextPageToken: page.nextPageToken };
  },
});

function serviceIn(project: string, name: string): string {
  const parts = serviceName.parse(name, "feature_service");
  if (parts.project !== project) throw invalidField("feature_service", "it is of another project than the parent");
  return parts.service;
}
