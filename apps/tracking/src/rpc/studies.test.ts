import { type Client, createClient } from "@connectrpc/connect";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import {
  Direction,
  type Study,
  StudyState,
  type Trial,
  TrialState,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { fromMs, guard, inMemoryTransport, toMs, trustLocalCallers } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { studyStore } from "../store/study-store.ts";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

type StudyInit = NonNullable<Parameters<Client<typeof StudyService>["createStudy"]>[0]["study"]>;

const space: NonNullable<StudyInit["space"]> = [
  { name: "rate", range: { case: "floatRange", value: { min: 1e-4, max: 1, log: true } } },
  { name: "layers", range: { case: "intRange", value: { min: 1n, max: 4n } } },
  { name: "kind", range: { case: "categories", value: { choices: ["a", "b"] } } },
  {
    name: "drop",
    range: { case: "floatRange", value: { min: 0, max: 0.5 } },
    condition: { parent: "kind", values: [{ kind: { case: "category", value: "b" } }] },
  },
];

for (const database of everyDatabase()) {
  describe(`StudyService on ${database.name}`, () => {
    let it: ServiceForTests;
    let studies: Client<typeof StudyService>;
    let experiment: string;

    const client = (service: ServiceForTests): Client<typeof StudyService> => {
      const mounts = service.service.mounts.map((one) =>
        guard(one, { authenticate: trustLocalCallers, observe: () => ({ bug: console.error, end: () => {} }) }),
      );
      return createClient(StudyService, inMemoryTransport(mounts));
    };
    const created = async (study: StudyInit = {}): Promise<Study> => {
      const objectives = [{ metric: "loss", direction: Direction.MINIMIZE }];
      const response = await studies.createStudy({
        parent: PARENT,
        study: { displayName: "search", experiment, space, objectives, seed: 1, ...study },
      });
      if (response.study === undefined) throw new Error("no study");
      return response.study;
    };
    const ask = async (study: Study, count = 1): Promise<readonly Trial[]> =>
      (await studies.askTrials({ study: study.name, count, worker: "w" })).trials;
    const one = async (study: Study): Promise<Trial> => {
      const [trial] = await ask(study);
      if (trial === undefined) throw new Error("no trial");
      return trial;
    };
    const runOf = async (trial: Trial) => (await it.tracking.getRun({ name: trial.run })).run;
    const tell = (trial: Trial, ...values: number[]) =>
      studies.tellTrial({ name: trial.name, state: TrialState.COMPLETE, values });

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      studies = client(it);
      const made = await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "studies" } });
      experiment = made.experiment?.name ?? "";
    });
    afterAll(() => it.close());

    test("a study is as it was asked for, with the defaults filled in", async () => {
      const study = await created();
      expect(study).toMatchObject({
        displayName: "search",
        experiment,
        trialsMax: 1_000,
        retriesMax: 1,
        trialCount: 0,
        actor: "local",
        sampler: { method: { case: "tpe" } },
        lease: { seconds: 600n },
      });
      expect(study.space).toHaveLength(4);
      expect(study.space[3]?.condition?.values[0]?.kind).toEqual({ case: "category", value: "b" });
      expect((await studies.getStudy({ name: study.name })).study).toEqual(study);
      const listed = await studies.listStudies({ parent: PARENT, pageSize: 1 });
      expect(listed.studies).toEqual([study]);
    });

    test("every trial is a run, from its parameters to its end", async () => {
      const study = await created();
      const trial = await one(study);
      expect(trial).toMatchObject({ number: 0, state: TrialState.RUNNING, worker: "w", retryOf: "" });
      const run = await runOf(trial);
      expect(run).toMatchObject({
        experiment,
        state: RunState.RUNNING,
        displayName: "search 0",
        tags: { "throughline.study": study.name, "throughline.trial": "0" },
      });
      expect(Object.keys(run?.params ?? {}).sort()).toEqual(Object.keys(trial.params).sort());
      expect(run?.params["layers"]).toBe(String(trial.params["layers"]?.kind.value));
      await studies.reportTrial({ name: trial.name, step: 1n, value: 0.9 });
      await studies.reportTrial({ name: trial.name, step: 2n, value: 0.7 });
      const told = (await tell(trial, 0.5)).trial;
      expect(told).toMatchObject({ state: TrialState.COMPLETE, values: [0.5], run: trial.run });
      expect(told?.reports.map((report) => [report.step, report.value])).toEqual([
        [1n, 0.9],
        [2n, 0.7],
      ]);
      const ended = await runOf(trial);
      expect(ended?.state).toBe(RunState.FINISHED);
      expect(ended?.metrics[0]).toMatchObject({ key: "loss", value: 0.5, step: 3n });
      const history = await it.tracking.getMetricHistory({ run: trial.run, key: "loss" });
      expect(history.metrics.map((metric) => metric.value)).toEqual([0.9, 0.7, 0.5]);
    });

    test("telling or reporting again changes nothing, and another end is refused", async () => {
      const study = await created();
      const trial = await one(study);
      await studies.reportTrial({ name: trial.name, step: 1n, value: 3 });
      await studies.reportTrial({ name: trial.name, step: 1n, value: 4 });
      const first = await tell(trial, 2);
      expect(await tell(trial, 2)).toEqual(first);
      expect(await failure(tell(trial, 1))).toEqual(["FailedPrecondition", "TRIAL_ENDED"]);
      const report = studies.reportTrial({ name: trial.name, step: 2n, value: 1 });
      expect(await failure(report)).toEqual(["FailedPrecondition", "TRIAL_ENDED"]);
      const history = await it.tracking.getMetricHistory({ run: trial.run, key: "loss" });
      expect(history.metrics.map((metric) => metric.value)).toEqual([3, 2]);
    });

    test("fifty workers at the same time get fifty trials, numbered without gaps", async () => {
      const study = await created();
      const all = await Promise.all(Array.from({ length: 50 }, () => one(study)));
      expect(all.map((trial) => trial.number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
      expect(new Set(all.map((trial) => trial.run)).size).toBe(50);
      const runs = await it.tracking.listRuns({ parent: PARENT, experiment, pageSize: 1_000 });
      const mine = runs.runs.filter((run) => run.tags["throughline.study"] === study.name);
      expect(mine).toHaveLength(50);
    });

    test("two services on one database give out numbers without gaps too", async () => {
      const other = await serviceForTests(it.store);
      const second = client(other);
      const study = await created();
      const asks = Array.from({ length: 20 }, (_, i) => (i % 2 ? studies : second).askTrials({ study: study.name }));
      const numbers = (await Promise.all(asks)).map((response) => response.trials[0]?.number ?? -1);
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      await other.close();
    });

    test("an ask that is repeated with its id gets the same trials", async () => {
      const study = await created();
      const request = { study: study.name, count: 3, requestId: "r" };
      const first = await studies.askTrials(request);
      expect(await studies.askTrials(request)).toEqual(first);
      const other = studies.askTrials({ ...request, count: 2 });
      expect(await failure(other)).toEqual(["InvalidArgument", "REQUEST_ID_REUSED"]);
      expect((await studies.getStudy({ name: study.name })).study?.trialCount).toBe(3);
    });

    test("what a silent worker had is failed, and tried again once", async () => {
      const study = await created({ lease: { seconds: 60n } });
      const silent = await one(study);
      const lively = await one(study);
      it.clock.set(it.clock.now() + 50_000);
      await studies.reportTrial({ name: lively.name, step: 0n });
      it.clock.set(it.clock.now() + 20_000);
      const again = await one(study);
      expect(again).toMatchObject({ number: 2, retryOf: silent.name });
      expect(again.params).toEqual(silent.params);
      const { trials } = await studies.listTrials({ study: study.name });
      expect(trials.map((trial) => trial.state)).toEqual([TrialState.FAILED, TrialState.RUNNING, TrialState.RUNNING]);
      expect((await runOf(silent))?.state).toBe(RunState.FAILED);
      expect(await failure(tell(silent, 1))).toEqual(["FailedPrecondition", "TRIAL_ENDED"]);
      it.clock.set(it.clock.now() + 100_000);
      const fresh = await one(study);
      expect(fresh.retryOf).toBe(lively.name);
      expect((await one(study)).retryOf).toBe("");
    });

    test("a value that is not a number fails the trial, and infinities are values", async () => {
      const study = await created();
      const [a, b, c] = await ask(study, 3);
      if (!a || !b || !c) throw new Error("no trials");
      const { trial } = await tell(a, Number.NaN);
      expect(trial).toMatchObject({ state: TrialState.FAILED, values: [], failure: "a value is not a number" });
      expect((await tell(b, Number.POSITIVE_INFINITY)).trial).toMatchObject({ state: TrialState.COMPLETE });
      await tell(c, 7);
      const result = await studies.getStudyResult({ name: study.name });
      expect(result.bestTrials.map((best) => best.number)).toEqual([c.number]);
      expect(result.corrected?.outcome.case).toBe("unknown");
      const wrong = studies.tellTrial({ name: c.name, state: TrialState.COMPLETE, values: [1, 2] });
      expect(await failure(wrong)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("what a study had found at an instant is what the trials that had ended by then say", async () => {
      const study = await created();
      const [a, b] = await ask(study, 2);
      if (!a || !b) throw new Error("no trials");
      const best = async (timeMs: number) => {
        const { bestTrials } = await studies.getStudyResult({ name: study.name, asOf: fromMs(timeMs) });
        return bestTrials.map((it) => it.number);
      };
      const beginMs = it.clock.now();
      await tell(a, 2);
      it.clock.set(beginMs + 1_000);
      await tell(b, 1);
      expect([await best(beginMs), await best(beginMs + 999)]).toEqual([[a.number], [a.number]]);
      expect(await best(beginMs + 1_000)).toEqual([b.number]);
      expect(await failure(best(toMs(study.createTime ?? fromMs(0)) - 1))).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("a pruner stops what is worse than the others", async () => {
      const study = await created({
        sampler: { method: { case: "random", value: {} } },
        pruner: { rule: { case: "median", value: { pace: { startupTrials: 2 } } } },
      });
      for (const value of [1, 2, 3]) {
        const trial = await one(study);
        expect((await studies.reportTrial({ name: trial.name, step: 1n, value })).shouldPrune).toBe(value === 3);
        await tell(trial, value);
      }
      const good = await one(study);
      expect((await studies.reportTrial({ name: good.name, step: 1n, value: 1.5 })).shouldPrune).toBe(false);
      const bad = await one(study);
      expect((await studies.reportTrial({ name: bad.name, step: 1n, value: 9 })).shouldPrune).toBe(true);
      await studies.tellTrial({ name: bad.name, state: TrialState.PRUNED });
      expect(await runOf(bad)).toMatchObject({ state: RunState.KILLED, tags: { "throughline.trial_state": "PRUNED" } });
    });

    test("a run that people delete does not stop its trial", async () => {
      const study = await created();
      const trial = await one(study);
      await it.tracking.deleteRun({ name: trial.run });
      await studies.reportTrial({ name: trial.name, step: 1n, value: 2 });
      expect((await tell(trial, 1)).trial?.state).toBe(TrialState.COMPLETE);
    });

    test("the result has the best trial, its corrected value and what mattered", async () => {
      const study = await created();
      for (let i = 0; i < 30; i++) {
        const trial = await one(study);
        const rate = Number(trial.params["rate"]?.kind.value);
        const value = (Math.log10(rate) + 2) ** 2;
        const exampleValues = Array.from({ length: 40 }, (_, k) => value + (k % 2 === 0 ? 0.01 : -0.01));
        await studies.tellTrial({ name: trial.name, state: TrialState.COMPLETE, values: [value], exampleValues });
      }
      const { bestTrials, corrected, importances } = await studies.getStudyResult({ name: study.name });
      expect(bestTrials).toHaveLength(1);
      expect(bestTrials[0]?.values[0]).toBeLessThan(0.1);
      expect(importances[0]?.parameter).toBe("rate");
      expect(importances.reduce((sum, found) => sum + found.importance, 0)).toBeCloseTo(1, 9);
      expect(corrected?.outcome.case).toBe("value");
      expect(corrected?.low).toBeLessThanOrEqual(corrected?.high ?? Number.NaN);
    });

    test("several objectives have a front, and no pruner", async () => {
      const objectives = [
        { metric: "error", direction: Direction.MINIMIZE },
        { metric: "speed", direction: Direction.MAXIMIZE },
      ];
      const study = await created({ objectives, sampler: { method: { case: "genetic", value: { population: 4 } } } });
      const told = [
        [1, 1],
        [2, 5],
        [3, 4],
        [0, 0],
      ] as const;
      for (const values of told) await tell(await one(study), ...values);
      const { bestTrials, corrected } = await studies.getStudyResult({ name: study.name });
      expect(bestTrials.map((trial) => trial.number)).toEqual([0, 1, 3]);
      expect(corrected).toBeUndefined();
      const metrics = (await runOf(await one(study)))?.metrics;
      expect(metrics).toEqual([]);
      const pruner = { rule: { case: "asha", value: {} } } as const;
      expect(await failure(created({ objectives, pruner }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("a study ends with its grid, with its limit, or when it is stopped", async () => {
      const few = { space: space.slice(1, 3), sampler: { method: { case: "grid", value: {} } } } as const;
      const grid = await created(few);
      expect(await ask(grid, 100)).toHaveLength(8);
      expect(await failure(ask(grid))).toEqual(["FailedPrecondition", "STUDY_EXHAUSTED"]);
      const limited = await created({ trialsMax: 2 });
      expect(await ask(limited, 3)).toHaveLength(2);
      expect(await failure(ask(limited))).toEqual(["FailedPrecondition", "STUDY_EXHAUSTED"]);
      const stopped = await created();
      const trial = await one(stopped);
      await studies.stopStudy({ name: stopped.name });
      expect(await failure(ask(stopped))).toEqual(["FailedPrecondition", "STUDY_STOPPED"]);
      expect((await tell(trial, 1)).trial?.state).toBe(TrialState.COMPLETE);
    });

    test("a stopped study goes on when it is resumed, and takes more trials when it is changed", async () => {
      const study = await created({ trialsMax: 1 });
      const trial = await one(study);
      await studies.stopStudy({ name: study.name });
      await studies.resumeStudy({ name: study.name });
      expect((await studies.resumeStudy({ name: study.name })).study?.state).toBe(StudyState.ACTIVE);
      expect(await failure(ask(study))).toEqual(["FailedPrecondition", "STUDY_EXHAUSTED"]);
      const { study: now } = await studies.getStudy({ name: study.name });
      const change = { name: study.name, etag: now?.etag ?? "", displayName: "longer", trialsMax: 2, retriesMax: 0 };
      const { study: after } = await studies.updateStudy({ ...change, lease: { seconds: 5n } });
      expect(after).toMatchObject({ displayName: "longer", trialsMax: 2, retriesMax: 0, lease: { seconds: 5n } });
      expect(after?.space).toEqual(now?.space);
      expect(await failure(studies.updateStudy(change))).toEqual(["Aborted", "REVISION_CONFLICT"]);
      await tell(trial, 1);
      expect((await one(study)).number).toBe(1);
      const fewer = studies.updateStudy({ name: study.name, trialsMax: 1 });
      expect(await failure(fewer)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("a deleted study is gone at once, its trials soon, and its runs stay", async () => {
      const study = await created();
      const [told, running] = await ask(study, 2);
      if (told === undefined || running === undefined) throw new Error("no trials");
      const exampleValues = [1, 2];
      await studies.tellTrial({ name: told.name, state: TrialState.COMPLETE, values: [1.5], exampleValues });
      await studies.deleteStudy({ name: study.name });
      const listed = await studies.listStudies({ parent: PARENT });
      expect(listed.studies.map((found) => found.name)).not.toContain(study.name);
      const failures = [
        studies.getStudy({ name: study.name }),
        studies.listTrials({ study: study.name }),
        studies.tellTrial({ name: running.name, state: TrialState.FAILED }),
        studies.deleteStudy({ name: study.name }),
        ask(study),
      ].map(failure);
      expect(await Promise.all(failures)).toEqual(failures.map(() => ["NotFound", "NOT_FOUND"]));
      const left = studyStore(it.store, it.clock);
      await expect.poll(() => left.deletedStudy()).toBeUndefined();
      const id = study.name.split("/").at(-1) ?? "";
      expect(await left.trials({ project: "p", id }, { from: 0, limit: 10 })).toEqual([]);
      const [examples] = await left.examples([{ project: "p", studyId: id, number: told.number }]);
      expect(examples).toHaveLength(0);
      expect((await runOf(told))?.state).toBe(RunState.FINISHED);
      expect((await runOf(running))?.state).toBe(RunState.FAILED);
    });

    test("the same seed and past give the same parameters", async () => {
      const [first, second] = [await created(), await created()];
      for (let i = 0; i < 14; i++) {
        const [a, b] = [await one(first), await one(second)];
        expect(b.params).toEqual(a.params);
        await tell(a, i % 5);
        await tell(b, i % 5);
      }
    });

    test("what cannot be searched is refused, with the field", async () => {
      const range = { case: "floatRange", value: { min: 2, max: 1 } } as const;
      expect(await failure(created({ space: [{ name: "x", range }] }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      expect(await failure(created({ space: [] }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      const wide = { name: "x", range: { case: "intRange", value: { min: 0n, max: 1_000_000n } } } as const;
      const grid = { method: { case: "grid", value: {} } } as const;
      expect(await failure(created({ space: [wide], sampler: grid }))).toEqual(["InvalidArgument", "GRID_TOO_LARGE"]);
      expect(await failure(created({ experiment: "projects/p/experiments/none" }))).toEqual(["NotFound", "NOT_FOUND"]);
      const nobody = studies.tellTrial({ name: `${PARENT}/studies/x/trials/1`, state: TrialState.FAILED });
      expect(await failure(nobody)).toEqual(["NotFound", "NOT_FOUND"]);
      const trial = await one(await created());
      const other = studies.tellTrial({ name: trial.name.replace(/0$/, "00"), state: TrialState.FAILED });
      expect(await failure(other)).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("trials are listed by number, page by page, with their times", async () => {
      const study = await created();
      await ask(study, 5);
      const numbers: number[] = [];
      let pageToken = "";
      do {
        const page = await studies.listTrials({ study: study.name, pageSize: 2, pageToken });
        numbers.push(...page.trials.map((trial) => trial.number));
        pageToken = page.nextPageToken;
        for (const trial of page.trials) expect(trial.startTime && toMs(trial.startTime)).toBe(it.clock.now());
      } while (pageToken !== "");
      expect(numbers).toEqual([0, 1, 2, 3, 4]);
    });
  });
}
