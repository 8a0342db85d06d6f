import { create } from "@bufbuild/protobuf";
import { LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import {
  WatchRunRequestSchema,
  type WatchRunResponse,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { fromMs, toMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

for (const database of everyDatabase()) {
  describe(`TrackingService on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;
    let count = 0;

    const newExperiment = async (displayName = `experiment ${count++}`): Promise<string> => {
      const created = await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName } });
      return created.experiment?.name ?? "";
    };
    const newRun = async (): Promise<string> => {
      const { run } = await it.tracking.createRun({ parent: PARENT, run: { experiment } });
      return run?.name ?? "";
    };
    const runOf = async (name: string) => {
      const { run } = await it.tracking.getRun({ name });
      if (run === undefined) throw new Error("no run");
      return run;
    };

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      experiment = await newExperiment();
    });
    afterAll(() => it.close());

    describe("experiments", () => {
      test("the name of an active experiment is taken, that of a deleted one is free", async () => {
        const name = await newExperiment("flights");
        expect(await failure(newExperiment("flights"))).toEqual(["AlreadyExists", "ALREADY_EXISTS"]);
        await it.tracking.deleteExperiment({ name });
        const second = await newExperiment("flights");
        expect(await failure(it.tracking.restoreExperiment({ name }))).toEqual(["AlreadyExists", "ALREADY_EXISTS"]);
        await it.tracking.deleteExperiment({ name: second });
        const { experiment: restored } = await it.tracking.restoreExperiment({ name });
        expect(restored?.lifecycleStage).toBe(LifecycleStage.ACTIVE);
      });

      test("of ten creations of one name at the same time one succeeds", async () => {
        const all = await Promise.allSettled(Array.from({ length: 10 }, () => newExperiment("raced")));
        expect(all.filter((one) => one.status === "fulfilled")).toHaveLength(1);
      });

      test("an update changes the masked fields, and needs the etag that was read", async () => {
        const name = await newExperiment();
        const { experiment: read } = await it.tracking.getExperiment({ name });
        const update = { name, etag: read?.etag ?? "", displayName: "ignored", description: "new", tags: { a: "1" } };
        const updateMask = { paths: ["description", "tags"] };
        const { experiment: updated } = await it.tracking.updateExperiment({ experiment: update, updateMask });
        expect(updated).toMatchObject({
          displayName: read?.displayName,
          description: "new",
          tags: { a: "1" },
          etag: "2",
        });
        const again = it.tracking.updateExperiment({ experiment: update, updateMask });
        expect(await failure(again)).toEqual(["Aborted", "REVISION_CONFLICT"]);
        const wrong = it.tracking.updateExperiment({ experiment: update, updateMask: { paths: ["name"] } });
        expect(await failure(wrong)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      });

      test("lists are newest first, page by page, by name, and with the deleted ones on request", async () => {
        const parent = "projects/paged";
        const names: string[] = [];
        for (let i = 0; i < 5; i++) {
          const made = await it.tracking.createExperiment({ parent, experiment: { displayName: `e${i}` } });
          names.unshift(made.experiment?.name ?? "");
        }
        const listed: string[] = [];
        let pageToken = "";
        do {
          const page = await it.tracking.listExperiments({ parent, pageSize: 2, pageToken });
          listed.push(...page.experiments.map((one) => one.name));
          pageToken = page.nextPageToken;
        } while (pageToken !== "");
        expect(listed).toEqual(names);
        await it.tracking.deleteExperiment({ name: names[0] ?? "" });
        const active = await it.tracking.listExperiments({ parent });
        expect(active.experiments).toHaveLength(4);
        const all = await it.tracking.listExperiments({ parent, showDeleted: true });
        expect(all.experiments).toHaveLength(5);
        const named = await it.tracking.listExperiments({ parent, displayName: "e3" });
        expect(named.experiments.map((one) => one.displayName)).toEqual(["e3"]);
        const first = await it.tracking.listExperiments({ parent, pageSize: 2 });
        const forged = it.tracking.listExperiments({ parent: PARENT, pageToken: first.nextPageToken });
        expect(await failure(forged)).toEqual(["InvalidArgument", "BAD_PAGE_TOKEN"]);
      });

      test("a repeated request is applied once, and another request with its id is refused", async () => {
        const request = { parent: PARENT, experiment: { displayName: "once" }, requestId: "r1" };
        const first = await it.tracking.createExperiment(request);
        expect(await it.tracking.createExperiment(request)).toEqual(first);
        const other = it.tracking.createExperiment({ ...request, experiment: { displayName: "twice" } });
        expect(await failure(other)).toEqual(["InvalidArgument", "REQUEST_ID_REUSED"]);
      });
    });

    describe("runs", () => {
      test("a run begins in state RUNNING, with what its creator said", async () => {
        const parentRun = await newRun();
        const startTime = fromMs(1_700_000_000_123);
        const { run } = await it.tracking.createRun({
          parent: PARENT,
          run: { experiment, displayName: "first", parentRun, startTime, tags: { team: "a" }, state: RunState.FAILED },
        });
        expect(run).toMatchObject({
          experiment,
          displayName: "first",
          parentRun,
          state: RunState.RUNNING,
          actor: "local",
          startTime,
          tags: { team: "a" },
          lifecycleStage: LifecycleStage.ACTIVE,
        });
        expect(await runOf(run?.name ?? "")).toEqual(run);
      });

      test("a run needs an experiment of its project that is active", async () => {
        const create = (of: string, parent = PARENT) =>
          failure(it.tracking.createRun({ parent, run: { experiment: of } }));
        expect(await create("projects/p/experiments/none")).toEqual(["NotFound", "NOT_FOUND"]);
        expect(await create(experiment, "projects/other")).toEqual(["InvalidArgument", "INVALID_FIELD"]);
        const deleted = await newExperiment();
        await it.tracking.deleteExperiment({ name: deleted });
        expect(await create(deleted)).toEqual(["FailedPrecondition", "EXPERIMENT_DELETED"]);
      });

      test("a run may become part of another, of none, and never of itself", async () => {
        const [top, middle, leaf] = [await newRun(), await newRun(), await newRun()];
        const move = async (name: string, parentRun: string) =>
          (await it.tracking.updateRun({ run: { name, parentRun }, updateMask: { paths: ["parent_run"] } })).run
            ?.parentRun;
        expect(await move(leaf, middle)).toBe(middle);
        expect(await move(middle, top)).toBe(top);
        const partsOf = async (name: string) => {
          const filter = `attributes.parent_run_id = '${name.split("/").at(-1)}'`;
          return (await it.tracking.searchRuns({ parent: PARENT, filter })).runs.map((run) => run.name);
        };
        expect([await partsOf(middle), await partsOf(top)]).toEqual([[leaf], [middle]]);
        for (const parentRun of [top, middle, leaf])
          expect(await failure(move(top, parentRun))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
        expect(await failure(move(leaf, `${PARENT}/runs/none`))).toEqual(["NotFound", "NOT_FOUND"]);
        expect(await failure(move(leaf, "projects/q/runs/other"))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
        // What is not named stays.
        await it.tracking.updateRun({ run: { name: leaf, displayName: "leaf" } });
        expect(await runOf(leaf)).toMatchObject({ parentRun: middle, displayName: "leaf" });
        expect(await move(leaf, "")).toBe("");
        expect(await partsOf(middle)).toEqual([]);
        expect(await move(middle, leaf)).toBe(leaf);
      });

      test("a run that ends gets an end time, and one that goes on loses it", async () => {
        const name = await newRun();
        it.clock.set(it.clock.now() + 5_000);
        const { run } = await it.tracking.updateRun({ run: { name, state: RunState.FINISHED } });
        expect(toMs(run?.endTime ?? fromMs(0))).toBe(it.clock.now());
        const resumed = await it.tracking.updateRun({ run: { name, state: RunState.RUNNING } });
        expect(resumed.run?.endTime).toBeUndefined();
        const past = await it.tracking.updateRun({ run: { name, state: RunState.FAILED, endTime: fromMs(1) } });
        expect(past.run).toMatchObject({ state: RunState.FAILED, endTime: fromMs(1) });
        const stale = it.tracking.updateRun({ run: { name, displayName: "x", etag: "1" } });
        expect(await failure(stale)).toEqual(["Aborted", "REVISION_CONFLICT"]);
      });

      test("lists are newest first, page by page", async () => {
        const parent = "projects/paged-runs";
        const { experiment: of } = await it.tracking.createExperiment({ parent, experiment: { displayName: "e" } });
        const names: string[] = [];
        for (let i = 0; i < 7; i++) {
          const { run } = await it.tracking.createRun({ parent, run: { experiment: of?.name ?? "" } });
          names.unshift(run?.name ?? "");
        }
        const listed: string[] = [];
        let pageToken = "";
        do {
          const page = await it.tracking.listRuns({ parent, pageSize: 3, pageToken });
          listed.push(...page.runs.map((one) => one.name));
          pageToken = page.nextPageToken;
        } while (pageToken !== "");
        expect(listed).toEqual(names);
      });

      test("another project sees nothing of a run", async () => {
        const name = (await newRun()).replace("projects/p/", "projects/q/");
        const calls = [
          () => it.tracking.getRun({ name }),
          () => it.tracking.updateRun({ run: { name, displayName: "x" } }),
          () => it.tracking.deleteRun({ name }),
          () => it.tracking.restoreRun({ name }),
          () => it.tracking.logBatch({ run: name, params: { a: "1" } }),
          () => it.tracking.getMetricHistory({ run: name, key: "loss" }),
        ];
        for (const call of calls) expect(await failure(call())).toEqual(["NotFound", "NOT_FOUND"]);
      });
    });

    describe("logging", () => {
      test("everything logged is on the run, with exact steps and special values", async () => {
        const name = await newRun();
        const digest = await it.upload("the model");
        const dataset = { digest: `sha256:${"a".repeat(64)}`, displayName: "flights", rowCount: 336_776n };
        await it.tracking.logBatch({
          run: name,
          params: { rate: "0.1", "a.b/c": "" },
          tags: { note: "line\nbreak" },
          metrics: [
            { key: "loss", value: Number.NaN, step: 2n ** 53n + 1n, time: fromMs(5) },
            { key: "gain", value: Number.POSITIVE_INFINITY, step: -1n, time: fromMs(5) },
            { key: "drop", value: Number.NEGATIVE_INFINITY },
          ],
          datasets: [{ dataset, context: "training" }],
          artifacts: [{ path: "model/model.onnx", digest, mediaType: "application/onnx" }],
        });
        const run = await runOf(name);
        expect(run.params).toEqual({ rate: "0.1", "a.b/c": "" });
        expect(run.tags).toEqual({ note: "line\nbreak" });
        expect(run.metrics.map((one) => [one.key, one.value, one.step, toMs(one.time ?? fromMs(0))])).toEqual([
          ["loss", Number.NaN, 2n ** 53n + 1n, 5],
          ["gain", Number.POSITIVE_INFINITY, -1n, 5],
          ["drop", Number.NEGATIVE_INFINITY, 0n, it.clock.now()],
        ]);
        expect(run.datasets).toMatchObject([{ dataset, context: "training" }]);
        expect(run.artifacts).toMatchObject([
          { path: "model/model.onnx", digest, sizeBytes: 9n, mediaType: "application/onnx" },
        ]);
      });

      test("a param may be logged again with its value, and a batch with another value changes nothing", async () => {
        const name = await newRun();
        await it.tracking.logBatch({ run: name, params: { rate: "0.1" } });
        await it.tracking.logBatch({ run: name, params: { rate: "0.1", depth: "3" } });
        const before = await runOf(name);
        const bad = it.tracking.logBatch({
          run: name,
          params: { rate: "0.2", width: "9" },
          tags: { t: "1" },
          metrics: [{ key: "loss", value: 1 }],
        });
        expect(await failure(bad)).toEqual(["InvalidArgument", "PARAM_IMMUTABLE"]);
        expect(await runOf(name)).toEqual(before);
        const history = await it.tracking.getMetricHistory({ run: name, key: "loss" });
        expect(history.metrics).toEqual([]);
      });

      test("a file whose bytes were not uploaded to the project is refused, with the whole batch", async () => {
        const name = await newRun();
        const elsewhere = await it.upload("of another project", "projects/q");
        const params = { a: "1" };
        for (const digest of [`sha256:${"0".repeat(64)}`, elsewhere]) {
          const call = it.tracking.logBatch({ run: name, params, artifacts: [{ path: "f", digest }] });
          expect(await failure(call)).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
        }
        expect((await runOf(name)).params).toEqual({});
      });

      test.each([
        "../etc/passwd",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "a/",
        "",
        ".",
        "..",
        "a\\b",
        "C:\\x",
        " a b",
        "%2e%2e/x",
        "．．／x",
        "a\0b",
        `${"a/".repeat(299)}a`,
        "e\u200b",
      ])("the path %j is refused", async (path) => {
        const digest = await it.upload("bytes");
        const call = it.tracking.logBatch({ run: await newRun(), artifacts: [{ path, digest }] });
        expect((await failure(call))[0]).toBe("InvalidArgument");
      });

      test("a hundred writers of one run at the same time lose nothing", async () => {
        const name = await newRun();
        const writers = Array.from({ length: 100 }, (_, i) =>
          it.tracking.logBatch({
            run: name,
            params: { [`p${i}`]: String(i) },
            metrics: [{ key: "loss", value: i, step: 1n, time: fromMs(1) }],
          }),
        );
        await Promise.all(writers);
        const run = await runOf(name);
        expect(Object.keys(run.params)).toHaveLength(100);
        expect(run.metrics[0]?.value).toBe(99);
        const history = await it.tracking.getMetricHistory({ run: name, key: "loss" });
        expect(history.metrics.map((one) => one.value).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 100 }, (_, i) => i),
        );
      });

      test("a batch that is logged again after a lost answer adds nothing", async () => {
        const name = await newRun();
        const metrics = [3, 1, Number.NaN].map((value, i) => ({
          key: "loss",
          value,
          step: BigInt(i),
          time: fromMs(1),
        }));
        for (let i = 0; i < 3; i++) await it.tracking.logBatch({ run: name, metrics });
        const history = await it.tracking.getMetricHistory({ run: name, key: "loss" });
        expect(history.metrics.map((one) => one.value)).toEqual([3, 1, Number.NaN]);
        const timeless = { run: name, metrics: [{ key: "accuracy", value: 1 }], requestId: "log-1" };
        await it.tracking.logBatch(timeless);
        it.clock.set(it.clock.now() + 1);
        await it.tracking.logBatch(timeless);
        const once = await it.tracking.getMetricHistory({ run: name, key: "accuracy" });
        expect(once.metrics).toHaveLength(1);
      });

      test("a history comes page by page, in the order of step, time and arrival", async () => {
        const name = await newRun();
        const points = Array.from({ length: 2_500 }, (_, i) => ({
          key: "loss",
          value: i,
          step: BigInt((i * 7) % 500),
          time: fromMs(1_000 + (i % 3)),
        }));
        await it.tracking.logBatch({ run: name, metrics: points });
        const expected = points
          .map((point, arrival) => ({ ...point, arrival }))
          .sort((a, b) => Number(a.step - b.step) || toMs(a.time) - toMs(b.time) || a.arrival - b.arrival)
          .map((one) => one.value);
        const read: number[] = [];
        let pageToken = "";
        do {
          const page = await it.tracking.getMetricHistory({ run: name, key: "loss", pageSize: 700, pageToken });
          read.push(...page.metrics.map((one) => one.value));
          pageToken = page.nextPageToken;
        } while (pageToken !== "");
        expect(read).toEqual(expected);
      });
    });

    describe("watching", () => {
      test("a watcher gets the run, each change with its new points, and the end", async () => {
        const name = await newRun();
        await it.tracking.logBatch({
          run: name,
          metrics: [1, 2].map((value) => ({ key: "loss", value, step: BigInt(value), time: fromMs(value * 1_000) })),
        });
        const request = create(WatchRunRequestSchema, { name, metricsAfter: fromMs(1_000) });
        const states: WatchRunResponse[] = [];
        for await (const state of it.tracking.watchRun(request)) {
          states.push(state);
          if (states.length === 1) {
            const metrics = [
              { key: "loss", value: 3, step: 3n, time: fromMs(3_000) },
              { key: "loss", value: 0, step: 0n, time: fromMs(500) },
              { key: "gain", value: 7, time: fromMs(1) },
            ];
            await it.tracking.logBatch({ run: name, metrics });
          }
          if (states.length === 2) await it.tracking.updateRun({ run: { name, state: RunState.FINISHED } });
        }
        expect(states.map((state) => state.newMetrics.map((one) => one.value))).toEqual([[2], [3, 0, 7], []]);
        expect(states.map((state) => state.run?.state)).toEqual([
          RunState.RUNNING,
          RunState.RUNNING,
          RunState.FINISHED,
        ]);
      });

      test("a watch of a run that is not there fails, and one without an instant begins without points", async () => {
        const watch = async (name: string) => {
          for await (const state of it.tracking.watchRun({ name })) return state.newMetrics.length;
          return -1;
        };
        expect(await failure(watch("projects/p/runs/none"))).toEqual(["NotFound", "NOT_FOUND"]);
        const name = await newRun();
        await it.tracking.logBatch({ run: name, metrics: [{ key: "loss", value: 1 }] });
        expect(await watch(name)).toBe(0);
      });
    });
  });
}
