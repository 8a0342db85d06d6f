import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@throughline/store";
import { afterAll } from "vitest";
import { buildMongodbServer, type MongodbServer, startMongodbServer } from "./mongodb-server.ts";

/** A database that repositories are tested on. */
export interface Database {
  readonly name: "sqlite" | "mongodb";
  /**
   * True of the server that stands in for MongoDB where no real one is configured. An update there leaves the value that
   * a document was inserted with in unique indexes, so that it is never free again: skip what needs that with
   * `test.skipIf(database.imitation)`.
   */
  readonly imitation: boolean;
  /** Opens a store with nothing in it. All of them are closed and removed after the tests of the file. */
  empty(): Promise<Store>;
}

/**
 * Every database there is an adapter for: SQLite always; MongoDB where THROUGHLINE_TEST_MONGODB_URL names a replica set
 * (without a database), or where THROUGHLINE_TEST_SERVERS is 1 and a server is built and started for the test file.
 * Call it while tests are collected: it registers the cleaning up.
 */
export function everyDatabase(env: Readonly<Record<string, string | undefined>> = process.env): readonly Database[] {
  const url = env["THROUGHLINE_TEST_MONGODB_URL"];
  if (url) return [sqlite(), mongodb(false, async () => url)];
  if (env["THROUGHLINE_TEST_SERVERS"] !== "1") return [sqlite()];
  let server: Promise<MongodbServer> | undefined;
  afterAll(async () => (await server)?.stop());
  return [
    sqlite(),
    mongodb(true, async () => {
      server ??= buildMongodbServer(env).then(startMongodbServer);
      return (await server).url;
    }),
  ];
}

function sqlite(): Database {
  const cleanUp = cleaning();
  return {
    name: "sqlite",
    imitation: false,
    async empty() {
      const dir = await mkdtemp(join(tmpdir(), "throughline-store-"));
      const store = await openStore(`sqlite://${join(dir, "store.db")}`);
      cleanUp(async () => {
        await store.close();
        await rm(dir, { recursive: true, force: true });
      });
      return store;
    },
  };
}

function mongodb(imitation: boolean, server: () => Promise<string>): Database {
  const cleanUp = cleaning();
  return {
    name: "mongodb",
    imitation,
    async empty() {
      // A database of its own is an empty one, whatever else runs on the server.
      const url = new URL(await server());
      url.pathname = `/test_${randomUUID().replaceAll("-", "")}`;
      const store = await openStore(url.href);
      cleanUp(() => store.close());
      return store;
    },
  };
}

/** Collects what to do after all tests, and does it in reverse. */
function cleaning(): (work: () => Promise<void>) => void {
  const work: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const step of work.splice(0).reverse()) await step();
  });
  return (step) => void work.push(step);
}
