import { type Db, MongoServerError, type UpdateFilter } from "mongodb";
import { ID } from "../filter.ts";
import type { AttributeValue, SearchWrite } from "../search.ts";
import type { SearchReader } from "../search-index.ts";
import { createIfMissing } from "./schema.ts";
import { attributePath, orderStages, type StoredSubject, storedAttribute, subjectConditions } from "./search-query.ts";
import type { Action } from "./writes.ts";

const subjectsOf = (db: Db, index: string) => db.collection<StoredSubject>(`x_${index}`);

/**
 * Creates what an index needs: one entry for each scope, name and value. A server that has no such index (older than
 * MongoDB 7, or an imitation) reads all subjects of the scopes instead.
 */
export async function createSearchIndex(db: Db, index: string): Promise<void> {
  await createIfMissing(db, `x_${index}`);
  const collection = subjectsOf(db, index);
  await collection.createIndex({ s: 1, _id: 1 }, { name: "scope" });
  try {
    await collection.createIndex({ s: 1, "a.$**": 1 }, { name: "attributes" });
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
  }
}

/** Changes or removes one subject, without reading it. */
export function searchAction(write: SearchWrite): Action {
  const { subject } = write;
  if (write.kind === "unset")
    return async ({ db, session }) => {
      await subjectsOf(db, write.index).deleteOne({ _id: { $eq: subject } }, session === undefined ? {} : { session });
      return 0;
    };
  const set = [...(write.set ?? [])].map(([name, value]) => [attributePath(name), storedAttribute(value)]);
  const unset = (write.unset ?? []).filter((name) => write.set?.has(name) !== true);
  const update = {
    $set: { s: write.scope, ...Object.fromEntries(set) },
    ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((name) => [attributePath(name), ""])) }),
  } as UpdateFilter<StoredSubject>;
  return async ({ db, session }) => {
    const options = { upsert: true, ...(session !== undefined && { session }) };
    await subjectsOf(db, write.index).updateOne({ _id: { $eq: subject } }, update, options);
    return 0;
  };
}

/** Searches one index. */
export function searchReader(db: Db, index: string): SearchReader {
  const collection = subjectsOf(db, index);
  return {
    async page({ scopes, where, order, after, limit }) {
      const match = { $and: [{ s: { $in: scopes } }, subjectConditions(where)] };
      const pipeline = [{ $match: match }, ...orderStages(order, after), { $limit: limit }];
      const found = await collection.aggregate(pipeline, { allowDiskUse: true }).toArray();
      const values = order.filter(({ name }) => name !== ID).map((_, i) => `v${i}`);
      return found.map((it) => ({ id: it["_id"] as string, values: values.map((field) => readAttribute(it, field)) }));
    },
    count: (scopes, where) =>
      collection.countDocuments({ $and: [{ s: { $in: [...scopes] } }, subjectConditions(where)] }),
  };
}

function readAttribute(found: Readonly<Record<string, unknown>>, field: string): AttributeValue | null {
  if (!Object.hasOwn(found, field)) return null;
  return found[field] === null ? Number.NaN : (found[field] as AttributeValue);
}
