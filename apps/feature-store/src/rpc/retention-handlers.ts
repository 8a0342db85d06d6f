import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type DataRetention as DataRetentionMessage,
  DataRetentionSchema,
} from "@throughline/contracts/throughline/features/v1/data_version_pb";
import {
  type DataVersionService,
  ExpireDataVersionsRequestSchema,
  ExpireResultSchema,
  SetDataRetentionRequestSchema,
} from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf, fromMs, operationToProto, toMs } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { dataRetentionName, projectName } from "../domain/names.ts";
import { type DataRetention, planRetention } from "../domain/retention/data-retention.ts";
import { type Expired, expireData } from "../domain/retention/expire-data.ts";
import { packed } from "./packed.ts";
import { requestDigest, requestIdentity } from "./request-identity.ts";

/** The methods about how long data versions are kept. Convert, call, convert. */
export const retentionHandlers = (store: FeatureStore) =>
  ({
    async setDataRetention(request, context) {
      const { retention: message, reason, expectedRevision } = request;
      if (!message) throw invalidField("retention", "it must be set");
      const { project } = dataRetentionName.parse(message.name, "retention.name");
      const kept = await store.once({
        identity: requestIdentity(SetDataRetentionRequestSchema, request, { project, context }),
        subject: `${project}/retention`,
        work: async () => {
          const change = { actor: callerOf(context).actor, reason, timeMs: store.clock.now() };
          const expected = expectedRevision === undefined ? undefined : Number(expectedRevision);
          const wanted = { project, keepMs: keepOf(message), change, expected };
          const planned = await planRetention(store.retentions, wanted);
          return { writes: planned.writes, response: planned.kept };
        },
      });
      return { retention: retentionToProto(project, kept) };
    },
    async getDataRetention({ name, asOf }) {
      const { project } = dataRetentionName.parse(name);
      return { retention: retentionToProto(project, await store.retentions.get(project, asOf && toMs(asOf))) };
    },
    async expireDataVersions(request) {
      const { project } = projectName.parse(request.parent, "parent");
      const asked = { project, isTrial: request.validateOnly };
      const operation = await store.operations.start({
        project,
        kind: "ExpireDataVersions",
        target: request.parent,
        requestId: request.requestId,
        requestDigest: requestDigest(ExpireDataVersionsRequestSchema, request),
        work: async (run) => packed(ExpireResultSchema, expiredToProto(await expireData(store, asked, run))),
      });
      return { operation: operationToProto(operation) };
    },
  }) satisfies Partial<ServiceImpl<typeof DataVersionService>>;

const keepOf = ({ keep }: DataRetentionMessage): number | undefined =>
  keep && Number(keep.seconds) * 1_000 + Math.ceil(keep.nanos / 1_000_000);

const retentionToProto = (project: string, kept: DataRetention | undefined): DataRetentionMessage =>
  create(DataRetentionSchema, {
    name: dataRetentionName.format({ project }),
    ...(kept && {
      revision: BigInt(kept.revision),
      actor: kept.change.actor,
      reason: kept.change.reason,
      setTime: fromMs(kept.change.timeMs),
    }),
    ...(kept?.keepMs !== undefined && { keep: durationFromMs(kept.keepMs) }),
  });

const expiredToProto = ({ oldestKept, neededOlderCount, marked, removed }: Expired) => ({
  oldestKept: BigInt(oldestKept),
  neededOlderCount: BigInt(neededOlderCount),
  markedFileCount: BigInt(marked.fileCount),
  markedByteCount: BigInt(marked.byteCount),
  removedFileCount: BigInt(removed.fileCount),
  removedByteCount: BigInt(removed.byteCount),
});
