import type { ServiceImpl } from "@connectrpc/connect";
import {
  type DataVersionService,
  TagDataVersionRequestSchema,
} from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { notFound } from "@throughline/kernel";
import { callerOf, toMs } from "@throughline/rpc";
import { setTag } from "../domain/data-tags.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { dataTagName, projectName } from "../domain/names.ts";
import { dataTagToProto } from "./convert-data-versions.ts";
import { requestIdentity } from "./request-identity.ts";

/** The methods about tags. Convert, call, convert. */
export const dataTagHandlers = (store: FeatureStore) =>
  ({
    async tagDataVersion(request, context) {
      const { project } = projectName.parse(request.parent, "parent");
      const { tag, reason, expectedDataVersion } = request;
      const set = await setTag(store, {
        project,
        tag,
        reason,
        dataVersion: Number(request.dataVersion),
        actor: callerOf(context).actor,
        expected: expectedDataVersion === undefined ? undefined : Number(expectedDataVersion),
        identity: requestIdentity(TagDataVersionRequestSchema, request, { project, context }),
      });
      return { tag: dataTagToProto(set) };
    },
    async getDataTag({ name, asOf }) {
      const { project, tag } = dataTagName.parse(name);
      const found = await store.tags.get(project, tag, asOf && toMs(asOf));
      if (!found || found.dataVersion === 0) throw notFound(name);
      return { tag: dataTagToProto(found) };
    },
    async listDataTags({ parent, pageSize, pageToken }) {
      const { project } = projectName.parse(parent, "parent");
      const page = await store.tags.list(project, { size: pageSize, token: pageToken });
      return { tags: page.items.map(dataTagToProto), nextPageToken: page.nextPageToken };
    },
    async listDataTagChanges({ name, pageSize, pageToken }) {
      const { project, tag } = dataTagName.parse(name);
      const page = await store.tags.changes(project, tag, { size: pageSize, token: pageToken });
      // A change that removed the tag tells nothing of it but that.
      const changes = page.items.map((it) => dataTagToProto({ ...it, project, tag }));
      return { changes, nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof DataVersionService>>;
