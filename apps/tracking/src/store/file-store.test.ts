import { digestOfBytes, systemClock, timeOrderedIds } from "@throughline/kernel";
import { idempotent } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { foldersOf } from "../domain/file-path.ts";
import type { FileStore } from "../domain/file-store.ts";
import { type FileOwner, pathsToKnow, plannedFiles, type TreeFile, unchangedTree } from "../domain/file-tree.ts";
import { deletedPath } from "../domain/files.ts";
import type { Commit } from "../domain/ports.ts";
import { openCollections } from "./collections.ts";
import { committer } from "./commit.ts";
import { fileStore } from "./file-store.ts";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const fileAt = (path: string, content = "x"): TreeFile => ({
  path,
  digest: digestOfBytes(content),
  sizeBytes: content.length,
  mediaType: "",
});

for (const database of everyDatabase()) {
  describe(`FileStore laws: ${database.name}`, () => {
    let files: FileStore;
    let commit: Commit;
    let count = 0;

    beforeAll(async () => {
      const store = await database.empty();
      const collections = openCollections(store);
      files = fileStore(collections);
      commit = committer({ store, collections, idempotent: idempotent({ store, clock: systemClock }) });
    });

    const newOwner = (): FileOwner => ({ project: "p", kind: "RUN", id: `r${count++}` });
    const put = (owner: FileOwner, wanted: readonly TreeFile[]) =>
      commit(async () => {
        const revision = await files.revision(owner);
        const planned = plannedFiles(owner, wanted, { revision, nodes: await files.nodes(owner, pathsToKnow(wanted)) });
        return { change: planned === undefined ? {} : { files: planned.change }, response: {} };
      });
    const touch = (owner: FileOwner, revision: number) =>
      commit(async () => ({ change: { files: unchangedTree(owner, revision) }, response: {} }));
    const everything = async (owner: FileOwner) =>
      (await files.lastBelow(owner, "", 1_000)).map(({ path, type }) => `${path}${type === "FILE" ? "" : "/"}`);

    test("a tree is what its files and their folders make it, whatever was put and deleted before", async () => {
      const name = fc.constantFrom("a", "b", "b-", "b.", "é", "Z", "0");
      const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
      const step = fc.record({ put: fc.boolean(), path, content: fc.constantFrom("x", "yy") });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const owner = newOwner();
          const model = new Map<string, string>();
          for (const it of steps) {
            if (it.put) {
              const taken = [...model.keys()].some((other) => other.startsWith(`${it.path}/`));
              const blocked = taken || foldersOf(it.path).some((folder) => model.has(folder));
              const outcome = put(owner, [fileAt(it.path, it.content)]);
              if (blocked) await expect(outcome).rejects.toMatchObject({ reason: "PATH_CONFLICT" });
              else {
                await outcome;
                model.set(it.path, it.content);
              }
            } else {
              const gone = [...model.keys()].filter((at) => at === it.path || at.startsWith(`${it.path}/`));
              expect(
                await deletedPath(
                  { files, commit, clock: systemClock, newId: timeOrderedIds(systemClock) },
                  owner,
                  it.path,
                ),
              ).toBe(gone.length);
              for (const at of gone) model.delete(at);
            }
          }
          const paths = [...model.keys()].sort(byBytes);
          const folders = new Set(paths.flatMap(foldersOf));
          const found = await files.files(owner, "", { limit: 100 });
          expect(found.map((it) => it.path)).toEqual(paths);
          expect(found.map((it) => it.type === "FILE" && it.digest)).toEqual(
            paths.map((it) => digestOfBytes(model.get(it) ?? "")),
          );
          const nodes = [...paths, ...[...folders].map((it) => `${it}/`)];
          expect((await everything(owner)).sort()).toEqual(nodes.sort());
          for (const folder of ["", ...folders]) {
            const below = folder === "" ? "" : `${folder}/`;
            const inside = [...paths, ...folders].filter((it) => it.startsWith(below));
            const direct = inside.filter((it) => !it.slice(below.length).includes("/")).sort(byBytes);
            expect((await files.children(owner, folder, { limit: 100 })).map((it) => it.path)).toEqual(direct);
            const all = paths.filter((it) => it.startsWith(below));
            expect((await files.files(owner, folder, { limit: 100 })).map((it) => it.path)).toEqual(all);
          }
        }),
        { numRuns: 40 },
      );
    });

    test("pages continue after a path, and trees of owners whose ids begin alike never meet", async () => {
      const owners: readonly FileOwner[] = [
        { project: "pp", kind: "RUN", id: "a" },
        { project: "pp", kind: "RUN", id: "a-" },
        { project: "pp", kind: "LOGGED_MODEL", id: "a" },
        { project: "pp", kind: "PROJECT", id: "" },
      ];
      for (const [i, owner] of owners.entries())
        await put(owner, [fileAt("f/1"), fileAt("f/2"), fileAt("f/3"), fileAt(`own/${i}`)]);
      for (const [i, owner] of owners.entries()) {
        const page = await files.children(owner, "f", { after: "f/1", limit: 1 });
        expect(page.map((it) => it.path)).toEqual(["f/2"]);
        expect((await files.files(owner, "own", { limit: 9 })).map((it) => it.path)).toEqual([`own/${i}`]);
        expect(await files.revision(owner)).toBe(1);
      }
    });

    test("a tree is bare until its first file, also when something else changed it before", async () => {
      const owner = newOwner();
      expect(await files.isBare(owner)).toBe(true);
      await touch(owner, 0);
      expect(await files.isBare(owner)).toBe(true);
      await put(owner, [fileAt("a")]);
      expect(await files.isBare(owner)).toBe(false);
      await touch(owner, 2);
      expect(await files.isBare(owner)).toBe(false);
    });

    test("nodes are read by their paths, and what is not there is left out", async () => {
      const owner = newOwner();
      await put(owner, [fileAt("a/b")]);
      const nodes = await files.nodes(owner, ["a", "a/b", "a/c", ""]);
      expect([...nodes.values()].map(({ path, type, revision }) => [path, type, revision])).toEqual([
        ["a", "FOLDER", 1],
        ["a/b", "FILE", 1],
      ]);
    });
  });
}
