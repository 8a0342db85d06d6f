import { digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";
const MEBIBYTE = 1024 * 1024;

for (const database of everyDatabase()) {
  describe(`texts of data sets that stand beside the run, on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;

    const newRun = async (): Promise<string> =>
      (await it.tracking.createRun({ parent: PARENT, run: { experiment } })).run?.name ?? "";
    const log = (run: string, externalDigest: string, texts: object) =>
      it.tracking.logBatch({ run, datasets: [{ dataset: { externalDigest, displayName: "d", ...texts } }] });
    const textsOf = async (name: string) =>
      (await it.tracking.getRun({ name })).run?.datasets.map(({ dataset }) => {
        const { schema, profile, storedSchema, storedProfile } = dataset ?? {};
        return [schema, storedSchema?.digest, profile, storedProfile?.digest, storedProfile?.sizeBytes];
      });

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      experiment =
        (await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "e" } })).experiment?.name ??
        "";
    });
    afterAll(() => it.close());

    test("a run shows them by digest and size, and what was said last", async () => {
      const run = await newRun();
      const [first, second] = [await it.upload("x".repeat(2 * MEBIBYTE)), await it.upload("another")];
      await log(run, "one", { schema: "s", storedProfile: { digest: first, sizeBytes: 1n } });
      const profile = ["", first, BigInt(2 * MEBIBYTE)];
      expect(await textsOf(run)).toEqual([["s", undefined, ...profile]]);
      const { run: before } = await it.tracking.getRun({ name: run });
      await log(run, "one", { storedProfile: { digest: first } });
      expect((await it.tracking.getRun({ name: run })).run?.etag).toBe(before?.etag);
      await log(run, "one", { storedSchema: { digest: second } });
      expect(await textsOf(run)).toEqual([["", second, ...profile]]);
      await log(run, "one", { schema: "short" });
      expect(await textsOf(run)).toEqual([["short", undefined, ...profile]]);
    });

    test("a text is let go by the run that says another one or is purged, and is kept while another run needs it", async () => {
      const [one, two] = [await newRun(), await newRun()];
      const [shared, own, next] = [await it.upload("shared"), await it.upload("own"), await it.upload("next")];
      await log(one, "d", { storedSchema: { digest: own }, storedProfile: { digest: shared } });
      await log(two, "d", { storedProfile: { digest: shared } });
      expect(await it.erased()).toEqual([]);
      await log(one, "d", { storedSchema: { digest: next } });
      expect(await it.erased()).toEqual([own]);
      const purge = async (name: string) => {
        await it.tracking.deleteRun({ name });
        await it.tracking.purgeRun({ name });
      };
      await purge(one);
      expect(await it.erased()).toEqual([next]);
      const { etag = "" } = (await it.tracking.getExperiment({ name: experiment })).experiment ?? {};
      await it.tracking.updateExperiment({
        experiment: { name: experiment, etag, displayName: "e", retention: { purgeDeletedAfter: { seconds: 3_600n } } },
        updateMask: { paths: ["retention"] },
      });
      await it.tracking.deleteRun({ name: two });
      it.clock.set(it.clock.now() + 3_600_000);
      await it.sweep();
      expect(await it.erased()).toEqual([shared]);
    });

    test("bytes that the project does not have are refused, as are texts in both places", async () => {
      const run = await newRun();
      const digest = digestOfBytes("never uploaded");
      for (const field of ["storedSchema", "storedProfile"])
        expect(await failure(log(run, "one", { [field]: { digest } }))).toEqual([
          "FailedPrecondition",
          "ARTIFACT_UNKNOWN",
        ]);
      const elsewhere = await it.upload("of another project", "projects/q");
      const [refused] = await failure(log(run, "one", { storedSchema: { digest: elsewhere } }));
      expect(refused).toBe("FailedPrecondition");
      const known = await it.upload("text");
      const both = log(run, "one", { schema: "text", storedSchema: { digest: known } });
      expect(await failure(both)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      expect(await textsOf(run)).toEqual([]);
    });

    test("one text has a largest size, and so have all of a run", async () => {
      const run = await newRun();
      const tooLong = await it.upload(Buffer.alloc(16 * MEBIBYTE + 1, "x"));
      expect(await failure(log(run, "one", { storedProfile: { digest: tooLong } }))).toEqual([
        "InvalidArgument",
        "INVALID_FIELD",
      ]);
      const digest = await it.upload(Buffer.alloc(16 * MEBIBYTE, "x"));
      for (const external of ["1", "2", "3", "4"]) await log(run, external, { storedProfile: { digest } });
      expect(await failure(log(run, "5", { storedProfile: { digest } }))).toEqual([
        "ResourceExhausted",
        "RUN_TOO_LARGE",
      ]);
      expect(await textsOf(run)).toHaveLength(4);
    });
  });
}
