import type { Collection, Db } from "mongodb";
import { COLLECTION_NAMES } from "./mongodb-online-entries.ts";
import { boundsOf, seriesLength, TIME_BYTES } from "./mongodb-online-keys.ts";

/** What documents of entries and of newest entries have in common: keys that begin with the series. */
interface Keyed {
  readonly _id: Uint8Array;
}

/** Documents that are removed at a time, so that each removal ends soon. */
const REMOVED_MAX = 5_000;

/** Keys of one collection: how many bytes each has behind the series. */
interface Family {
  readonly collection: Collection<Keyed>;
  readonly room: number;
}

/** Removes all series that begin with some bytes. Nobody may write to them meanwhile. */
export async function removeSeries(db: Db, prefix: Uint8Array): Promise<void> {
  const families: readonly Family[] = [
    { collection: db.collection(COLLECTION_NAMES.entries), room: TIME_BYTES },
    { collection: db.collection(COLLECTION_NAMES.newest), room: 0 },
  ];
  for (const family of families) {
    // Keys are in the order of the lengths of their series.
    let length: number | undefined = prefix.length;
    while (length !== undefined) {
      await removeOfLength(family, prefix, length);
      length = await nextLength(family, length + 1);
    }
  }
}

async function removeOfLength({ collection, room }: Family, prefix: Uint8Array, length: number): Promise<void> {
  const { least: $gte, most: $lte } = boundsOf(prefix, length, room);
  const range = { _id: { $gte, $lte } };
  for (;;) {
    const options = { sort: { _id: 1 }, skip: REMOVED_MAX, projection: { _id: 1 } } as const;
    const beyond = await collection.findOne(range, options);
    await collection.deleteMany(beyond ? { _id: { $gte, $lt: beyond._id } } : range);
    if (!beyond) return;
  }
}

/** The least length of any series that is not below `least`. */
async function nextLength({ collection, room }: Family, least: number): Promise<number | undefined> {
  const range = { _id: { $gte: boundsOf(Buffer.of(), least, room).least } };
  const next = await collection.findOne(range, { sort: { _id: 1 }, projection: { _id: 1 } });
  return next ? seriesLength(next._id) : undefined;
}
