import { openSqliteStore } from "./sqlite-store.ts";

/**
 * A process that writes as fast as it can until it is killed, for the durability law: it prints each id only when the
 * store has acknowledged it. Its argument is the path of the file.
 */
const store = openSqliteStore(process.argv[2] as string);
const documents = store.collection<{ readonly writer: number }>({ name: "laws_durable", indexes: [] });
const points = store.series("laws_durable_points");
const run = `${process.pid}`;

async function writer(number: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `${run}/${number}/${i}`;
    const point = { key: id, step: BigInt(i), timeMs: i, value: i, sequence: 0n };
    try {
      await store.batch([documents.writes.insert(id, { writer: number }), points.write([point])]);
    } catch (error) {
      process.stdout.write(`failed ${(error as { reason?: string }).reason}\n`);
      return;
    }
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, (_, number) => writer(number)));
