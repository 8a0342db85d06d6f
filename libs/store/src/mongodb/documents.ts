import type { Db, FindOptions } from "mongodb";
import type { CollectionReader } from "../collection.ts";
import type { Document } from "../port.ts";
import { conditionsOf, rangesAfter, type Stored, sortOf } from "./query.ts";
import { documentsOf } from "./schema.ts";
import { decodeTree } from "./tree.ts";

const COLUMNS: FindOptions = { projection: { r: 1, v: 1, x: 1 } };

/** Reads documents of one collection from what a majority of the replica set has. */
export function documentReader(db: Db, name: string): CollectionReader {
  const collection = db.collection<Stored>(documentsOf(name));
  return {
    async get(id) {
      const stored = await collection.findOne({ _id: { $eq: id } }, COLUMNS);
      return stored === null ? undefined : documentOf(stored);
    },
    async getMany(ids) {
      return (await collection.find({ _id: { $in: ids } }, COLUMNS).toArray()).map(documentOf);
    },
    async select(selection) {
      const where = conditionsOf(selection.where);
      const found: Stored[] = [];
      for (const range of rangesAfter(selection)) {
        const limit = selection.limit - found.length;
        const page = collection.find({ $and: [where, range] }, { ...COLUMNS, sort: sortOf(selection.order), limit });
        found.push(...(await page.toArray()));
        if (found.length >= selection.limit) break;
      }
      return found.map(documentOf);
    },
    count: (where) => collection.countDocuments(conditionsOf(where)),
  };
}

const documentOf = ({ _id, r, v, x }: Stored): Document<object> => ({
  id: _id,
  revision: r,
  value: decodeTree({ v, x }),
});
