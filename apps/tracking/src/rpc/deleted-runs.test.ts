import { LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

for (const database of everyDatabase()) {
  describe(`deleted runs on ${database.name}`, () => {
    let it: ServiceForTests;
    let count = 0;

    const newExperiment = async (): Promise<string> => {
      const made = await it.tracking.createExperiment({
        parent: PARENT,
        experiment: { displayName: `experiment ${count++}` },
      });
      return made.experiment?.name ?? "";
    };
    const runOf = async (name: string) => {
      const { run } = await it.tracking.getRun({ name });
      if (run === undefined) throw new Error("no run");
      return run;
    };

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
    });
    afterAll(() => it.close());

    test("runs of a deleted experiment are deleted too, and come back with it", async () => {
      const of = await newExperiment();
      const create = async () =>
        (await it.tracking.createRun({ parent: PARENT, run: { experiment: of } })).run?.name ?? "";
      const [name, gone, files] = [await create(), await create(), await create()];
      await it.tracking.logBatch({ run: name, metrics: [{ key: "m", value: 1 }] });
      await it.tracking.deleteRun({ name: gone });
      await it.tracking.deleteExperiment({ name: of });
      const stages = async () => {
        const read = await Promise.all([name, gone].map(runOf));
        const { runs } = await it.tracking.listRuns({ parent: PARENT, experiment: of, showDeleted: true });
        const listed = [name, gone].map((one) => runs.find((run) => run.name === one));
        expect(listed).toEqual(read);
        return read.map((run) => LifecycleStage[run.lifecycleStage]);
      };
      expect(await stages()).toEqual(["DELETED", "DELETED"]);
      const digest = await it.upload("file of a run that is deleted");
      const deleted = ["FailedPrecondition", "RUN_DELETED"];
      for (const refused of [
        () => it.tracking.logBatch({ run: name, metrics: [{ key: "m", value: 2 }] }),
        () => it.tracking.logBatch({ run: name, params: { a: "1" } }),
        () => it.tracking.updateRun({ run: { name, state: RunState.FINISHED } }),
        () => it.files.putFiles({ parent: files, files: [{ path: "f", digest }] }),
      ])
        expect(await failure(refused())).toEqual(deleted);
      expect(await failure(it.tracking.restoreRun({ name }))).toEqual(["FailedPrecondition", "EXPERIMENT_DELETED"]);
      await it.tracking.restoreExperiment({ name: of });
      expect(await stages()).toEqual(["ACTIVE", "DELETED"]);
      await it.tracking.logBatch({ run: name, metrics: [{ key: "m", value: 2 }] });
      expect((await runOf(name)).metrics).toMatchObject([{ value: 2 }]);
      expect(await failure(it.tracking.logBatch({ run: gone, params: { a: "1" } }))).toEqual(deleted);
    });

    test("a deleted run is still read, not written and not listed, until it is restored", async () => {
      const of = await newExperiment();
      const { run } = await it.tracking.createRun({ parent: PARENT, run: { experiment: of } });
      const name = run?.name ?? "";
      await it.tracking.deleteRun({ name });
      expect((await runOf(name)).lifecycleStage).toBe(LifecycleStage.DELETED);
      expect(await failure(it.tracking.logBatch({ run: name, params: { a: "1" } }))).toEqual([
        "FailedPrecondition",
        "RUN_DELETED",
      ]);
      expect(await failure(it.tracking.updateRun({ run: { name, displayName: "x" } }))).toEqual([
        "FailedPrecondition",
        "RUN_DELETED",
      ]);
      const list = async (showDeleted: boolean) =>
        (await it.tracking.listRuns({ parent: PARENT, experiment: of, showDeleted })).runs.length;
      expect([await list(false), await list(true)]).toEqual([0, 1]);
      await it.tracking.restoreRun({ name });
      expect(await list(false)).toBe(1);
      await it.tracking.deleteExperiment({ name: of });
      expect([await list(false), await list(true)]).toEqual([0, 1]);
      expect((await runOf(name)).lifecycleStage).toBe(LifecycleStage.DELETED);
      const ofProject = await it.tracking.listRuns({ parent: PARENT, pageSize: 1_000 });
      expect(ofProject.runs.map((one) => one.name)).not.toContain(name);
    });
  });
}
