import type { RootDatabase } from "lmdb";
import { following, headOf, KIND, stateKey } from "./lmdb-online-keys.ts";

type Database = RootDatabase<Buffer, Buffer>;

/** Keys that are removed in one transaction: so few that reads and writes in between wait for milliseconds. */
const REMOVED_MAX = 5_000;

/** Removes all entries of a layout, and its note. */
export async function removeLayout(database: Database, id: string): Promise<void> {
  const prefix = Buffer.from(id, "hex");
  for (const kind of [KIND.entry, KIND.newest]) {
    for (const long of [0, 1]) {
      const end = Buffer.of(kind, long + 1);
      for (let length: number | undefined = prefix.length; length !== undefined; ) {
        const head = headOf(kind, long, length);
        await removeRange(database, Buffer.concat([head, prefix]), Buffer.concat([head, following(prefix)]));
        // Keys are in the order of the lengths of their series: on to the next length that there is.
        const [next] = [...database.getKeys({ start: headOf(kind, long, length + 1), end, limit: 1 })] as Buffer[];
        length = next?.readUInt16BE(2);
      }
    }
  }
  await database.remove(stateKey(id));
}

async function removeRange(database: Database, start: Buffer, end: Buffer): Promise<void> {
  for (;;) {
    const keys = [...database.getKeys({ start, end, limit: REMOVED_MAX })] as Buffer[];
    await database.transaction(() => {
      for (const key of keys) database.remove(key);
    });
    if (keys.length < REMOVED_MAX) return;
  }
}
