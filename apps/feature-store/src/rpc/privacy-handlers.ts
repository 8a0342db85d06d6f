import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreatePrivacyReportRequestSchema,
  CreatePrivacyReportResultSchema,
  type PrivacyService,
  SetPrivacyPolicyRequestSchema,
} from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { invalidField, notFound } from "@throughline/kernel";
import { callerOf, operationToProto, toMs } from "@throughline/rpc";
import type { Outcome } from "@throughline/store";
import type { FeatureStore } from "../domain/feature-store.ts";
import { privacyReportName, projectName, trainingSetName } from "../domain/names.ts";
import { type KeptPolicy, planPolicy, policySubject } from "../domain/privacy/privacy-policy.ts";
import { createReport, reportColumns } from "../domain/privacy/report.ts";
import { demandFromProto, policyFromProto, policyToProto, reportToProto } from "./convert-privacy.ts";
import { forgetHandlers } from "./forget-handlers.ts";
import { packed } from "./packed.ts";
import { requestDigest, requestIdentity } from "./request-identity.ts";

/** The edge of PrivacyService: convert, call, convert. */
export const privacyHandlers = (store: FeatureStore): ServiceImpl<typeof PrivacyService> => ({
  ...policyHandlers(store),
  ...reportHandlers(store),
  ...forgetHandlers(store),
});

const policyHandlers = (store: FeatureStore) =>
  ({
    async setPrivacyPolicy(request, context) {
      const { policy: message, reason, expectedVersion } = request;
      if (!message) throw invalidField("policy", "it must be set");
      const subject = policySubject(message.name, "policy.name");
      const { project, source } = subject;
      const columns = source === "" ? undefined : (await store.define.source(project, source)).columns;
      const policy = policyFromProto(message);
      const kept = await store.once({
        identity: requestIdentity(SetPrivacyPolicyRequestSchema, request, { project, context }),
        subject: `${project}/privacy-policies/${source}`,
        work: async (): Promise<Outcome<KeptPolicy>> => {
          const change = { actor: callerOf(context).actor, reason, timeMs: store.clock.now() };
          const expected = expectedVersion === undefined ? undefined : Number(expectedVersion);
          const planned = await planPolicy(store.privacyPolicies, {
            subject,
            policy,
            change,
            columns,
            expectedVersion: expected,
          });
          return { writes: planned.writes, response: planned.kept };
        },
      });
      return { policy: policyToProto(kept) };
    },
    async getPrivacyPolicy({ name, version, asOf }) {
      const subject = policySubject(name, "name");
      if (version > 0n && asOf) throw invalidField("as_of", "name a version or an instant, not both");
      const found =
        version > 0n
          ? await store.privacyPolicies.version(subject, Number(version))
          : await store.privacyPolicies.get(subject, asOf && toMs(asOf));
      if (!found) throw notFound(name);
      return { policy: policyToProto(found) };
    },
    async listPrivacyPolicyVersions({ name, pageSize, pageToken }) {
      const subject = policySubject(name, "name");
      const page = await store.privacyPolicies.versions(subject, { size: pageSize, token: pageToken });
      return { policies: page.items.map(policyToProto), nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof PrivacyService>>;

const reportHandlers = (store: FeatureStore) =>
  ({
    async createPrivacyReport(request, context) {
      const { project } = projectName.parse(request.parent, "parent");
      const parts = trainingSetName.parse(request.trainingSet, "training_set");
      if (parts.project !== project) throw invalidField("training_set", "it is of another project");
      const trainingSet = await store.trainingSets.get(project, parts.trainingSet);
      if (!trainingSet) throw notFound(request.trainingSet);
      const columns = reportColumns(trainingSet, request);
      const demand = request.demand && demandFromProto(request.demand);
      const { actor } = callerOf(context);
      const operation = await store.operations.start({
        project,
        kind: "CreatePrivacyReport",
        target: request.trainingSet,
        requestId: request.requestId,
        requestDigest: requestDigest(CreatePrivacyReportRequestSchema, request),
        work: async (run) => {
          const asked = { trainingSet, columns, demand, actor, operation: run.operation };
          return packed(CreatePrivacyReportResultSchema, {
            report: reportToProto(await createReport(store, asked, run)),
          });
        },
      });
      return { operation: operationToProto(operation) };
    },
    async getPrivacyReport({ name }) {
      const { project, report } = privacyReportName.parse(name);
      const found = await store.privacyReports.get(project, report);
      if (!found) throw notFound(name);
      return { report: reportToProto(found) };
    },
    async listPrivacyReports({ parent, pageSize, pageToken }) {
      const { project } = projectName.parse(parent, "parent");
      const page = await store.privacyReports.list(project, { size: pageSize, token: pageToken });
      return { reports: page.items.map(reportToProto), nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof PrivacyService>>;
