import type { ServiceImpl } from "@connectrpc/connect";
import {
  CompactResultSchema,
  CompactSourceRequestSchema,
  type DataVersionService,
  RevertDataVersionRequestSchema,
  RevertResultSchema,
  RevertSourceRequestSchema,
} from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { notFound } from "@throughline/kernel";
import { callerOf, operationToProto } from "@throughline/rpc";
import { compactSource } from "../domain/compaction.ts";
import { namedVersion } from "../domain/data-tags.ts";
import type { DataCommit } from "../domain/data-version.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { dataVersionName, sourceName } from "../domain/names.ts";
import { revertSource, revertVersion } from "../domain/revert.ts";
import { dataVersionToProto } from "./convert-data-versions.ts";
import { dataReadHandlers } from "./data-read-handlers.ts";
import { dataTagHandlers } from "./data-tag-handlers.ts";
import { packed } from "./packed.ts";
import { requestDigest } from "./request-identity.ts";
import { retentionHandlers } from "./retention-handlers.ts";

/** Convert, call, convert. */
export const dataVersionHandlers = (store: FeatureStore): ServiceImpl<typeof DataVersionService> => ({
  ...dataReadHandlers(store),
  ...dataTagHandlers(store),
  ...revertHandlers(store),
  ...compactHandler(store),
  ...retentionHandlers(store),
});

const revertHandlers = (store: FeatureStore) =>
  ({
    async revertDataVersion(request, context) {
      const { project, version } = dataVersionName.parse(request.name);
      const { actor } = callerOf(context);
      const commit = await store.dataLog.get(project, Number(version));
      if (!commit) throw notFound(request.name);
      const operation = await store.operations.start({
        project,
        kind: "RevertDataVersion",
        target: request.name,
        requestId: request.requestId,
        requestDigest: requestDigest(RevertDataVersionRequestSchema, request),
        work: async (run) => {
          const call = { actor, reason: request.reason, operation: run.operation, run };
          return reverted(await revertVersion(store, commit, call));
        },
      });
      return { operation: operationToProto(operation) };
    },
    async revertSource(request, context) {
      const { project, source: id } = sourceName.parse(request.source, "source");
      const { actor } = callerOf(context);
      const source = await store.define.source(project, id);
      const dataVersion = await namedVersion(store, project, request.dataVersion);
      const operation = await store.operations.start({
        project,
        kind: "RevertSource",
        target: request.source,
        requestId: request.requestId,
        requestDigest: requestDigest(RevertSourceRequestSchema, request),
        work: async (run) => {
          const call = { actor, reason: request.reason, operation: run.operation, run };
          return reverted(await revertSource(store, { source, dataVersion }, call));
        },
      });
      return { operation: operationToProto(operation) };
    },
  }) satisfies Partial<ServiceImpl<typeof DataVersionService>>;

const reverted = (commit: DataCommit) => packed(RevertResultSchema, { dataVersion: dataVersionToProto(commit, []) });

/** A call asks for it: whatever is small is merged. */
const FILES_MAX = 1;

const compactHandler = (store: FeatureStore) =>
  ({
    async compactSource(request, context) {
      const { project, source: id } = sourceName.parse(request.source, "source");
      const { actor } = callerOf(context);
      const source = await store.define.source(project, id);
      const operation = await store.operations.start({
        project,
        kind: "CompactSource",
        target: request.source,
        requestId: request.requestId,
        requestDigest: requestDigest(CompactSourceRequestSchema, request),
        work: async (run) => {
          const commits = await compactSource(store, { source, actor, filesMax: FILES_MAX }, run);
          return packed(CompactResultSchema, { dataVersions: commits.map((it) => dataVersionToProto(it, [])) });
        },
      });
      return { operation: operationToProto(operation) };
    },
  }) satisfies Partial<ServiceImpl<typeof DataVersionService>>;
