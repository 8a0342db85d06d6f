import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildMongodbServer, type MongodbServer, startMongodbServer } from "@throughline/testing";
import { afterAll } from "vitest";
import type { LayoutRemoval } from "./domain/generation-log.ts";
import type { OnlineStore } from "./domain/online-store.ts";
import { openLmdbOnlineStore } from "./store/lmdb-online-store.ts";
import { openMongodbOnlineStore } from "./store/mongodb-online-store.ts";

/** An online store that tests run on. */
export interface OnlineStoreKind {
  readonly name: "LMDB" | "MongoDB";
  /** Whether several processes may have it open. */
  readonly isShared: boolean;
  /** True of the server that stands in for MongoDB: outside of transactions its reads are of no snapshot. */
  readonly imitation: boolean;
  /** A place with nothing in it. What it returns opens the store there, as often as it is called. */
  empty(): Promise<() => Promise<OnlineStore & LayoutRemoval>>;
}

/**
 * Every online store there is an adapter for: the embedded one always; MongoDB where THROUGHLINE_TEST_MONGODB_URL names a
 * replica set (without a database), or where THROUGHLINE_TEST_SERVERS is 1. Call it while tests are collected: it registers
 * the cleaning up.
 */
export function everyOnlineStore(env: Readonly<Record<string, string | undefined>> = process.env): OnlineStoreKind[] {
  const url = env["THROUGHLINE_TEST_MONGODB_URL"];
  if (url) return [lmdb(), mongodb(false, async () => url)];
  if (env["THROUGHLINE_TEST_SERVERS"] !== "1") return [lmdb()];
  let server: Promise<MongodbServer> | undefined;
  afterAll(async () => (await server)?.stop());
  return [
    lmdb(),
    mongodb(true, async () => {
      server ??= buildMongodbServer(env).then(startMongodbServer);
      return (await server).url;
    }),
  ];
}

function lmdb(): OnlineStoreKind {
  const dirs: string[] = [];
  afterAll(async () => {
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  });
  return {
    name: "LMDB",
    isShared: false,
    imitation: false,
    async empty() {
      const dir = await mkdtemp(join(tmpdir(), "online-"));
      dirs.push(dir);
      return () => openLmdbOnlineStore(dir);
    },
  };
}

function mongodb(imitation: boolean, server: () => Promise<string>): OnlineStoreKind {
  return {
    name: "MongoDB",
    isShared: true,
    imitation,
    async empty() {
      // A database of its own is an empty one, whatever else runs on the server.
      const url = new URL(await server());
      url.pathname = `/online_${randomUUID().replaceAll("-", "")}`;
      return () => openMongodbOnlineStore(url.href);
    },
  };
}
