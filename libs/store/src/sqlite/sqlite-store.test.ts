import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Collection, Store } from "../port.ts";
import { openSqliteStore } from "./sqlite-store.ts";

describe("the SQLite adapter", () => {
  let dir: string;
  let path: string;
  const stores: Store[] = [];
  const open = (): Store => {
    const store = openSqliteStore(path);
    stores.push(store);
    return store;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-sqlite-"));
    path = join(dir, "sub", "store.db");
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  interface Run {
    readonly project: string;
    readonly time?: number;
    readonly name?: string;
  }
  const runsOf = (store: Store, unique = true): Collection<Run> =>
    store.collection({
      name: "runs",
      indexes: [
        { name: "by_time", fields: ["project", "time"] },
        ...(unique ? [{ name: "by_name", fields: ["name"] as const, unique: true }] : []),
      ],
    });

  test("documents and points are there after closing and opening again", async () => {
    const first = open();
    await runsOf(first).insert("a", { project: "p" });
    await first.series("points").append([{ key: "k", step: 1n, timeMs: 2, value: 3, sequence: 4n }]);
    await first.close();
    const second = open();
    expect(await runsOf(second).get("a")).toEqual({ id: "a", revision: 1, value: { project: "p" } });
    expect(await second.series("points").read("k", { limit: 9 })).toHaveLength(1);
  });

  test("a second writer of the file is refused, in this process and in another, until the first closes", async () => {
    const first = open();
    expect(() => open()).toThrow("already open");
    const child = spawn(process.execPath, [writer(), path], { stdio: ["ignore", "ignore", "pipe"] });
    const [said] = (await once(child.stderr, "data")) as [Buffer];
    await once(child, "exit");
    expect(`${said}${child.exitCode}`).toContain("STORAGE_LOCKED");
    await first.close();
    expect(open().kind).toBe("sqlite");
  });

  test("a damaged file is refused when it is opened", async () => {
    const store = open();
    await store.batch(Array.from({ length: 200 }, (_, i) => runsOf(store).writes.insert(`${i}`, { project: "p" })));
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096, 4096 * 3);
    writeFileSync(path, bytes);
    expect(() => open()).toThrow(expect.objectContaining({ reason: "STORAGE_FAILED" }));
    writeFileSync(path, "this is a text and no database, and it is long enough to have a header of its own".repeat(9));
    expect(() => open()).toThrow(expect.objectContaining({ reason: "STORAGE_FAILED" }));
  });

  test("an index that the definition no longer has is dropped, and a new one is built over what is there", async () => {
    const first = open();
    await runsOf(first).insert("a", { project: "p", name: "n" });
    await first.close();
    const second = open();
    await runsOf(second, false).insert("b", { project: "p", name: "n" });
    await second.close();
    expect(() => runsOf(open())).toThrow(expect.objectContaining({ reason: "INDEX_NOT_UNIQUE" }));
  });

  test("what was acknowledged survives SIGKILL", async () => {
    for (let round = 0; round < 3; round++) {
      const { acknowledged } = await writeUntilKilled(spawn(process.execPath, [writer(), path]), 200);
      expect(acknowledged.length).toBeGreaterThanOrEqual(200);
      const store = open();
      const documents = store.collection<{ readonly writer: number }>({ name: "laws_durable", indexes: [] });
      for (let at = 0; at < acknowledged.length; at += 1000) {
        const found = await documents.getMany(acknowledged.slice(at, at + 1000));
        expect(found.filter((it) => it === undefined)).toEqual([]);
      }
      // A document and its point are one batch: there are as many of one as of the other.
      const keys = await store.series("laws_durable_points").keys("", { limit: 1000 });
      const { documents: all } = await documents.find({ limit: 1000 });
      expect(keys).toEqual(all.map((it) => it.id));
      await store.close();
    }
  });

  test("when the disk takes no more, writers are told, and what was acknowledged is still there", async () => {
    // The shell limits files to about 2 MB; ignoring the signal makes the writes fail instead of the process.
    const limited = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$1" "$2"`;
    const child = spawn("/bin/sh", ["-c", limited, process.execPath, writer(), path]);
    const { acknowledged, failed } = await writeUntilKilled(child, Number.POSITIVE_INFINITY);
    expect(new Set(failed)).toEqual(new Set(["WRITE_OUTCOME_UNKNOWN"]));
    expect(failed).toHaveLength(16);
    const documents = open().collection<{ readonly writer: number }>({ name: "laws_durable", indexes: [] });
    for (let at = 0; at < acknowledged.length; at += 1000)
      expect(await documents.getMany(acknowledged.slice(at, at + 1000))).not.toContain(undefined);
  });
});

const writer = (): string => join(import.meta.dirname, "testing-writer.ts");

/** Lets a writer go on until it has acknowledged so many ids, or ends by itself; then kills it. */
async function writeUntilKilled(child: ChildProcess, count: number) {
  let text = "";
  child.stdout?.on("data", (piece: Buffer) => {
    text += piece.toString("utf8");
    if (text.split("\n").length > count) child.kill("SIGKILL");
  });
  await once(child, "close");
  const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
  return {
    acknowledged: lines.filter((line) => !line.startsWith("failed ")),
    failed: lines.filter((line) => line.startsWith("failed ")).map((line) => line.slice("failed ".length)),
  };
}
