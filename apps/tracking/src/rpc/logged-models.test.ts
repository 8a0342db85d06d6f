import { LifecycleStage, SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

for (const database of everyDatabase()) {
  describe(`LoggedModelService on ${database.name}`, () => {
    let it: ServiceForTests;
    let count = 0;

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
    });
    afterAll(() => it.close());

    const newExperiment = async (): Promise<string> => {
      const created = await it.tracking.createExperiment({
        parent: PARENT,
        experiment: { displayName: `e${count++}` },
      });
      return created.experiment?.name ?? "";
    };
    const newRun = async (experiment: string): Promise<string> =>
      (await it.tracking.createRun({ parent: PARENT, run: { experiment } })).run?.name ?? "";
    const newModel = async (experiment: string, about: object = {}): Promise<string> => {
      const loggedModel = { experiment, ...about };
      return (await it.models.createLoggedModel({ parent: PARENT, loggedModel })).loggedModel?.name ?? "";
    };
    const modelOf = async (name: string) => {
      const { loggedModel } = await it.models.getLoggedModel({ name });
      if (loggedModel === undefined) throw new Error("no model");
      return loggedModel;
    };

    test("a model begins PENDING with what its creator said, and ends READY or FAILED", async () => {
      const experiment = await newExperiment();
      const sourceRun = await newRun(experiment);
      const name = await newModel(experiment, {
        displayName: "wine",
        sourceRun,
        modelType: "Classifier",
        params: { depth: "3" },
        tags: { team: "a" },
      });
      expect(name).toMatch(/^projects\/p\/loggedModels\/m-[a-z0-9]{26}$/);
      expect(await modelOf(name)).toMatchObject({
        name,
        experiment,
        sourceRun,
        displayName: "wine",
        modelType: "Classifier",
        params: { depth: "3" },
        tags: { team: "a" },
        metrics: [],
        state: LoggedModelState.PENDING,
        lifecycleStage: LifecycleStage.ACTIVE,
      });
      await it.models.finalizeLoggedModel({ name, state: LoggedModelState.FAILED, stateMessage: "disk full" });
      expect(await modelOf(name)).toMatchObject({ state: LoggedModelState.FAILED, stateMessage: "disk full" });
      await it.models.finalizeLoggedModel({ name, state: LoggedModelState.READY });
      expect(await modelOf(name)).toMatchObject({ state: LoggedModelState.READY, stateMessage: "" });
      const unnamed = await modelOf(await newModel(experiment));
      expect(unnamed.displayName).not.toBe("");
    });

    test.each(["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "a\nb"])(
      "the display name %j is refused",
      async (displayName) => {
        const experiment = await newExperiment();
        expect(await failure(newModel(experiment, { displayName }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      },
    );

    test("a model needs an experiment in use and, if it names one, a run", async () => {
      const experiment = await newExperiment();
      const none = `${PARENT}/runs/none`;
      expect(await failure(newModel(`${PARENT}/experiments/none`))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await failure(newModel(experiment, { sourceRun: none }))).toEqual(["NotFound", "NOT_FOUND"]);
      const elsewhere = newModel("projects/q/experiments/e");
      expect(await failure(elsewhere)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      await it.tracking.deleteExperiment({ name: experiment });
      expect(await failure(newModel(experiment))).toEqual(["FailedPrecondition", "EXPERIMENT_DELETED"]);
    });

    test("params never change, tags do, and a refused annotation changes nothing", async () => {
      const name = await newModel(await newExperiment(), { params: { a: "1" }, tags: { t: "1", u: "1" } });
      await it.models.annotateLoggedModel({
        name,
        params: { a: "1", b: "2" },
        tags: { t: "2" },
        removedTagKeys: ["u"],
      });
      const before = await modelOf(name);
      expect(before).toMatchObject({ params: { a: "1", b: "2" }, tags: { t: "2" } });
      const changed = it.models.annotateLoggedModel({ name, params: { a: "9", c: "3" }, tags: { x: "1" } });
      expect(await failure(changed)).toEqual(["InvalidArgument", "PARAM_IMMUTABLE"]);
      const unknown = it.models.annotateLoggedModel({ name, tags: { x: "1" }, removedTagKeys: ["gone"] });
      expect(await failure(unknown)).toEqual(["NotFound", "TAG_UNKNOWN"]);
      expect(await modelOf(name)).toEqual(before);
    });

    test("a deleted model is only there if it is asked for", async () => {
      const name = await newModel(await newExperiment());
      await it.models.deleteLoggedModel({ name });
      expect(await failure(it.models.getLoggedModel({ name }))).toEqual(["NotFound", "NOT_FOUND"]);
      const { loggedModel } = await it.models.getLoggedModel({ name, showDeleted: true });
      expect(loggedModel?.lifecycleStage).toBe(LifecycleStage.DELETED);
      expect(await failure(it.models.annotateLoggedModel({ name, tags: { a: "1" } }))).toEqual([
        "NotFound",
        "NOT_FOUND",
      ]);
    });

    test("a deleted model is removed for good, with its files, and one in use is not", async () => {
      const name = await newModel(await newExperiment());
      expect(await failure(it.models.purgeLoggedModel({ name }))).toEqual(["FailedPrecondition", "NOT_DELETED"]);
      await it.models.deleteLoggedModel({ name });
      await it.models.purgeLoggedModel({ name });
      expect(await failure(it.models.getLoggedModel({ name, showDeleted: true }))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await failure(it.models.purgeLoggedModel({ name }))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await failure(it.files.listFiles({ parent: name }))).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("a repeated creation is applied once", async () => {
      const request = { parent: PARENT, loggedModel: { experiment: await newExperiment() }, requestId: "once" };
      expect(await it.models.createLoggedModel(request)).toEqual(await it.models.createLoggedModel(request));
    });

    test("points of a run are metrics of the model too: the latest for each metric and data set", async () => {
      const experiment = await newExperiment();
      const run = await newRun(experiment);
      const loggedModel = await newModel(experiment);
      const point = (value: number, step: number, ms: number, about: object = {}) => ({
        key: "auc",
        value,
        step: BigInt(step),
        time: fromMs(ms),
        loggedModel,
        ...about,
      });
      const test1 = { datasetName: "test", datasetDigest: "d1" };
      await it.tracking.logBatch({
        run,
        metrics: [
          ...[point(0.5, 1, 10), point(0.6, 9, 5), point(Number.NaN, 3, 10), point(0.7, 1, 7, test1)],
          ...[point(0.8, 1, 8, { ...test1, datasetDigest: "d2" }), { key: "loss", value: 3 }],
        ],
      });
      const other = await newRun(experiment);
      await it.tracking.logBatch({ run: other, metrics: [point(0.9, 1, 8, test1)] });
      const { metrics } = await modelOf(loggedModel);
      const rows = metrics.map((it) => [it.key, it.value, it.step, it.run, it.datasetName, it.datasetDigest]);
      expect(rows).toHaveLength(3);
      expect(rows).toEqual(
        expect.arrayContaining([
          ["auc", Number.NaN, 3n, run, "", ""],
          ["auc", 0.9, 1n, other, "test", "d1"],
          ["auc", 0.8, 1n, run, "test", "d2"],
        ]),
      );
      const { run: read } = await it.tracking.getRun({ name: run });
      expect(read?.metrics.map((it) => it.key).sort()).toEqual(["auc", "loss"]);
      const unknown = it.tracking.logBatch({
        run,
        metrics: [point(1, 1, 1, { loggedModel: `${PARENT}/loggedModels/m-0` })],
      });
      expect(await failure(unknown)).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("twenty writers of metrics of one model at the same time lose nothing", async () => {
      const experiment = await newExperiment();
      const [run, loggedModel] = [await newRun(experiment), await newModel(experiment)];
      const log = (i: number) =>
        it.tracking.logBatch({
          run,
          metrics: [
            { key: `m${i}`, value: i, loggedModel },
            { key: "own", value: i },
          ],
        });
      await Promise.all(Array.from({ length: 20 }, (_, i) => log(i)));
      expect((await modelOf(loggedModel)).metrics).toHaveLength(20);
    });

    test("a run remembers the models that it read and made, and its thread has their files", async () => {
      const experiment = await newExperiment();
      const [run, base, made] = [await newRun(experiment), await newModel(experiment), await newModel(experiment)];
      const [read, written] = [await it.upload("base weights"), await it.upload("made weights")];
      await it.files.putFiles({ parent: base, files: [{ path: "weights", digest: read }] });
      await it.files.putFiles({ parent: made, files: [{ path: "weights", digest: written }] });
      const uses = { modelInputs: [{ loggedModel: base }], modelOutputs: [{ loggedModel: made, step: 7n }] };
      await it.tracking.logBatch({ run, ...uses });
      await it.tracking.logBatch({ run, ...uses });
      const { run: ended } = await it.tracking.updateRun({ run: { name: run, state: RunState.FINISHED } });
      expect(ended?.modelInputs.map((it) => [it.loggedModel, it.step])).toEqual([[base, 0n]]);
      expect(ended?.modelOutputs.map((it) => [it.loggedModel, it.step])).toEqual([[made, 7n]]);
      const { events } = await it.lineage.getLineage({ project: PARENT, start: run, depth: 1 });
      expect(new Set(events.map((it) => it.artifactDigest))).toEqual(new Set([read, written]));
      const unknown = it.tracking.logBatch({ run, modelOutputs: [{ loggedModel: `${PARENT}/loggedModels/m-0` }] });
      expect(await failure(unknown)).toEqual(["NotFound", "NOT_FOUND"]);
    });

    describe("search", () => {
      let experiment: string;
      const names: string[] = [];
      beforeAll(async () => {
        experiment = await newExperiment();
        const run = await newRun(experiment);
        const values = [{ train: 0.9, test: 0.5 }, { train: 0.7, test: 0.8 }, { train: 0.8 }, {}] as readonly Readonly<
          Record<string, number>
        >[];
        for (const [i, metrics] of values.entries()) {
          it.clock.set(it.clock.now() + 1_000);
          const name = await newModel(experiment, {
            displayName: `model-${i}`,
            modelType: i < 2 ? "tree" : "",
            params: { depth: String(i) },
          });
          names.push(name);
          const points = Object.entries(metrics).map(([datasetName, value]) => ({
            key: "auc",
            value,
            loggedModel: name,
            datasetName,
            datasetDigest: `d-${datasetName}`,
          }));
          await it.tracking.logBatch({ run, metrics: points });
        }
        await it.models.finalizeLoggedModel({ name: names[2] ?? "", state: LoggedModelState.READY });
      });
      const found = async (request: object): Promise<readonly number[]> => {
        const all: number[] = [];
        let pageToken = "";
        do {
          const page = await it.models.searchLoggedModels({
            parent: PARENT,
            experiments: [experiment],
            pageSize: 2,
            pageToken,
            ...request,
          });
          all.push(...page.loggedModels.map((model) => names.indexOf(model.name)));
          pageToken = page.nextPageToken;
        } while (pageToken !== "");
        return all;
      };
      const on = (name: string, digest = "") => ({ name, digest });

      test.each<readonly [string, object, readonly number[]]>([
        ["nothing: newest first", {}, [3, 2, 1, 0]],
        ["a name", { filter: "name = 'model-1'" }, [1]],
        ["a type and a number in a param", { filter: "model_type = 'tree' AND params.depth > 0" }, [1]],
        ["a status", { filter: "status = 'READY'" }, [2]],
        ["a metric on any data set", { filter: "metrics.auc > 0.75" }, [2, 1, 0]],
        ["a metric on one data set", { filter: "metrics.auc > 0.75", datasets: [on("test")] }, [1]],
        ["a metric on one digest", { filter: "metrics.auc > 0.1", datasets: [on("test", "other")] }, []],
        ["a data set alone: who has any metric on it", { datasets: [on("test")] }, [1, 0]],
        ["brackets and OR", { filter: "(params.depth = '0' OR params.depth = '3') AND NOT metrics.auc < 0.6" }, [3]],
        [
          "an order by a metric on a data set",
          { orderBy: [{ field: "metrics.auc", descending: true, dataset: on("test") }] },
          [1, 0, 3, 2],
        ],
        [
          "an order upwards: who has none comes last",
          { orderBy: [{ field: "metrics.auc", dataset: on("train") }] },
          [1, 2, 0, 3],
        ],
        ["an order by creation", { orderBy: [{ field: "creation_timestamp" }] }, [0, 1, 2, 3]],
      ])("finds by %s", async (_, request, expected) => {
        expect(await found(request)).toEqual(expected);
      });

      test("finds deleted models only if the view says so", async () => {
        it.clock.set(it.clock.now() + 1_000);
        const name = await newModel(experiment);
        names.push(name);
        await it.models.deleteLoggedModel({ name });
        expect(await found({ view: SearchView.DELETED })).toEqual([4]);
        expect(await found({ view: SearchView.ALL })).toEqual([4, 3, 2, 1, 0]);
        expect(await found({})).toEqual([3, 2, 1, 0]);
      });

      test("tells where a filter is wrong, and takes a page token for no other search", async () => {
        const wrong = it.models.searchLoggedModels({ parent: PARENT, filter: "colour = 'red'" });
        expect(await failure(wrong)).toEqual(["InvalidArgument", "FILTER_FIELD_UNKNOWN"]);
        const { nextPageToken: pageToken } = await it.models.searchLoggedModels({ parent: PARENT, pageSize: 1 });
        const other = it.models.searchLoggedModels({ parent: PARENT, pageToken, filter: "name = 'x'" });
        expect(await failure(other)).toEqual(["InvalidArgument", "BAD_PAGE_TOKEN"]);
      });
    });
  });
}
