import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const parent = "projects/p";
const TAG = "mlflow.parentRunId";
/** So many runs one may be part of. */
const LINE_MAX = 900;

for (const database of everyDatabase()) {
  describe(`runs that are part of others, on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;
    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const created = await it.tracking.createExperiment({ parent, experiment: { displayName: "nested" } });
      experiment = created.experiment?.name ?? "";
    });
    afterAll(() => it.close());

    const newRun = async (more: { readonly parentRun?: string; readonly tags?: Record<string, string> } = {}) =>
      (await it.tracking.createRun({ parent, run: { experiment, ...more } })).run?.name ?? "";
    const move = async (name: string, parentRun: string) =>
      (await it.tracking.updateRun({ run: { name, parentRun }, updateMask: { paths: ["parent_run"] } })).run;
    const parentOf = async (name: string) => (await it.tracking.getRun({ name })).run?.parentRun ?? "";
    const idOf = (name: string) => name.slice(name.lastIndexOf("/") + 1);

    test("of moves at once that would close a circle one at least is refused", async () => {
      for (let round = 0; round < 20; round++) {
        const names = await Promise.all(Array.from({ length: 2 + (round % 3) }, () => newRun()));
        const moves = names.map((name, i) => failure(move(name, names[(i + 1) % names.length] ?? "")));
        const refused = (await Promise.all(moves)).filter(([code]) => code !== "OK");
        expect(refused.length).toBeGreaterThan(0);
        expect(new Set(refused.flat())).toEqual(new Set(["InvalidArgument", "INVALID_FIELD"]));
        expect(await Promise.all(names.map(parentOf))).toContain("");
      }
    });

    test("a circle is closed neither at the parent nor far above it", async () => {
      for (let round = 0; round < 20; round++) {
        const [top, other] = [await newRun(), await newRun()];
        const low = await newRun({ parentRun: await newRun({ parentRun: top }) });
        const otherLow = await newRun({ parentRun: await newRun({ parentRun: other }) });
        const codes = await Promise.all([failure(move(top, otherLow)), failure(move(other, low))]);
        expect(codes.map(([code]) => code).toSorted()).toEqual(["InvalidArgument", "OK"]);
      }
    });

    test("a run may be part of as many as fit into one change", async () => {
      let last = "";
      for (let depth = 0; depth < LINE_MAX; depth++) last = await newRun({ parentRun: last });
      const low = await newRun();
      expect((await move(low, last))?.parentRun).toBe(last);
      expect(await failure(move(await newRun(), low))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("the tag that said the parent as MLflow does goes with it, and one that says another stays", async () => {
      const [one, other] = [await newRun(), await newRun()];
      const follows = await newRun({ parentRun: one, tags: { [TAG]: idOf(one), team: "a" } });
      expect((await move(follows, one))?.tags).toEqual({ [TAG]: idOf(one), team: "a" });
      expect(await move(follows, other)).toMatchObject({ parentRun: other, tags: { team: "a" } });
      const says = await newRun({ parentRun: one, tags: { [TAG]: idOf(other) } });
      expect(await move(says, "")).toMatchObject({ parentRun: "", tags: { [TAG]: idOf(other) } });
    });
  });
}
