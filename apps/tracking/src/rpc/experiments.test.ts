import { LifecycleStage, SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";
const HOUR_MS = 3_600_000;

for (const database of everyDatabase()) {
  describe(`experiments on ${database.name}`, () => {
    let it: ServiceForTests;
    let count = 0;

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
    });
    afterAll(() => it.close());

    const newExperiment = async (about: object = {}): Promise<string> => {
      const experiment = { displayName: `e${count++}`, ...about };
      return (await it.tracking.createExperiment({ parent: PARENT, experiment })).experiment?.name ?? "";
    };
    const newRun = async (experiment: string): Promise<string> =>
      (await it.tracking.createRun({ parent: PARENT, run: { experiment } })).run?.name ?? "";
    const experimentOf = async (name: string) => (await it.tracking.getExperiment({ name })).experiment;
    const gone = async (name: string): Promise<void> =>
      expect(await failure(it.tracking.getRun({ name }))).toEqual(["NotFound", "NOT_FOUND"]);

    test("a caller may choose an id, which is taken as long as the experiment is there", async () => {
      const create = (displayName: string, experimentId: string, parent = PARENT) =>
        it.tracking.createExperiment({ parent, experimentId, experiment: { displayName } });
      const { experiment } = await create("chosen", "0");
      expect(experiment?.name).toBe(`${PARENT}/experiments/0`);
      const taken = create("other name", "0").catch((error: unknown) => String(error));
      expect(await taken).toContain(`${PARENT}/experiments/0 already exists`);
      expect((await create("chosen", "0", "projects/q")).experiment?.name).toBe("projects/q/experiments/0");
      const name = experiment?.name ?? "";
      await it.tracking.deleteExperiment({ name });
      expect(await failure(create("other name", "0"))).toEqual(["AlreadyExists", "ALREADY_EXISTS"]);
      await it.tracking.purgeExperiment({ name });
      await it.sweep();
      await create("other name", "0");
      expect(await failure(create("x", "../0"))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("one that was created elsewhere keeps the time at which it was, and its changes here come after", async () => {
      const createTime = fromMs(1_400_000_000_123);
      const name = await newExperiment({ createTime });
      expect(await experimentOf(name)).toMatchObject({ createTime, updateTime: fromMs(it.clock.now()) });
      await it.tracking.setExperimentTags({ name, tags: { a: "1" } });
      expect((await experimentOf(name))?.createTime).toEqual(createTime);
      expect((await experimentOf(await newExperiment()))?.createTime).toEqual(fromMs(it.clock.now()));
    });

    test("tags are set and removed whatever the revision, also by many at the same time", async () => {
      const name = await newExperiment({ tags: { a: "1", b: "1" } });
      const { experiment } = await it.tracking.setExperimentTags({
        name,
        tags: { a: "2" },
        removedKeys: ["b", "none"],
      });
      expect(experiment).toMatchObject({ tags: { a: "2" }, etag: "2" });
      await it.tracking.setExperimentTags({ name, tags: { a: "2" } });
      expect(await experimentOf(name)).toMatchObject({ etag: "2" });
      await Promise.all(
        Array.from({ length: 10 }, (_, i) => it.tracking.setExperimentTags({ name, tags: { [`t${i}`]: "1" } })),
      );
      expect(Object.keys((await experimentOf(name))?.tags ?? {})).toHaveLength(11);
      await it.tracking.deleteExperiment({ name });
      const late = it.tracking.setExperimentTags({ name, tags: { a: "3" } });
      expect(await failure(late)).toEqual(["FailedPrecondition", "EXPERIMENT_DELETED"]);
    });

    describe("search", () => {
      const parent = "projects/search";
      const names: string[] = [];
      beforeAll(async () => {
        for (let i = 0; i < 5; i++) {
          it.clock.set(it.clock.now() + 1_000);
          const experiment = { displayName: `Exp-${i}`, tags: i % 2 === 0 ? { team: "a", no: String(i) } : {} };
          names.push((await it.tracking.createExperiment({ parent, experiment })).experiment?.name ?? "");
        }
        it.clock.set(it.clock.now() + 1_000);
        await it.tracking.setExperimentTags({ name: names[1] ?? "", tags: { late: "1" } });
        await it.tracking.deleteExperiment({ name: names[3] ?? "" });
      });
      const found = async (request: object): Promise<readonly number[]> => {
        const all: number[] = [];
        let pageToken = "";
        do {
          const page = await it.tracking.searchExperiments({ parent, pageSize: 2, pageToken, ...request });
          all.push(...page.experiments.map((one) => names.indexOf(one.name)));
          pageToken = page.nextPageToken;
        } while (pageToken !== "");
        return all;
      };

      test.each<readonly [string, object, readonly number[]]>([
        ["nothing: last updated first", {}, [1, 4, 2, 0]],
        ["a name", { filter: "name = 'Exp-2'" }, [2]],
        ["a pattern", { filter: "name ILIKE 'exp-%'", orderBy: ["name ASC"] }, [0, 1, 2, 4]],
        ["a tag", { filter: "tags.team = 'a' AND tags.no != '2'", orderBy: ["creation_time DESC"] }, [4, 0]],
        ["what has no tag", { filter: "tags.team IS NULL" }, [1]],
        ["deleted ones", { view: SearchView.DELETED }, [3]],
        ["all, the oldest first", { view: SearchView.ALL, orderBy: ["creation_time"] }, [0, 1, 2, 3, 4]],
      ])("finds by %s", async (_, request, expected) => {
        expect(await found(request)).toEqual(expected);
      });

      test("tells what is wrong with a filter or an order", async () => {
        const wrong = (request: object) => failure(it.tracking.searchExperiments({ parent, ...request }));
        expect(await wrong({ filter: "name = = 'x'" })).toEqual(["InvalidArgument", "FILTER_VALUE"]);
        expect(await wrong({ orderBy: ["colour"] })).toEqual(["InvalidArgument", "ORDER_BY_FIELD_UNKNOWN"]);
      });
    });

    describe("removal for good", () => {
      const NOTHING = { files: 0, trees: 0, series: 0, purges: 0, pieces: 0, streams: 0 };
      const filled = async (experiment: string) => {
        const run = await newRun(experiment);
        const model = await it.models.createLoggedModel({ parent: PARENT, loggedModel: { experiment } });
        const digest = await it.upload("bytes");
        const metrics = Array.from({ length: 50 }, (_, i) => ({ key: `m${i % 3}`, value: i, step: BigInt(i) }));
        await it.tracking.logBatch({ run, metrics, params: { a: "1" }, artifacts: [{ path: "a/b", digest }] });
        const name = model.loggedModel?.name ?? "";
        await it.files.putFiles({ parent: name, files: [{ path: "a/b", digest }] });
        return { run, model: name, digest };
      };

      test("what is in use is not removed", async () => {
        const experiment = await newExperiment();
        const run = await newRun(experiment);
        const notDeleted = ["FailedPrecondition", "NOT_DELETED"];
        expect(await failure(it.tracking.purgeRun({ name: run }))).toEqual(notDeleted);
        expect(await failure(it.tracking.purgeExperiment({ name: experiment }))).toEqual(notDeleted);
      });

      test("a run is gone at once, with everything that it held, and its bytes stay", async () => {
        const experiment = await newExperiment();
        const { run, digest } = await filled(experiment);
        await it.tracking.deleteRun({ name: run });
        await it.tracking.purgeRun({ name: run });
        await gone(run);
        expect((await it.tracking.listRuns({ parent: PARENT, experiment, showDeleted: true })).runs).toEqual([]);
        expect(await failure(it.files.listFiles({ parent: run }))).toEqual(["NotFound", "NOT_FOUND"]);
        expect(await failure(it.tracking.purgeRun({ name: run }))).toEqual(["NotFound", "NOT_FOUND"]);
        await it.sweep();
        expect(await it.left(run)).toEqual(NOTHING);
        const { artifact } = await it.artifacts.getArtifact({ name: `${PARENT}/artifacts/${digest}` });
        expect(artifact?.sizeBytes).toBe(5n);
      });

      test("an experiment is gone at once, its runs and models follow, and its name and id are free", async () => {
        const experiment = await newExperiment({ displayName: "short-lived" });
        const { run, model } = await filled(experiment);
        const many = await Promise.all(Array.from({ length: 130 }, () => newRun(experiment)));
        await it.tracking.deleteExperiment({ name: experiment });
        await it.tracking.purgeExperiment({ name: experiment });
        expect(await failure(it.tracking.getExperiment({ name: experiment }))).toEqual(["NotFound", "NOT_FOUND"]);
        expect(await failure(newRun(experiment))).toEqual(["NotFound", "NOT_FOUND"]);
        const all = await it.tracking.searchExperiments({ parent: PARENT, view: SearchView.ALL, pageSize: 1_000 });
        expect(all.experiments.map((one) => one.name)).not.toContain(experiment);
        await it.sweep();
        for (const name of [run, ...many]) await gone(name);
        expect(await failure(it.models.getLoggedModel({ name: model, showDeleted: true }))).toEqual([
          "NotFound",
          "NOT_FOUND",
        ]);
        for (const name of [run, model]) expect(await it.left(name)).toEqual(NOTHING);
        await newExperiment({ displayName: "short-lived" });
      });

      test("what a process left undone, another one does", async () => {
        const experiment = await newExperiment();
        const { run } = await filled(experiment);
        await it.tracking.deleteRun({ name: run });
        await it.tracking.purgeRun({ name: run });
        const next = await serviceForTests(it.store);
        await next.sweep();
        expect(await it.left(run)).toEqual(NOTHING);
        await next.close();
      });

      test("an id is free again once everything of the purged run is gone, and not before", async () => {
        const quiet = await serviceForTests(await database.empty());
        // It answers on, and sweeps only when it is told to.
        await quiet.service.close();
        const { experiment } = await quiet.tracking.createExperiment({
          parent: PARENT,
          experiment: { displayName: "e" },
        });
        const run = { experiment: experiment?.name ?? "" };
        const create = () => quiet.tracking.createRun({ parent: PARENT, runId: "chosen", run });
        const name = (await create()).run?.name ?? "";
        await quiet.tracking.logBatch({ run: name, metrics: [{ key: "loss", value: 1 }] });
        expect(await failure(create())).toEqual(["AlreadyExists", "ALREADY_EXISTS"]);
        await quiet.tracking.deleteRun({ name });
        await quiet.tracking.purgeRun({ name });
        expect(await failure(create())).toEqual(["AlreadyExists", "ALREADY_EXISTS"]);
        expect(await quiet.sweep()).toBe(1);
        await create();
        expect((await quiet.tracking.getMetricHistory({ run: name, key: "loss" })).metrics).toEqual([]);
        await quiet.close();
      });

      test("a run that is purged while files are put keeps none of them", async () => {
        const experiment = await newExperiment();
        const digest = await it.upload("bytes");
        for (let round = 0; round < 5; round++) {
          const run = await newRun(experiment);
          const puts = Array.from({ length: 6 }, (_, i) =>
            failure(it.files.putFiles({ parent: run, files: [{ path: `f${i}`, digest }] })),
          );
          await it.tracking.deleteRun({ name: run });
          await it.tracking.purgeRun({ name: run });
          await Promise.all(puts);
          await it.sweep();
          expect(await it.left(run)).toMatchObject({ files: 0, trees: 0 });
        }
      });
    });

    describe("rules of retention", () => {
      const hours = (count: number) => ({ seconds: BigInt(count * 3_600) });
      const stageOf = async (name: string) => (await it.tracking.getRun({ name })).run?.lifecycleStage;

      test("a rule is kept with the experiment, and changed through the mask", async () => {
        const name = await newExperiment({ retention: { deleteEndedAfter: hours(1) } });
        const read = await experimentOf(name);
        expect(read?.retention).toMatchObject({ deleteEndedAfter: hours(1) });
        expect(read?.retention?.purgeDeletedAfter).toBeUndefined();
        const update = (retention: object | undefined, etag: string) =>
          it.tracking.updateExperiment({
            experiment: { name, etag, displayName: "ignored", ...(retention && { retention }) },
            updateMask: { paths: ["retention"] },
          });
        const { experiment } = await update({ purgeDeletedAfter: hours(2) }, "1");
        expect(experiment?.retention).toMatchObject({ purgeDeletedAfter: hours(2) });
        expect((await update(undefined, "2")).experiment?.retention).toBeUndefined();
        const short = update({ deleteEndedAfter: { seconds: 60n } }, "3");
        expect((await failure(short))[0]).toBe("InvalidArgument");
      });

      test("ended runs are deleted, deleted ones removed for good, each in its time and no other", async () => {
        const experiment = await newExperiment({
          retention: { deleteEndedAfter: hours(2), purgeDeletedAfter: hours(3) },
        });
        const [ended, running, kept] = [
          await newRun(experiment),
          await newRun(experiment),
          await newRun(await newExperiment()),
        ];
        for (const name of [ended, kept]) await it.tracking.updateRun({ run: { name, state: RunState.FINISHED } });
        const start = it.clock.now();
        const after = async (ms: number) => {
          it.clock.set(start + ms);
          await it.sweep();
        };
        await after(2 * HOUR_MS - 1);
        expect(await stageOf(ended)).toBe(LifecycleStage.ACTIVE);
        await after(2 * HOUR_MS);
        expect(await stageOf(ended)).toBe(LifecycleStage.DELETED);
        await after(5 * HOUR_MS - 1);
        expect(await stageOf(ended)).toBe(LifecycleStage.DELETED);
        await after(5 * HOUR_MS);
        await gone(ended);
        for (const name of [running, kept]) expect(await stageOf(name)).toBe(LifecycleStage.ACTIVE);
      });

      test("deleted logged models, and an experiment that was deleted, go with the rule too", async () => {
        const experiment = await newExperiment({ retention: { purgeDeletedAfter: hours(3) } });
        const names = await Promise.all(
          Array.from({ length: 130 }, async () => {
            const made = await it.models.createLoggedModel({ parent: PARENT, loggedModel: { experiment } });
            return made.loggedModel?.name ?? "";
          }),
        );
        const [kept = "", ...deleted] = names;
        for (const name of deleted) await it.models.deleteLoggedModel({ name });
        const there = (name: string): Promise<boolean> =>
          it.models.getLoggedModel({ name, showDeleted: true }).then(
            () => true,
            () => false,
          );
        const start = it.clock.now();
        const after = async (ms: number) => {
          it.clock.set(start + ms);
          await it.sweep();
        };
        await after(3 * HOUR_MS - 1);
        expect(new Set(await Promise.all(names.map(there)))).toEqual(new Set([true]));
        await after(3 * HOUR_MS);
        expect(new Set(await Promise.all(deleted.map(there)))).toEqual(new Set([false]));
        expect(await there(kept)).toBe(true);
        await it.tracking.deleteExperiment({ name: experiment });
        await after(6 * HOUR_MS - 1);
        expect((await experimentOf(experiment))?.lifecycleStage).toBe(LifecycleStage.DELETED);
        await after(6 * HOUR_MS);
        expect(await failure(it.tracking.getExperiment({ name: experiment }))).toEqual(["NotFound", "NOT_FOUND"]);
        expect(await there(kept)).toBe(false);
      });

      test("a run that is restored starts its time anew, and turns are bounded whatever there is to do", async () => {
        const experiment = await newExperiment({ retention: { deleteEndedAfter: hours(1) } });
        const runs = await Promise.all(Array.from({ length: 250 }, () => newRun(experiment)));
        await Promise.all(runs.map((name) => it.tracking.updateRun({ run: { name, state: RunState.KILLED } })));
        it.clock.set(it.clock.now() + HOUR_MS);
        const turns = await it.sweep();
        expect(turns).toBeGreaterThanOrEqual(3);
        const { runs: left } = await it.tracking.listRuns({ parent: PARENT, experiment });
        expect(left).toEqual([]);
      });
    });
  });
}
