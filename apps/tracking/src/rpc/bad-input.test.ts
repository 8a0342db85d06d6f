import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";
const YEAR_10000 = create(TimestampSchema, { seconds: 253_402_300_800n });

for (const database of everyDatabase()) {
  describe(`bad input on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;
    let run: string;

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const made = await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "e" } });
      experiment = made.experiment?.name ?? "";
      run = (await it.tracking.createRun({ parent: PARENT, run: { experiment } })).run?.name ?? "";
    });
    afterAll(() => it.close());

    test.each<readonly [string, () => Promise<unknown>]>([
      ["a time of the year 10000", () => it.tracking.logBatch({ run, metrics: [{ key: "m", time: YEAR_10000 }] })],
      ["such a start", () => it.tracking.createRun({ parent: PARENT, run: { experiment, startTime: YEAR_10000 } })],
      [
        "such a time in a field that is not taken, with a request id",
        () =>
          it.tracking.createExperiment({
            parent: PARENT,
            experiment: { displayName: "x", createTime: YEAR_10000 },
            requestId: "r",
          }),
      ],
      [
        "a display name with a line break",
        () => it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "a\nb" } }),
      ],
      ["an empty display name", () => it.tracking.createExperiment({ parent: PARENT, experiment: {} })],
      ["a metric without a key", () => it.tracking.logBatch({ run, metrics: [{ value: 1 }] })],
      ["a key with a NUL", () => it.tracking.logBatch({ run, metrics: [{ key: "a\0b" }] })],
      ["a key of 251 characters", () => it.tracking.logBatch({ run, tags: { ["k".repeat(251)]: "" } })],
      ["a param of 6,001 characters", () => it.tracking.logBatch({ run, params: { k: "v".repeat(6_001) } })],
      [
        "a digest in upper case",
        () => it.tracking.logBatch({ run, artifacts: [{ path: "a", digest: `sha256:${"A".repeat(64)}` }] }),
      ],
      [
        "tags of more than a mebibyte",
        () => it.tracking.createRun({ parent: PARENT, run: { experiment, tags: manyTags() } }),
      ],
      ["a project that is a path", () => it.tracking.getRun({ name: "projects/../runs/r" })],
      ["a run that is a path", () => it.tracking.getRun({ name: "projects/p/runs/.." })],
      ["a negative page", () => it.tracking.listRuns({ parent: PARENT, pageSize: -1 })],
      ["a token that nobody gave", () => it.tracking.listRuns({ parent: PARENT, pageToken: "forged.token" })],
      ["a name of a digest that is none", () => it.artifacts.getArtifact({ name: "projects/p/artifacts/sha256:../x" })],
    ])("%s is an invalid argument", async (_, call) => {
      expect((await failure(call()))[0]).toBe("InvalidArgument");
    });

    test("a run cannot grow beyond what one message can show", async () => {
      const grow = (batch: number) => {
        const params = Array.from({ length: 300 }, (_, i) => [`p${batch}-${i}`, "x".repeat(6_000)] as const);
        return it.tracking.logBatch({ run, params: Object.fromEntries(params) });
      };
      await grow(0);
      expect(await failure(grow(1))).toEqual(["ResourceExhausted", "RUN_TOO_LARGE"]);
      const { run: read } = await it.tracking.getRun({ name: run });
      expect(Object.keys(read?.params ?? {})).toHaveLength(300);
    });
  });
}

const manyTags = (): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`t${i}`, "x".repeat(8_000)]));
