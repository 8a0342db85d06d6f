import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import type { Rollout } from "../domain/rollout.ts";
import type { Decision } from "../domain/rollout-decision.ts";
import type { DecisionStore, RolloutStore } from "../domain/rollout-store.ts";
import { decisionStore, rolloutStore } from "./rollout-store.ts";

const PROJECT = "projects/p";

/** A rollout as a revision left it, at a time. */
function rolloutAt(
  deployment: string,
  number: number,
  { revision, timeMs }: { revision: number; timeMs: number },
): Rollout {
  const plan = { steps: [], analyses: [], alpha: 0.05, power: 0.9, mirrorBasisPoints: 0, fastTrackRevisions: 0 };
  const parent = `${PROJECT}/deployments/${deployment}`;
  return {
    name: `${parent}/rollouts/${number}`,
    project: PROJECT,
    deployment: parent,
    number,
    candidate: "b",
    baseline: "a",
    strategy: "CANARY",
    plan: { ...plan, onInconclusive: "PAUSE" },
    state: "RUNNING",
    step: revision - 1,
    stepApproved: false,
    isOpenEnded: false,
    startTimeMs: number * 10,
    stepStartTimeMs: timeMs,
    trafficBefore: [],
    strategyBefore: "RECREATE",
    revisionBefore: 1,
    originBefore: 1,
    change: { revision, actor: "ada", reason: `r${revision}`, timeMs },
  };
}

function decisionAt(rollout: string, sequence: number, isEffective = false): Decision {
  return {
    rollout,
    sequence,
    isEffective,
    rolloutRevision: 1,
    step: 0,
    verdict: "CONTINUE",
    applied: "CONTINUE",
    note: "",
    evidence: [],
    armShares: [],
    armRewards: [],
    logPositions: [],
    parts: [],
    router: "",
    seed: "",
    reason: "",
    actor: "ada",
    timeMs: 1,
    contentDigest: `sha256:${sequence}`,
  };
}

const reasonsOf = (settled: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
  settled.flatMap((it) => (it.status === "rejected" ? [it.reason.reason as string] : []));

for (const database of everyDatabase()) {
  describe(`rollouts of the registry on ${database.name}`, () => {
    let store: Store;
    let rollouts: RolloutStore;
    let decisions: DecisionStore;
    beforeAll(async () => {
      store = await database.empty();
      rollouts = rolloutStore(store);
      decisions = decisionStore(store);
    });

    test("a decision of before several routers had a say is read as one of a router that told no part", async () => {
      const name = `${PROJECT}/deployments/early/rollouts/1`;
      const { armShares: _, armRewards: ____, parts: __, router: ___, ...early } = decisionAt(name, 1, true);
      const at = { segment: "s", offset: 9 };
      await store.batch(decisions.insert({ ...early, logPositions: [at] } as unknown as Decision));
      const read = { ...decisionAt(name, 1, true), logPositions: [{ ...at, router: "" }] };
      expect(await decisions.get(name, 1)).toEqual(read);
      expect((await decisions.list({ rollout: name, effectiveOnly: false }, { limit: 10 })).items).toEqual([read]);
    });

    test("of ten writers of one revision one wins, and every state is there as of its time, newest first", async () => {
      const first = rolloutAt("d", 1, { revision: 1, timeMs: 5 });
      await store.batch(await rollouts.set(first));
      const second = await rollouts.set(rolloutAt("d", 1, { revision: 2, timeMs: 7 }));
      const settled = await Promise.allSettled(Array.from({ length: 10 }, () => store.batch(second)));
      expect(reasonsOf(settled)).toEqual(Array(9).fill("REVISION_CONFLICT"));
      const asOf = async (timeMs: number) => (await rollouts.get(first.name, timeMs))?.change.revision;
      expect([await asOf(4), await asOf(5), await asOf(6), await asOf(7)]).toEqual([undefined, 1, 1, 2]);
      const { items } = await rollouts.history(first.name, { limit: 10 });
      expect(items).toEqual([rolloutAt("d", 1, { revision: 2, timeMs: 7 }), first]);
    });

    test("of ten who begin the same number one wins, and lists are of one deployment or of all, newest first", async () => {
      const same = await Promise.all(
        Array.from({ length: 10 }, () => rollouts.set(rolloutAt("e", 1, { revision: 1, timeMs: 1 }))),
      );
      expect(reasonsOf(await Promise.allSettled(same.map((it) => store.batch(it))))).toEqual(
        Array(9).fill("ALREADY_EXISTS"),
      );
      for (const number of [2, 10])
        await store.batch(await rollouts.set(rolloutAt("e", number, { revision: 1, timeMs: 1 })));
      const deployment = `${PROJECT}/deployments/e`;
      expect(await rollouts.lastNumber(deployment)).toBe(10);
      expect(await rollouts.lastNumber(`${PROJECT}/deployments/none`)).toBe(0);
      const page = await rollouts.list({ deployment }, { limit: 2 });
      expect(page.items.map((it) => it.number)).toEqual([10, 2]);
      const rest = await rollouts.list({ deployment }, { limit: 2, ...(page.next && { after: page.next }) });
      expect(rest.items.map((it) => it.number)).toEqual([1]);
      const all = await rollouts.list({ project: PROJECT }, { limit: 100 });
      expect(all.items.map((it) => it.startTimeMs)).toEqual([100, 20, 10, 10]);
    });

    test("of ten decisions of one sequence one is there, and those that changed something are found alone", async () => {
      const rollout = `${PROJECT}/deployments/d/rollouts/1`;
      const settled = await Promise.allSettled(
        Array.from({ length: 10 }, () => store.batch(decisions.insert(decisionAt(rollout, 1)))),
      );
      expect(reasonsOf(settled)).toEqual(Array(9).fill("ALREADY_EXISTS"));
      for (let sequence = 2; sequence <= 12; sequence++)
        await store.batch(decisions.insert(decisionAt(rollout, sequence, sequence % 5 === 0)));
      expect(await decisions.lastSequence(rollout)).toBe(12);
      expect(await decisions.get(rollout, 5)).toEqual(decisionAt(rollout, 5, true));
      const told = async (effectiveOnly: boolean) =>
        (await decisions.list({ rollout, effectiveOnly }, { limit: 100 })).items.map((it) => it.sequence);
      expect(await told(true)).toEqual([10, 5]);
      expect(await told(false)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    });
  });
}
