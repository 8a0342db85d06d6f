import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

for (const database of everyDatabase()) {
  describe(`FileService on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;
    let digest: string;
    let count = 0;

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const created = await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "e" } });
      experiment = created.experiment?.name ?? "";
      digest = await it.upload("bytes");
    });
    afterAll(() => it.close());

    const newRun = async (): Promise<string> =>
      (await it.tracking.createRun({ parent: PARENT, run: { experiment } })).run?.name ?? "";
    const newProject = (): string => `projects/p${count++}`;
    const put = (parent: string, ...paths: readonly string[]) =>
      it.files.putFiles({ parent, files: paths.map((path) => ({ path, digest })) });
    const list = async (parent: string, path = "", recursive = false): Promise<readonly string[]> => {
      const found: string[] = [];
      let pageToken = "";
      do {
        const page = await it.files.listFiles({ parent, path, recursive, pageSize: 2, pageToken });
        found.push(...page.files.map((file) => (file.directory ? `${file.path}/` : file.path)));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      return found;
    };

    test("projects, runs and logged models have trees of their own, listed by path, page by page", async () => {
      const { loggedModel } = await it.models.createLoggedModel({ parent: PARENT, loggedModel: { experiment } });
      const parents = [PARENT, await newRun(), loggedModel?.name ?? ""];
      for (const [i, parent] of parents.entries()) await put(parent, `own${i}`, "b/c/d", "b/a", "b-x", "a", "b/c-x/y");
      for (const [i, parent] of parents.entries()) {
        expect(await list(parent)).toEqual(["a", "b/", "b-x", `own${i}`]);
        expect(await list(parent, "b")).toEqual(["b/a", "b/c/", "b/c-x/"]);
        expect(await list(parent, "b", true)).toEqual(["b/a", "b/c-x/y", "b/c/d"]);
        expect(await list(parent, "", true)).toEqual(["a", "b-x", "b/a", "b/c-x/y", "b/c/d", `own${i}`]);
        expect(await list(parent, "a")).toEqual([]);
        expect(await list(parent, "not/there")).toEqual([]);
        expect(await list(parent, "b/c/d", true)).toEqual(["b/c/d"]);
        expect(await list(parent, "not/there", true)).toEqual([]);
      }
    });

    test("a file tells digest, size and media type, and a path may name other bytes later", async () => {
      const run = await newRun();
      await it.files.putFiles({ parent: run, files: [{ path: "a/f", digest, mediaType: "text/csv" }] });
      const { file } = await it.files.getFile({ parent: run, path: "a/f" });
      expect(file).toMatchObject({ path: "a/f", digest, sizeBytes: 5n, mediaType: "text/csv", directory: false });
      const other = await it.upload("other bytes");
      await it.files.putFiles({ parent: run, files: [{ path: "a/f", digest: other }] });
      expect((await it.files.getFile({ parent: run, path: "a/f" })).file).toMatchObject({
        digest: other,
        sizeBytes: 11n,
      });
      expect(await failure(it.files.getFile({ parent: run, path: "a" }))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await failure(it.files.getFile({ parent: run, path: "b" }))).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("a file cannot stand where a folder is, nor a folder where a file is", async () => {
      const run = await newRun();
      await put(run, "a/b", "x");
      const conflict = ["InvalidArgument", "PATH_CONFLICT"];
      for (const paths of [["a"], ["x/y"], ["x/y/z"], ["n/o", "n"], ["n", "n/o/p"], ["ok", "a"]])
        expect([paths, await failure(put(run, ...paths))]).toEqual([paths, conflict]);
      expect(await list(run, "", true)).toEqual(["a/b", "x"]);
      await put(run, "a/c", "ab");
      expect(await list(run, "", true)).toEqual(["a/b", "a/c", "ab", "x"]);
    });

    test("of writers who make a path a file and a folder at the same time one kind wins, on every replica", async () => {
      const other = await serviceForTests(it.store);
      for (let round = 0; round < 5; round++) {
        const parent = newProject();
        await Promise.all([it.upload("bytes", parent), other.upload("bytes", parent)]);
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, i) => {
            const path = i % 2 === 0 ? "a" : `a/${i}`;
            const { files } = i % 4 < 2 ? it : other;
            return failure(files.putFiles({ parent, files: [{ path, digest }] }));
          }),
        );
        const entries = await list(parent);
        const lost = outcomes.filter(([code]) => code !== "OK");
        expect(lost.every(([, reason]) => reason === "PATH_CONFLICT")).toBe(true);
        expect(lost).toHaveLength(4);
        expect(entries).toEqual(outcomes[0]?.[0] === "OK" ? ["a"] : ["a/"]);
      }
      await other.close();
    });

    test("bytes that were not uploaded to the project are refused, with all files of the call", async () => {
      const run = await newRun();
      for (const unknown of [`sha256:${"0".repeat(64)}`, await it.upload("elsewhere", "projects/q")]) {
        const files = [
          { path: "known", digest },
          { path: "unknown", digest: unknown },
        ];
        const reply = await failure(it.files.putFiles({ parent: run, files }));
        expect(reply).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
      }
      expect(await list(run)).toEqual([]);
    });

    test("two spellings of one name are one file, wherever it is written, read or deleted", async () => {
      const run = await newRun();
      const [composed, decomposed] = ["caf\u00e9/\u00e9", "cafe\u0301/e\u0301"];
      await put(run, decomposed);
      await it.tracking.logBatch({ run, artifacts: [{ path: composed, digest }] });
      expect(await list(run, "cafe\u0301")).toEqual([composed]);
      expect((await it.files.getFile({ parent: run, path: decomposed })).file?.path).toBe(composed);
      expect((await it.files.deleteFiles({ parent: run, path: decomposed })).deletedCount).toBe(1n);
      expect(await list(run)).toEqual([]);
    });

    test.each(["../x", "/x", "a\\b", "a/", "%2e%2e/x", "．．/x", " x", "a\u202eb"])(
      "no method takes the path %j",
      async (path) => {
        const run = await newRun();
        const calls = [
          it.files.listFiles({ parent: run, path }),
          it.files.getFile({ parent: run, path }),
          it.files.putFiles({ parent: run, files: [{ path, digest }] }),
          it.files.deleteFiles({ parent: run, path }),
          it.tracking.logBatch({ run, artifacts: [{ path, digest }] }),
        ];
        expect(await Promise.all(calls.map(failure))).toEqual(calls.map(() => ["InvalidArgument", "BAD_PATH"]));
      },
    );

    test("a folder is deleted with everything in it, and folders that become empty go too", async () => {
      const run = await newRun();
      await put(run, "a/b/c/d", "a/b/e", "a-b/f", "g");
      expect((await it.files.deleteFiles({ parent: run, path: "a/b/c" })).deletedCount).toBe(1n);
      expect(await list(run, "a/b")).toEqual(["a/b/e"]);
      expect((await it.files.deleteFiles({ parent: run, path: "a/b/e" })).deletedCount).toBe(1n);
      expect(await list(run)).toEqual(["a-b/", "g"]);
      expect((await it.files.deleteFiles({ parent: run, path: "a" })).deletedCount).toBe(0n);
      await put(run, "a");
      expect((await it.files.deleteFiles({ parent: run })).deletedCount).toBe(3n);
      expect(await list(run)).toEqual([]);
    });

    test("a folder of a thousand files is listed page by page, and deleted", async () => {
      const run = await newRun();
      const names = Array.from({ length: 1_000 }, (_, i) => `many/${String(i).padStart(4, "0")}`);
      for (let at = 0; at < names.length; at += 500) await put(run, ...names.slice(at, at + 500));
      const first = await it.files.listFiles({ parent: run, path: "many", pageSize: 600 });
      const second = await it.files.listFiles({
        parent: run,
        path: "many",
        pageSize: 600,
        pageToken: first.nextPageToken,
      });
      expect([...first.files, ...second.files].map((file) => file.path)).toEqual(names);
      expect((await it.files.deleteFiles({ parent: run, path: "many" })).deletedCount).toBe(1_000n);
      expect(await list(run)).toEqual([]);
    });

    test("more files and folders than one commit holds are refused together", async () => {
      const project = newProject();
      await it.upload("bytes", project);
      const deep = Array.from({ length: 98 }, (_, i) => `d${i}`).join("/");
      await put(project, ...Array.from({ length: 8 }, (_, i) => `${i}/${deep}`), "z");
      expect((await it.files.listFiles({ parent: project, recursive: true })).files).toHaveLength(9);
      const wide = Array.from({ length: 451 }, (_, i) => `w${i}/f`);
      expect(await failure(put(project, ...wide))).toEqual(["ResourceExhausted", "TOO_MANY_FILES"]);
      await put(project, ...wide.slice(0, 5));
      expect((await it.files.listFiles({ parent: project, recursive: true })).files).toHaveLength(14);
    });

    test("files of a run come with it, by path, whoever put them", async () => {
      const run = await newRun();
      await it.tracking.logBatch({ run, artifacts: [{ path: "z", digest }] });
      await put(run, "a/b");
      const { run: read } = await it.tracking.getRun({ name: run });
      expect(read?.artifacts.map((file) => [file.path, file.digest, file.sizeBytes])).toEqual([
        ["a/b", digest, 5n],
        ["z", digest, 5n],
      ]);
      const listed = await it.tracking.listRuns({ parent: PARENT, experiment });
      expect(listed.runs.every((one) => one.artifacts.length === 0)).toBe(true);
    });

    test("a watcher is told of a file at once", async () => {
      const run = await newRun();
      const seen: number[] = [];
      for await (const state of it.tracking.watchRun({ name: run })) {
        seen.push(state.run?.artifacts.length ?? 0);
        if (seen.length === 1) await put(run, "a");
        else if (seen.length === 2) await it.tracking.updateRun({ run: { name: run, state: RunState.FINISHED } });
      }
      expect(seen).toEqual([0, 1, 1]);
    });

    test("files that are put while a run ends are recorded, with its end or after it", async () => {
      const run = await newRun();
      const digests = await Promise.all(Array.from({ length: 12 }, (_, i) => it.upload(`file ${i}`)));
      await Promise.all([
        ...digests.map((one, i) => it.files.putFiles({ parent: run, files: [{ path: `f${i}`, digest: one }] })),
        it.tracking.updateRun({ run: { name: run, state: RunState.FINISHED } }),
      ]);
      const thread = await it.lineage.getLineage({ project: PARENT, start: run });
      expect(new Set(thread.artifacts.map((one) => one.digest))).toEqual(new Set(digests));
    });

    test("nobody puts or deletes files of a deleted run, or of one that is not there", async () => {
      const run = await newRun();
      await put(run, "a");
      await it.tracking.deleteRun({ name: run });
      expect(await failure(put(run, "b"))).toEqual(["FailedPrecondition", "RUN_DELETED"]);
      expect(await failure(it.files.deleteFiles({ parent: run }))).toEqual(["FailedPrecondition", "RUN_DELETED"]);
      expect(await list(run)).toEqual(["a"]);
      const { loggedModel } = await it.models.createLoggedModel({ parent: PARENT, loggedModel: { experiment } });
      const model = loggedModel?.name ?? "";
      await put(model, "a");
      await it.models.deleteLoggedModel({ name: model });
      expect(await failure(put(model, "b"))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await list(model)).toEqual(["a"]);
      for (const parent of [`${PARENT}/runs/none`, `${PARENT}/loggedModels/none`]) {
        expect(await failure(list(parent))).toEqual(["NotFound", "NOT_FOUND"]);
        expect(await failure(put(parent, "a"))).toEqual(["NotFound", "NOT_FOUND"]);
      }
    });

    test("a page token of one folder opens no other", async () => {
      const run = await newRun();
      await put(run, "a", "b", "c/d");
      const { nextPageToken: pageToken } = await it.files.listFiles({ parent: run, pageSize: 1 });
      for (const other of [{ parent: PARENT }, { parent: run, path: "c" }, { parent: run, recursive: true }])
        expect(await failure(it.files.listFiles({ ...other, pageToken }))).toEqual([
          "InvalidArgument",
          "BAD_PAGE_TOKEN",
        ]);
    });
  });
}
