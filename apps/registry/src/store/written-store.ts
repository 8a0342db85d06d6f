import { ID, type Store, versionedCollection } from "@throughline/store";
import type { Written, WrittenStore } from "../domain/written.ts";
import { pageOf } from "./page.ts";

/** Most things of one kind that a model has. */
const OF_MODEL_MAX = 1_000;

/** What people write about models under its name, in a collection of its own with its history. */
export function writtenStore<T extends { readonly model: string }>(store: Store, name: string): WrittenStore<T> {
  const things = versionedCollection<{ readonly model: string; readonly record: T }>(store, {
    name,
    indexes: [{ name: "by_model", fields: ["model"] }],
  });
  return {
    async get(id, asOfMs) {
      const found = await things.get(id, asOfMs);
      return found && writtenOf(found);
    },
    async ofModel(model, asOfMs) {
      if (asOfMs !== undefined) {
        const then = await things.findAsOf({ prefix: `${model}/`, asOfMs, limit: OF_MODEL_MAX });
        return then.versions.map(writtenOf);
      }
      const where = { field: "model", eq: model } as const;
      return (await things.find({ where, orderBy: [{ field: ID }], limit: OF_MODEL_MAX })).versions.map(writtenOf);
    },
    async set(id, record, { current, actor, reason, timeMs }) {
      const [value, change] = [
        { model: record.model, record },
        { actor, reason, timeMs },
      ];
      if (current === undefined) return things.writes.insert(id, value, change);
      return things.writes.replace(id, current.change.revision, value, change);
    },
    remove: (current, change) => things.writes.remove(current.name, current.change.revision, change),
    async history(id, page) {
      const { versions, next } = await things.history(id, page);
      const entries = versions.map(({ revision, change, value }) => ({
        name: id,
        change: { revision, ...change },
        ...(value && { record: value.record }),
      }));
      return pageOf(entries, next);
    },
  };
}

const writtenOf = <T>(found: {
  readonly id: string;
  readonly revision: number;
  readonly change: Omit<Written<T>["change"], "revision">;
  readonly value: { readonly record: T };
}): Written<T> => ({
  name: found.id,
  record: found.value.record,
  change: { revision: found.revision, ...found.change },
});
