import { type Document, type Filter, ID, STORE_LIMITS } from "@throughline/store";
import type { LoggedModel } from "../domain/logged-model.ts";
import type { LoggedModelStore } from "../domain/logged-model-store.ts";
import { type Collections, documentId, type LoggedModelValue } from "./collections.ts";
import { findUpTo, getAll } from "./documents.ts";

/** The logged models of all projects. Ids are in the order of creation. */
export function loggedModelStore({ loggedModels }: Collections): LoggedModelStore {
  return {
    async get(keys) {
      return (await getAll(loggedModels, keys.map(documentId))).map((it) => it && modelOf(it));
    },
    async list({ project, experimentIds, before, limit }) {
      const where: Filter<LoggedModelValue> = {
        and: [
          { field: "project", eq: project },
          ...ofExperiments(experimentIds),
          ...(before === undefined ? [] : [{ field: ID, lt: documentId({ project, id: before }) } as const]),
        ],
      };
      return (await findUpTo(loggedModels, { where, orderBy: [{ field: ID, descending: true }] }, limit)).map(modelOf);
    },
  };
}

function ofExperiments(ids: readonly string[]): readonly Filter<LoggedModelValue>[] {
  if (ids.length === 0) return [];
  const parts: Filter<LoggedModelValue>[] = [];
  for (let at = 0; at < ids.length; at += STORE_LIMITS.documentsMax)
    parts.push({ field: "experimentId", in: ids.slice(at, at + STORE_LIMITS.documentsMax) });
  return parts.length === 1 ? parts : [{ or: parts }];
}

const modelOf = ({ value, revision }: Document<LoggedModelValue>): LoggedModel => ({ ...value, revision });
