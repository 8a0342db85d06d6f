import { type Clock, DomainError, timeOrderedIds } from "@throughline/kernel";
import { idempotent, type Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { newExperiment } from "../domain/experiment.ts";
import {
  type ArrivedPoint,
  isLater,
  latestMetrics,
  latestOf,
  NO_METRICS,
  type RunMetrics,
  withPoints,
} from "../domain/metric.ts";
import type { Commit, TrackingStore } from "../domain/ports.ts";
import { newRun, type Run, runInStage } from "../domain/run.ts";
import { openCollections } from "./collections.ts";
import { committer } from "./commit.ts";
import { trackingStore } from "./tracking-store.ts";

const clock: Clock = { now: () => 1_000 };
const newId = timeOrderedIds(clock);
const NO_CALL = { requestId: "", method: "m", principal: "ada", requestDigest: "d" };

for (const database of everyDatabase()) {
  describe(`TrackingStore laws: ${database.name}`, () => {
    let tracking: TrackingStore;
    let commit: Commit;

    const open = (store: Store): void => {
      const collections = openCollections(store);
      tracking = trackingStore(collections);
      commit = committer({ store, collections, idempotent: idempotent({ store, clock }) });
    };
    beforeAll(async () => open(await database.empty()));

    const addRun = async (project = "p"): Promise<Run> => {
      const run = newRun(
        { experimentId: "e", displayName: "", parentId: "", tags: {} },
        { project, id: newId(), actor: "a" },
        clock,
      );
      return commit(async () => ({ change: { run }, response: run }));
    };
    const add = async (
      run: Run,
      metrics: RunMetrics,
      points: readonly Omit<ArrivedPoint, "arrival">[],
    ): Promise<RunMetrics> => {
      const change = withPoints(metrics, points);
      await commit(async () => ({ change: { metrics: { run, ...change } }, response: {} }));
      return change.metrics;
    };
    const renamed = (run: Run, displayName: string): Run => ({ ...run, displayName, revision: run.revision + 1 });

    test("a run comes back as it was, and what is not there is undefined", async () => {
      const run = await addRun();
      expect(await tracking.run(run)).toEqual(run);
      expect(await tracking.run({ ...run, project: "q" })).toBeUndefined();
      expect(await tracking.experiment(run)).toBeUndefined();
    });

    test("if what was read changes, the change is decided again", async () => {
      const run = await addRun();
      const seen: number[] = [];
      await commit(async () => {
        const now = (await tracking.run(run)) ?? run;
        seen.push(now.revision);
        if (seen.length === 1)
          await commit(async () => ({ change: { run: renamed(now, "sneaked in") }, response: {} }));
        return { change: { run: { ...renamed(now, now.displayName), tags: { mine: "1" } } }, response: {} };
      });
      expect(seen).toEqual([1, 2]);
      expect(await tracking.run(run)).toMatchObject({ displayName: "sneaked in", tags: { mine: "1" }, revision: 3 });
    });

    test("if a run changes that a change holds, the change is decided again", async () => {
      const [run, above] = [await addRun(), await addRun()];
      const seen: string[] = [];
      await commit(async () => {
        const held = (await tracking.run(above)) ?? above;
        seen.push(held.displayName);
        if (seen.length === 1)
          await commit(async () => ({ change: { run: renamed(held, "sneaked in") }, response: {} }));
        return { change: { run: renamed(run, "below"), held: [held] }, response: {} };
      });
      expect(seen).toEqual(["", "sneaked in"]);
      expect(await tracking.run(run)).toMatchObject({ displayName: "below", revision: 2 });
      expect((await tracking.run(above))?.revision).toBe(2);
    });

    test("a change that conflicts again and again is given up, and nothing of it is applied", async () => {
      const run = await addRun();
      const metrics = { run, ...withPoints(NO_METRICS, [{ key: "loss", step: 0n, timeMs: 0, value: 1 }]) };
      const change = { run: { ...run, revision: 9 }, metrics };
      await expect(commit(async () => ({ change, response: {} }))).rejects.toMatchObject({
        reason: "REVISION_CONFLICT",
      });
      expect(await tracking.metrics([run])).toEqual([NO_METRICS]);
      expect(await tracking.points(run, "loss", { limit: 10 })).toEqual([]);
    });

    test("what the decision throws is thrown on at once, even if it is a conflict", async () => {
      let times = 0;
      const refuse = async () => {
        times += 1;
        throw new DomainError("conflict", "REVISION_CONFLICT", "the etag is old");
      };
      await expect(commit(refuse)).rejects.toThrow("the etag is old");
      expect(times).toBe(1);
    });

    test("a call with a request id is applied once, also when ten come at the same time", async () => {
      const run = await addRun();
      const count = async () => {
        const now = (await tracking.run(run)) ?? run;
        const next = renamed(now, `${now.displayName}x`);
        return { change: { run: next }, response: next };
      };
      const call = { ...NO_CALL, requestId: "once" };
      const answers = await Promise.all(Array.from({ length: 10 }, () => commit(count, call)));
      expect(new Set(answers.map((it) => it.displayName))).toEqual(new Set(["x"]));
      expect((await tracking.run(run))?.displayName).toBe("x");
    });

    test("of two active experiments of one name the second fails, and names of deleted ones are free", async () => {
      const of = (project: string) =>
        newExperiment(
          { displayName: "e", description: "", tags: {}, retention: {} },
          { project, id: newId(), timeMs: 1 },
        );
      type Saved = ReturnType<typeof of>;
      const save = (after: Saved, before?: Saved) =>
        commit(async () => ({ change: { experiment: { after, ...(before && { before }) } }, response: {} }));
      const first = of("names");
      await save(first);
      await expect(save(of("names"))).rejects.toMatchObject({ kind: "exists", reason: "ALREADY_EXISTS" });
      await save(of("names2"));
      const deleted: Saved = { ...first, stage: "DELETED", revision: 2 };
      await save(deleted, first);
      const second = of("names");
      await save(second);
      const restored: Saved = { ...first, revision: 3 };
      await expect(save(restored, deleted)).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
      await save({ ...second, displayName: "renamed", revision: 2 }, second);
      await save(restored, deleted);
    });

    test("a list goes beyond one page of the store, and leaves out what is deleted", async () => {
      const project = "many";
      const runs = await Promise.all(Array.from({ length: 1_003 }, () => addRun(project)));
      const [deleted] = runs;
      if (deleted) await commit(async () => ({ change: { run: runInStage(deleted, "DELETED", clock) }, response: {} }));
      const newest = runs
        .map((it) => it.id)
        .sort()
        .reverse();
      const all = await tracking.runs({ project, showDeleted: true, limit: 2_000 });
      expect(all.map((it) => it.id)).toEqual(newest);
      expect(await tracking.runs({ project, showDeleted: false, limit: 1_001 })).toHaveLength(1_001);
      expect(await tracking.runs({ project, showDeleted: false, limit: 2_000 })).toHaveLength(1_002);
      const behind = await tracking.runs({ project, showDeleted: true, before: newest[4] ?? "", limit: 2 });
      expect(behind.map((it) => it.id)).toEqual(newest.slice(5, 7));
      expect(await tracking.metrics(all)).toEqual(all.map(() => NO_METRICS));
    });

    test("a history is in the order of step, time and arrival, whatever order the points came in", async () => {
      const point = fc.record({
        key: fc.constantFrom("loss", "a/b", "loss/"),
        step: fc.constantFrom(-1n, 0n, 1n, 2n ** 53n, 2n ** 53n + 1n),
        timeMs: fc.integer({ min: 0, max: 2 }),
        value: fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, 0, 1.5, Number.POSITIVE_INFINITY),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(point, { maxLength: 12 }), { maxLength: 4 }),
          fc.integer({ min: 1, max: 5 }),
          async (batches, limit) => {
            const run = await addRun();
            let metrics = NO_METRICS;
            for (const batch of batches) metrics = await add(run, metrics, batch);
            expect(await tracking.metrics([run])).toEqual([metrics]);
            for (const last of latestMetrics(metrics)) {
              const { key } = last;
              const expected = batches
                .flat()
                .filter((it) => it.key === key)
                .map((it, i) => ({ ...it, arrival: i + 1 }))
                .toSorted((a, b) => Number(a.step - b.step) || a.timeMs - b.timeMs || a.arrival - b.arrival);
              const read: ArrivedPoint[] = [];
              for (let page = await tracking.points(run, key, { limit }); page.length > 0; ) {
                read.push(...page);
                const after = page.at(-1);
                page = await tracking.points(run, key, { limit, ...(after && { after }) });
              }
              expect(read).toEqual(expected);
              expect(expected.every((it) => !isLater(it, last))).toBe(true);
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    test("metrics of a run with thousands of them come back, however many pieces they are in", async () => {
      const run = await addRun();
      const many = Array.from({ length: 1_500 }, (_, i) => ({ key: `m${i}`, step: 0n, timeMs: 1, value: i }));
      let metrics = NO_METRICS;
      for (let at = 0; at < many.length; at += 400) metrics = await add(run, metrics, many.slice(at, at + 400));
      metrics = await add(run, metrics, [{ key: "m7", step: 1n, timeMs: 1, value: -1 }]);
      expect(metrics.pieces.length).toBeGreaterThan(8);
      expect(await tracking.metrics([run])).toEqual([metrics]);
      const stale = withPoints(NO_METRICS, [{ key: "late", step: 0n, timeMs: 0, value: 1 }]);
      await expect(
        commit(async () => ({ change: { metrics: { run, ...stale } }, response: {} })),
      ).rejects.toMatchObject({
        reason: "ALREADY_EXISTS",
      });
    });

    test("points that arrived after a number are found wherever their steps are, and values at a step and time too", async () => {
      const run = await addRun();
      const old = Array.from({ length: 3_000 }, (_, i) => ({ key: "loss", step: BigInt(i), timeMs: 1, value: i }));
      const metrics = await add(run, NO_METRICS, old);
      const fresh = [5_000n, 7n, 7n].map((step, i) => ({ key: "loss", step, timeMs: 1, value: -i }));
      const after = await add(run, metrics, fresh);
      const latest = latestOf(after, "loss");
      if (latest === undefined) throw new Error("no metric");
      const found = await tracking.arrivedAfter(run, latest, { arrival: 3_000, count: 3 });
      expect(found.map((it) => [it.step, it.arrival])).toEqual([
        [5_000n, 3_001],
        [7n, 3_002],
        [7n, 3_003],
      ]);
      expect(await tracking.valuesAt(run, { key: "loss", step: 7n, timeMs: 1, value: 0 })).toEqual([7, -1, -2]);
      expect(await tracking.valuesAt(run, { key: "loss", step: 7n, timeMs: 2, value: 0 })).toEqual([]);
      const ties = Array.from({ length: 2_500 }, (_, i) => ({ key: "ties", step: 0n, timeMs: 1, value: i }));
      await add(run, after, ties);
      expect(await tracking.valuesAt(run, { key: "ties", step: 0n, timeMs: 1, value: 0 })).toHaveLength(2_500);
    });
  });
}
