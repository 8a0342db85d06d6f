import { LifecycleStage, SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { digestOfBytes } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const parent = "projects/p";

for (const database of everyDatabase()) {
  describe(`SearchRuns on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;
    const names: Record<string, string> = {};

    const find = async (
      filter: string,
      {
        orderBy = ["attributes.run_name"],
        ...more
      }: { orderBy?: string[]; view?: SearchView; experiments?: string[] } = {},
    ): Promise<string> => {
      const found = await it.tracking.searchRuns({ parent, experiments: [experiment], filter, orderBy, ...more });
      return found.runs.map((run) => run.displayName).join("");
    };

    const trained = digestOfBytes("rows");
    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      experiment = await newExperiment("searched");
      const runs = [
        { name: "a", params: { lr: "0.1", opt: "adam" }, tags: { team: "x" }, acc: 0.9 },
        { name: "b", params: { lr: "0.01", opt: "SGD" }, tags: { team: "y", "a b": "1" }, acc: 0.95 },
        { name: "c", params: { lr: "1e-1" }, tags: {}, acc: Number.NaN },
        { name: "d", params: { opt: "none" }, tags: { team: "X" } },
      ];
      for (const [i, { name, params, tags, acc }] of runs.entries()) {
        names[name] = await newRun(name, { startTime: fromMs(1_767_225_600_000 + i * 1_000), tags });
        const metrics = acc === undefined ? [] : [{ key: "acc", value: acc }];
        await it.tracking.logBatch({ run: names[name], params, metrics });
      }
      const dataset = { digest: trained, displayName: "flights", externalDigest: "abc123" };
      await it.tracking.logBatch({ run: names["b"] ?? "", datasets: [{ dataset, context: "training" }] });
      await it.tracking.updateRun({ run: { name: names["d"] ?? "", state: RunState.FINISHED } });
    });
    const newExperiment = async (displayName: string): Promise<string> =>
      (await it.tracking.createExperiment({ parent, experiment: { displayName } })).experiment?.name ?? "";
    const newRun = async (displayName: string, more: object = {}): Promise<string> =>
      (await it.tracking.createRun({ parent, run: { experiment, displayName, ...more } })).run?.name ?? "";

    test.each([
      ["", "abcd"],
      ["metrics.acc > 0.9", "b"],
      ["metrics.acc >= 0.9 and params.lr = '0.1'", "a"],
      ["metrics.acc != 0.9", "bc"],
      ["params.lr = 0.1", "ac"],
      ["params.lr < 0.1", "b"],
      ["params.opt LIKE 's%'", ""],
      ["params.opt ILIKE 's%'", "b"],
      ["params.opt NOT LIKE '%a%'", "bd"],
      ["NOT params.opt LIKE '%a%'", "bcd"],
      ["tags.team = 'x' OR tags.`a b` = '1'", "ab"],
      ["tags.team IN ('x', 'X')", "ad"],
      ["tags.team NOT IN ('x')", "bd"],
      ["tags.team IS NULL", "c"],
      ["metrics.acc IS NOT NULL AND NOT (params.lr = '0.1' OR metrics.acc > 0.94)", "c"],
      ["attributes.status = 'FINISHED'", "d"],
      ["start_time > '2026-01-01T00:00:01.500Z'", "cd"],
      ["attributes.run_name LIKE '_'", "abcd"],
      [`dataset.digest = '${trained}'`, "b"],
      ["dataset.digest = 'abc123' AND dataset.name LIKE 'fl%'", "b"],
      ["inputs.dataset.digest IN ('abc123', 'other')", "b"],
      ["dataset.context = 'training'", "b"],
      ["dataset.name IS NULL", "acd"],
      ["dataset.name != 'other'", "b"],
      ["metrics.never > 0", ""],
    ])("%s", async (filter, expected) => {
      expect(await find(filter)).toBe(expected);
    });

    test("by id, whatever way it is asked", async () => {
      const id = names["b"]?.split("/").at(-1);
      expect(await find(`attributes.run_id = '${id}'`)).toBe("b");
      expect(await find(`run_id IN ('${id}', 'none')`)).toBe("b");
      expect(await find(`run_id != '${id}'`)).toBe("acd");
      expect(await find(`run_id LIKE '%${id?.slice(-6)}'`)).toBe("b");
    });

    test.each([
      [["metrics.acc DESC"], "bacd"],
      [["metrics.acc"], "abcd"],
      [["params.lr DESC", "metrics.acc DESC"], "cabd"],
      [["tags.team"], "dabc"],
      [["attributes.end_time"], "dcba"],
      [[], "dcba"],
    ])("ordered by %s, with ties newest first", async (orderBy, expected) => {
      expect(await find("", { orderBy })).toBe(expected);
    });

    test("pages follow each other in the order, each run once", async () => {
      const read: string[] = [];
      let pageToken = "";
      do {
        const query = { parent, experiments: [experiment], orderBy: ["metrics.acc DESC"], pageSize: 1, pageToken };
        const page = await it.tracking.searchRuns(query);
        read.push(...page.runs.map((run) => run.displayName));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(read.join("")).toBe("bacd");
      const other = it.tracking.searchRuns({ parent, filter: "metrics.acc > 1", pageToken: "nonsense" });
      expect(await failure(other)).toEqual(["InvalidArgument", "BAD_PAGE_TOKEN"]);
    });

    test("runs come whole, and what was logged last is what is found", async () => {
      const run = await newRun("e");
      await it.tracking.logBatch({
        run,
        metrics: [{ key: "loss", value: 1, step: 1n }],
        params: { p: "1" },
        tags: { t: "1" },
      });
      await it.tracking.logBatch({ run, metrics: [{ key: "loss", value: 2, step: 2n }], tags: { t: "2" } });
      await it.tracking.logBatch({ run, metrics: [{ key: "loss", value: 3, step: 0n }] });
      const { runs } = await it.tracking.searchRuns({
        parent,
        filter: "metrics.loss = 2 and tags.t = '2' and params.p = 1",
      });
      expect(runs).toEqual([(await it.tracking.getRun({ name: run })).run]);
      await it.tracking.deleteRunTags({ run, keys: ["t"] });
      expect(await find("tags.t IS NOT NULL")).toBe("");
      expect(await failure(it.tracking.deleteRunTags({ run, keys: ["t"] }))).toEqual(["NotFound", "TAG_UNKNOWN"]);
      await it.tracking.updateRun({ run: { name: run, displayName: "renamed" } });
      expect(await find("run_name = 'renamed'")).toBe("renamed");
      await it.tracking.deleteRun({ name: run });
    });

    test("deleted runs, and runs of deleted experiments, are seen only by who asks for them", async () => {
      const other = await newExperiment("other");
      const runs = await Promise.all(
        ["1", "2"].map(async (displayName) => {
          const { run } = await it.tracking.createRun({ parent, run: { experiment: other, displayName } });
          return run?.name ?? "";
        }),
      );
      const experiments = [other];
      await it.tracking.deleteRun({ name: runs[0] ?? "" });
      expect(await find("", { experiments })).toBe("2");
      expect(await find("", { experiments, view: SearchView.DELETED })).toBe("1");
      expect(await find("", { experiments, view: SearchView.ALL })).toBe("12");
      const log = it.tracking.logBatch({ run: runs[0] ?? "", metrics: [{ key: "m", value: 1 }] });
      expect(await failure(log)).toEqual(["FailedPrecondition", "RUN_DELETED"]);
      await it.tracking.restoreRun({ name: runs[0] ?? "" });
      expect(await find("", { experiments })).toBe("12");
      await it.tracking.deleteExperiment({ name: other });
      expect(await find("", { experiments })).toBe("");
      expect(await find("", { experiments, view: SearchView.DELETED })).toBe("12");
      const found = await it.tracking.searchRuns({ parent, experiments, view: SearchView.DELETED });
      expect(found.runs.map((run) => run.lifecycleStage)).toEqual([LifecycleStage.DELETED, LifecycleStage.DELETED]);
      const everywhere = await it.tracking.searchRuns({ parent, filter: "run_name IN ('1', '2', 'a')" });
      expect(everywhere.runs.map((run) => [run.displayName, run.lifecycleStage])).toEqual([
        ["a", LifecycleStage.ACTIVE],
      ]);
    });

    test("runs of another project are not found, by no filter and no experiment", async () => {
      const elsewhere = { parent: "projects/q", filter: "metrics.acc > 0 OR run_name != ''" };
      expect((await it.tracking.searchRuns(elsewhere)).runs).toEqual([]);
      const named = it.tracking.searchRuns({ ...elsewhere, experiments: [experiment] });
      expect(await failure(named)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("lengths count characters, however many bytes those take", async () => {
      const wide = "\u{1d4b3}".repeat(250);
      const { run } = await it.tracking.createRun({ parent, run: { experiment: await newExperiment("wide") } });
      const name = run?.name ?? "";
      const value = "\u{1d4b3}".repeat(6_000);
      await it.tracking.logBatch({
        run: name,
        metrics: [{ key: wide, value: 7 }],
        params: { [wide]: value },
        tags: { [wide]: "t" },
      });
      const read = (await it.tracking.getRun({ name })).run;
      expect(read).toMatchObject({
        metrics: [{ key: wide, value: 7 }],
        params: { [wide]: value },
        tags: { [wide]: "t" },
      });
      const { metrics } = await it.tracking.getMetricHistory({ run: name, key: wide });
      expect(metrics).toMatchObject([{ value: 7 }]);
      for (const filter of [`metrics.\`${wide}\` = 7`, `tags.\`${wide}\` = 't'`, `params.\`${wide}\` != 'x'`])
        expect((await it.tracking.searchRuns({ parent, filter })).runs.map((one) => one.name)).toEqual([name]);
      const invalid = ["InvalidArgument", "INVALID_FIELD"];
      for (const refused of [{ params: { [`${wide}x`]: "" } }, { params: { k: `${value}x` } }])
        expect(await failure(it.tracking.logBatch({ run: name, ...refused }))).toEqual(invalid);
      await it.tracking.setExperimentTags({ name: run?.experiment ?? "", tags: { t: "\u{1d4b3}".repeat(20_000) } });
      await it.tracking.deleteRun({ name });
    });

    test("the address that MLflow's clients know a run's files by is searched as any text", async () => {
      const { run } = await it.tracking.createRun({ parent, run: { experiment: await newExperiment("address") } });
      const id = run?.name.split("/").at(-1);
      const uri = `mlflow-artifacts:/${run?.experiment.split("/").at(-1)}/${id}/artifacts`;
      for (const filter of [`= '${uri}'`, `LIKE '%/${id}/artifacts'`, `ILIKE 'MLFLOW-ARTIFACTS:%/${id}/%'`])
        expect((await it.tracking.searchRuns({ parent, filter: `artifact_uri ${filter}` })).runs).toMatchObject([
          { name: run?.name },
        ]);
      const others = await it.tracking.searchRuns({ parent, filter: `attributes.artifact_uri != '${uri}'` });
      expect(others.runs.length).toBeGreaterThan(0);
      expect(others.runs.map((one) => one.name)).not.toContain(run?.name);
    });

    test("a wrong filter is refused with its column", async () => {
      expect(await failure(it.tracking.searchRuns({ parent, filter: "metrics.acc >" }))).toEqual([
        "InvalidArgument",
        "FILTER_SYNTAX",
      ]);
      expect(await failure(it.tracking.searchRuns({ parent, orderBy: ["nothing"] }))).toEqual([
        "InvalidArgument",
        "ORDER_BY_FIELD_UNKNOWN",
      ]);
    });
  });
}
