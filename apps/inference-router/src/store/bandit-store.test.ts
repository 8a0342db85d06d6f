import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { banditPolicy } from "@throughline/bandits";
import type { BanditNode } from "@throughline/graphs";
import { canonicalRowBytes, timeOrderedIds } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { banditMemory } from "../domain/bandit-memory.ts";
import { feedback } from "../domain/feedback.ts";
import { graphBandit } from "../domain/graph/bandit.ts";
import { openPredictionLog } from "../log/open-log.ts";
import { banditStore } from "./bandit-store.ts";
import { feedbackStore } from "./feedback-store.ts";

const D = "projects/p/deployments/d";
const RELEASE = "projects/p/releases/r";
const definition: BanditNode = {
  arms: [
    { node: "one", floorBasisPoints: 0 },
    { node: "two", floorBasisPoints: 0 },
  ],
  policy: "THOMPSON_GAUSSIAN",
  epsilon: 0,
  contextFeatures: [],
  reward: "actual - score",
  defaultNode: "",
  inputs: [],
};
const of = { release: { name: RELEASE }, bandits: new Map([["pick", graphBandit(definition)]]) };
const root = mkdtempSync(join(tmpdir(), "throughline-bandits-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

for (const database of everyDatabase()) {
  describe(`bandits of two routers on ${database.name}`, () => {
    const clock = { timeMs: 1_000, now: () => clock.timeMs };
    const newId = timeOrderedIds(clock);
    let store: Store;
    beforeEach(async () => {
      store = await database.empty();
    });
    const openLog = () => {
      const dir = mkdtempSync(join(root, "log-"));
      return openPredictionLog({ dir, newId, sync: false, segmentBytesMax: 1e6, pendingBytesMax: 1e6 });
    };
    const replica = (log: Awaited<ReturnType<typeof openLog>>) => {
      const bandits = banditMemory({ store: banditStore(store), log, clock, refreshMs: 100 });
      const onOutcome = bandits.lesson;
      const taking = feedback({ store: feedbackStore(store), log, clock, onChange: () => {}, onOutcome });
      return { bandits, taking };
    };

    test("learn every reward once, whoever takes it, and each learns what the other one did", async () => {
      const log = await openLog();
      const [a, b] = [replica(log), replica(log)];
      await a.bandits.knowledge(D, of);
      const entries = Array.from({ length: 30 }, (_, i) => ({ arm: i % 3 === 0 ? "one" : "two", score: i / 8, i }));
      const ids: string[] = [];
      for (const { arm, score, i } of entries) {
        const choice = {
          node: "pick",
          branch: arm,
          propensity: 0.5,
          isFallback: false,
          arm: { name: arm, context: [] },
        };
        const trace = {
          path: [arm, "pick"],
          scores: [score],
          absent: [],
          verdicts: [],
          enriched: [],
          isRefused: false,
        };
        const facts = { release: RELEASE, digest: "d", features: [], viewVersions: {}, path: [], thresholds: {} };
        const row = { vector: [], vectorBytes: canonicalRowBytes([]), entity: {}, asOfNs: 0n, timeMs: i, latencyUs: 1 };
        const { id } = await log.append(D, { facts, score, ...row, trace: { ...trace, choices: [choice] } });
        ids.push(id);
      }
      // Each says of every row something wrong at first.
      await Promise.all(
        ids.flatMap((id, i) => {
          const { taking } = i % 2 === 0 ? a : b;
          return [taking.send(D, [{ id, actual: -7 }]), taking.send(D, [{ id, actual: i }])];
        }),
      );
      const policy = banditPolicy({ arms: ["one", "two"], policy: { kind: "thompson_gaussian" } });
      const expected = entries.reduce(
        (state, { arm, score, i }) => policy.update(state, { arm, reward: i - score }),
        policy.empty,
      );
      const [kept] = await banditStore(store).of(D, RELEASE);
      expect(kept?.bandit.state).toEqual(expected);
      clock.timeMs += 200;
      for (const { bandits } of [a, b]) {
        await bandits.knowledge(D, of);
        let known = (await bandits.knowledge(D, of))?.("pick");
        while (JSON.stringify(known) !== JSON.stringify(expected)) {
          await new Promise((resolve) => setImmediate(resolve));
          known = (await bandits.knowledge(D, of))?.("pick");
        }
      }
      await log.close();
    });

    test("have none where no release of the deployment has one", async () => {
      const log = await openLog();
      const { bandits } = replica(log);
      expect(await bandits.knowledge(D, { ...of, bandits: new Map() })).toBeUndefined();
      const revisions = [{ actual: 1, actualTimeNs: 0n, arriveTimeMs: 0 }];
      const after = { id: "x", deployment: D, release: RELEASE, score: 1, revisions };
      expect(await bandits.lesson(D, [{ before: undefined, after }])).toBeUndefined();
      await log.close();
    });
  });
}
