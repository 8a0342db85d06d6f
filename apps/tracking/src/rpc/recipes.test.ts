import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

for (const database of everyDatabase()) {
  describe(`recipes and data sets of runs on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const created = await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "e" } });
      experiment = created.experiment?.name ?? "";
    });
    afterAll(() => it.close());

    const newRun = async (about: object = {}) => {
      const { run } = await it.tracking.createRun({ parent: PARENT, run: { experiment, ...about } });
      return run?.name ?? "";
    };
    const runOf = async (name: string) => (await it.tracking.getRun({ name })).run;
    const recipe = async () => ({
      code: { repository: "https://example.org/wine", commit: "a".repeat(40), diffDigest: await it.upload("diff") },
      environment: { lockDigest: await it.upload("lock"), runtime: "python 3.11.2", platform: "linux x64" },
      command: ["python", "train.py", ""],
      workingDirectory: "src",
      seed: -1n,
    });

    test("a recipe comes back as it was, with a digest over params and data sets too", async () => {
      const written = await recipe();
      const [first, second] = [await newRun({ recipe: written }), await newRun()];
      await it.tracking.updateRun({ run: { name: second, recipe: written }, updateMask: { paths: ["recipe"] } });
      const digests = [first, second].map(async (name) => (await runOf(name))?.recipe?.digest);
      expect((await runOf(first))?.recipe).toMatchObject(written);
      expect(await digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await digests[0]).toBe(await digests[1]);
      await it.tracking.logBatch({ run: first, params: { lr: "0.1" } });
      const withParam = (await runOf(first))?.recipe?.digest;
      expect(withParam).not.toBe(await digests[0]);
      await it.tracking.logBatch({ run: second, params: { lr: "0.1" } });
      expect((await runOf(second))?.recipe?.digest).toBe(withParam);
      expect((await runOf(await newRun()))?.recipe).toBeUndefined();
    });

    test("a recipe refers to what was uploaded, and it is on the thread of the run", async () => {
      const written = await recipe();
      const unknown = { ...written, environment: { lockDigest: digestOfBytes("nowhere") } };
      const refused = ["FailedPrecondition", "ARTIFACT_UNKNOWN"];
      expect(await failure(newRun({ recipe: unknown }))).toEqual(refused);
      const name = await newRun();
      expect(await failure(it.tracking.updateRun({ run: { name, recipe: unknown } }))).toEqual(refused);
      await it.tracking.updateRun({ run: { name, recipe: written, state: RunState.FINISHED } });
      const { events } = await it.lineage.getLineage({ project: PARENT, start: name, depth: 1 });
      expect(new Set(events.map(({ artifactDigest, role }) => [artifactDigest, role]))).toEqual(
        new Set([
          [written.code.diffDigest, "code diff"],
          [written.environment.lockDigest, "environment lock"],
        ]),
      );
    });

    test("a data set comes back with everything that was said about it, also if only another digest is known", async () => {
      const run = await newRun();
      const dataset = {
        digest: digestOfBytes("rows"),
        displayName: "wine",
        rowCount: 3n,
        externalDigest: "a1b2c3d4",
        sourceType: "local",
        source: '{"uri": "file:///etc/passwd"}',
        schema: '{"a": 1}',
        profile: "{}",
      };
      const other = { digest: "", displayName: "elsewhere", externalDigest: "ffff" };
      const tags = { "mlflow.data.context": "training" };
      await it.tracking.logBatch({
        run,
        datasets: [{ dataset, context: "training", tags }, { dataset: other }],
      });
      const read = await runOf(run);
      expect(read?.datasets).toMatchObject([
        { dataset, context: "training", tags },
        { dataset: other, context: "", tags: {} },
      ]);
      const neither = it.tracking.logBatch({ run, datasets: [{ dataset: { displayName: "x" } }] });
      expect(await failure(neither)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      await it.tracking.updateRun({ run: { name: run, state: RunState.FINISHED } });
      const { events } = await it.lineage.getLineage({ project: PARENT, start: run, depth: 1 });
      expect(events.map((event) => event.artifactDigest)).toEqual([dataset.digest]);
    });
  });
}
