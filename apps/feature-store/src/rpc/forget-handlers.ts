import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type Forgetting as ForgettingMessage,
  ForgettingSchema,
  ForgettingState,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import {
  type ForgetEntityRequest,
  ForgetEntityResultSchema,
  type PrivacyService,
} from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { digestOfJson, type FeatureValue, notFound } from "@throughline/kernel";
import { callerOf, fromMs, operationToProto } from "@throughline/rpc";
import type { Entity } from "../domain/entity.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { forgetEntity, subjectsOf } from "../domain/forget/forget-entity.ts";
import type { Forgetting } from "../domain/forget/forgetting.ts";
import { entityName, forgettingName, projectName, sourceName } from "../domain/names.ts";
import { problems } from "../domain/problems.ts";
import { describeValue, isOfType, NAN_IS_NO_KEY } from "../domain/value-type.ts";
import { namedValues } from "./convert-columns.ts";
import { packed } from "./packed.ts";

/** The methods about forgetting. */
export const forgetHandlers = (store: FeatureStore) =>
  ({
    async forgetEntity(request, context) {
      const { project, entity: id } = entityName.parse(request.entity, "entity");
      const entity = await store.define.entity(project, id);
      const key = keyOf(entity, request);
      const { actor } = callerOf(context);
      const { reason } = request;
      const subject = subjectsOf(store.privacyKeys, entity, key).at(-1) ?? "";
      const operation = await store.operations.start({
        project,
        kind: "ForgetEntity",
        target: request.entity,
        requestId: request.requestId,
        // Of the key itself not even a digest is kept: few keys are too many to be guessed.
        requestDigest: digestOfJson({ entity: request.entity, subject, reason }),
        work: async (run) =>
          packed(ForgetEntityResultSchema, {
            forgetting: forgettingToProto(await forgetEntity(store, { entity, key, actor, reason }, run)),
          }),
      });
      return { operation: operationToProto(operation) };
    },
    async getForgetting({ name }) {
      const { project, forgetting } = forgettingName.parse(name);
      const found = await store.forgettings.get(project, forgetting);
      if (!found) throw notFound(name);
      return { forgetting: forgettingToProto(found) };
    },
    async listForgettings({ parent, pageSize, pageToken }) {
      const { project } = projectName.parse(parent, "parent");
      const page = await store.forgettings.list(project, { size: pageSize, token: pageToken });
      return {
        forgettings: page.items.map((it) => forgettingToProto({ ...it, affected: [] })),
        nextPageToken: page.nextPageToken,
      };
    },
  }) satisfies Partial<ServiceImpl<typeof PrivacyService>>;

/** The key values in the entity's order. Fails with INVALID_FIELD; messages never tell a value. */
function keyOf({ id, keys }: Entity, { key }: ForgetEntityRequest): readonly FeatureValue[] {
  const wrong = problems();
  const values = namedValues(key?.values ?? {});
  for (const name of values.keys())
    if (!keys.some((it) => it.name === name)) wrong.add(`key.values["${name}"]`, `entity ${id} has no such key`);
  const ordered = keys.map(({ name, type }) => {
    const value = values.get(name) ?? null;
    const path = `key.values["${name}"]`;
    if (value === null || !isOfType(value, type)) wrong.add(path, `it is ${describeValue(value)}, needed is ${type}`);
    else if (Number.isNaN(value)) wrong.add(path, NAN_IS_NO_KEY);
    return value;
  });
  wrong.throwIfAny();
  return ordered;
}

const STATES = { running: ForgettingState.RUNNING, done: ForgettingState.DONE } as const;

const forgettingToProto = (it: Forgetting): ForgettingMessage =>
  create(ForgettingSchema, {
    name: forgettingName.format({ project: it.project, forgetting: it.id }),
    entity: entityName.format({ project: it.project, entity: it.entity }),
    subject: it.subject,
    state: STATES[it.state],
    actor: it.actor,
    reason: it.reason,
    createTime: fromMs(it.createTimeMs),
    ...(it.endTimeMs !== undefined && { endTime: fromMs(it.endTimeMs) }),
    sources: it.sources.map((of) => ({
      source: sourceName.format({ project: it.project, source: of.source }),
      rowCount: BigInt(of.rowCount),
      fileCount: BigInt(of.fileCount),
      dataVersions: of.dataVersions.map(BigInt),
      tombstoneDigests: [...of.tombstones],
    })),
    affected: it.affected.map(({ kind, resource, digest = "", rowCount }) => ({
      kind,
      resource,
      digest,
      rowCount: BigInt(rowCount),
    })),
    affectedTruncated: it.isAffectedTruncated,
    unaffectedTrainingSetCount: BigInt(it.unaffectedTrainingSets),
    loadedDigests: [...it.loadedDigests],
    remaining: [...it.remaining],
  });
