import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { type Rollout, RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import {
  AnalysisRole,
  BanditPolicy,
  OnInconclusive,
  type RolloutPlanSchema,
} from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import type { WatchRolloutsResponse } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registryWithReleases,
  type Surroundings,
} from "../registry-in-process.ts";

type Plan = MessageInitShape<typeof RolloutPlanSchema>;
const WHOLE = 10_000;

for (const database of everyDatabase()) {
  describe(`rollouts on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    let at: (i: number) => string;
    beforeAll(async () => {
      ({ shared, registry, at } = await registryWithReleases(await database.empty()));
    });

    let count = 0;
    const deploy = async (): Promise<string> => {
      count += 1;
      const traffic = [
        { release: at(0), weightBasisPoints: WHOLE },
        { release: at(3), weightBasisPoints: 0 },
      ];
      const request = { parent: "projects/p", deploymentId: `d${count}`, deployment: { traffic } };
      return (await registry.deployments.createDeployment(request)).deployment?.name ?? "";
    };
    const start = async (
      parent: string,
      plan: Plan = { steps: [{ weightBasisPoints: 1_000 }, { weightBasisPoints: 5_000 }] },
      strategy = Strategy.CANARY,
    ): Promise<Rollout> => {
      const rollout = { candidate: at(1), strategy, plan };
      const created = await registry.rollouts.createRollout({ parent, rollout, reason: "try it" });
      return created.rollout ?? expect.unreachable();
    };
    /** The shares of the first two releases. */
    const shares = async (name: string): Promise<readonly (number | undefined)[]> => {
      const { deployment } = await registry.deployments.getDeployment({ name });
      return [0, 1].map((i) => deployment?.traffic.find((it) => it.release === at(i))?.weightBasisPoints);
    };
    const decide = async (rollout: string, verdict: Verdict, more: object = {}) => {
      const { rollout: now } = await registry.rollouts.getRollout({ name: rollout });
      const decision = { sequence: (now?.decisionCount ?? 0n) + 1n, etag: now?.etag ?? "", verdict, ...more };
      return registry.rollouts.recordDecision({ name: rollout, ...decision });
    };

    test("a canary goes through its steps to the whole, each a change of the deployment, and a rollback undoes it all", async () => {
      const { rollouts, deployments } = registry;
      const parent = await deploy();
      const { name, ...begun } = await start(parent);
      expect(begun).toMatchObject({ baseline: at(0), state: RolloutState.RUNNING, step: 0, etag: "1" });
      expect(begun.plan).toMatchObject({ alpha: 0.05, power: 0.9, onInconclusive: OnInconclusive.PAUSE });
      expect(begun.change).toMatchObject({ actor: "local", reason: "try it", revision: 1n });
      expect(await shares(parent)).toEqual([9_000, 1_000]);
      const { deployment } = await deployments.getDeployment({ name: parent });
      expect(deployment).toMatchObject({
        strategy: Strategy.CANARY,
        rollout: { name, revision: 1n, candidate: at(1), baseline: at(0), step: 0, isWaiting: false },
      });

      const second = await decide(name, Verdict.PROMOTE);
      expect(second.decision).toMatchObject({ sequence: 1n, applied: Verdict.PROMOTE, note: "", step: 0 });
      expect(second.rollout?.change).toMatchObject({ actor: name, reason: "decision 1: PROMOTE" });
      expect((await deployments.getDeployment({ name: parent })).deployment?.change).toMatchObject({ actor: name });
      expect(await shares(parent)).toEqual([5_000, 5_000]);
      const nothing = await decide(name, Verdict.CONTINUE, { reason: "too early" });
      expect(nothing.decision).toMatchObject({ reason: "too early", actor: "local" });
      expect(nothing.rollout).toMatchObject({ etag: "2", decisionCount: 2n });
      const last = await decide(name, Verdict.PROMOTE);
      expect(last.rollout).toMatchObject({ state: RolloutState.PROMOTED, step: 2, etag: "3", decisionCount: 3n });
      expect(await shares(parent)).toEqual([undefined, WHOLE]);
      expect((await deployments.getDeployment({ name: parent })).deployment?.rollout).toBeUndefined();

      const { decisions } = await rollouts.listDecisions({ parent: name });
      expect(decisions.map((it) => Number(it.sequence))).toEqual([3, 2, 1]);
      const effective = await rollouts.listDecisions({ parent: name, effectiveOnly: true });
      expect(effective.decisions.map((it) => Number(it.sequence))).toEqual([3, 1]);
      const { decision } = await rollouts.getDecision({ name: `${name}/decisions/2` });
      expect(decision).toEqual(nothing.decision);
      expect(await failureOf(rollouts.getDecision({ name: `${name}/decisions/9` }))).toMatchObject({
        reason: "NOT_FOUND",
      });
      expect(await failureOf(rollouts.abortRollout({ name }))).toMatchObject({ reason: "ROLLOUT_ENDED" });

      const back = await deployments.rollBackDeployment({ name: parent });
      expect(back.deployment).toMatchObject({ strategy: Strategy.RECREATE });
      expect(await shares(parent)).toEqual([WHOLE, undefined]);
      const { states } = await deployments.listDeploymentChanges({ name: parent });
      expect(states[0]?.restoresRevision).toBe(1n);
      expect(await failureOf(deployments.rollBackDeployment({ name: parent }))).toMatchObject({
        reason: "NO_EARLIER_STATE",
      });
      await expect
        .poll(() => registry.recorded.filter((it) => it.execution.resource === name).length, PATIENCE)
        .toBe(3);
    });

    test("an abort leaves exactly the shares of before, whoever asks for it", async () => {
      const { rollouts, deployments } = registry;
      const parent = await deploy();
      const before = (await deployments.getDeployment({ name: parent })).deployment;
      const byEvidence = await start(parent);
      await decide(byEvidence.name, Verdict.PROMOTE);
      const { rollout } = await decide(byEvidence.name, Verdict.ABORT);
      expect(rollout).toMatchObject({ state: RolloutState.ABORTED, trafficBefore: before?.traffic ?? [] });
      const after = (await deployments.getDeployment({ name: parent })).deployment;
      expect(after).toMatchObject({ traffic: before?.traffic, strategy: before?.strategy, etag: "4" });

      const byHand = await start(parent);
      expect(byHand.name).toBe(`${parent}/rollouts/2`);
      await rollouts.pauseRollout({ name: byHand.name });
      await rollouts.abortRollout({ name: byHand.name, reason: "no" });
      expect((await deployments.getDeployment({ name: parent })).deployment?.traffic).toEqual(before?.traffic);
      const listed = await rollouts.listRollouts({ parent });
      expect(listed.rollouts.map((it) => it.name)).toEqual([byHand.name, byEvidence.name]);
      const all = await rollouts.listRollouts({ parent: "projects/p/deployments/-", pageSize: 2 });
      expect(all.rollouts.map((it) => it.name)).toContain(byHand.name);
    });

    test("a step waits for its time by the clock, for its observations, and for approval", async () => {
      const { rollouts } = registry;
      const parent = await deploy();
      const steps = [
        { weightBasisPoints: 100, leastDuration: durationFromMs(60_000), leastObservations: 10n },
        { weightBasisPoints: 200, needsApproval: true },
      ];
      const squaredError = { case: "expression", value: "(score - actual) * (score - actual)" } as const;
      const latency = { case: "latencyMs", value: {} } as const;
      const analyses = [
        { name: "loss", source: squaredError, minEffect: 0.1, lowerIsBetter: true, labelDelay: durationFromMs(1_000) },
        { name: "slow", source: latency, minEffect: 5, lowerIsBetter: true, role: AnalysisRole.GUARDRAIL },
      ] as const;
      const { name } = await start(parent, { steps, analyses: [...analyses] });
      const evidence = (observations: bigint) => ({
        evidence: [
          { analysis: "loss", candidateCount: observations, differenceLow: -Infinity, candidateMean: Number.NaN },
          { analysis: "slow", candidateCount: 1n },
        ],
      });
      expect((await decide(name, Verdict.PROMOTE, evidence(10n))).decision).toMatchObject({
        verdict: Verdict.PROMOTE,
        applied: Verdict.CONTINUE,
        note: "the step goes on for at least 60000 ms",
      });
      shared.clock.timeMs += 60_000;
      const few = await decide(name, Verdict.PROMOTE, evidence(9n));
      expect(few.decision).toMatchObject({
        applied: Verdict.CONTINUE,
        note: "the step needs 10 observations, and has 9",
      });
      expect(few.decision?.evidence[0]).toMatchObject({ differenceLow: -Infinity, candidateMean: Number.NaN });
      expect((await decide(name, Verdict.PROMOTE, evidence(10n))).rollout).toMatchObject({ step: 1 });

      const waiting = await decide(name, Verdict.PROMOTE, evidence(11n));
      expect(waiting.rollout).toMatchObject({ state: RolloutState.WAITING_APPROVAL, step: 1 });
      expect(await failureOf(rollouts.approveRolloutStep({ name, step: 0 }))).toMatchObject({ reason: "STEP_MOVED" });
      const { rollout } = await rollouts.approveRolloutStep({ name, step: 1, reason: "looks good" });
      expect(rollout).toMatchObject({ state: RolloutState.PROMOTED });
      const missing = decide(name, Verdict.ABORT, { evidence: [{ analysis: "loss" }, { analysis: "other" }] });
      expect(await failureOf(missing)).toEqual({
        reason: "EVIDENCE_INVALID",
        paths: ["evidence[1].analysis", "evidence"],
      });
      const early = await rollouts.getRollout({ name, asOf: fromMs(shared.clock.timeMs - 1) });
      expect(early.rollout).toMatchObject({ step: 0, etag: "1" });
      const changes = await rollouts.listRolloutChanges({ name });
      expect(changes.states.map((it) => Number(it.etag))).toEqual([4, 3, 2, 1]);
    });

    test("what is inconclusive waits for a person, and stays open once it was resumed", async () => {
      const { rollouts } = registry;
      const { name } = await start(await deploy());
      expect((await decide(name, Verdict.INCONCLUSIVE)).rollout?.state).toBe(RolloutState.INCONCLUSIVE);
      expect(await failureOf(rollouts.pauseRollout({ name }))).toMatchObject({ reason: "ROLLOUT_STATE" });
      const { rollout } = await rollouts.resumeRollout({ name });
      expect(rollout).toMatchObject({ state: RolloutState.RUNNING, isOpenEnded: true });
      const again = await decide(name, Verdict.INCONCLUSIVE);
      expect(again.decision).toMatchObject({ applied: Verdict.CONTINUE });
      expect((await rollouts.promoteRollout({ name })).rollout?.state).toBe(RolloutState.PROMOTED);
    });

    test("setting the traffic, a rollback and a fast track end a rollout in the same change", async () => {
      const { rollouts, deployments } = registry;
      const parent = await deploy();
      const overtaken = [
        () => deployments.setTraffic({ name: parent, traffic: [{ release: at(0), weightBasisPoints: WHOLE }] }),
        () => deployments.rollBackDeployment({ name: parent, reason: "alarm" }),
        () => rollouts.fastTrackDeployment({ name: parent, release: at(0), reason: "known to work" }),
      ];
      for (const overtake of overtaken) {
        const { name } = await start(parent);
        await decide(name, Verdict.PROMOTE);
        const { deployment } = await overtake();
        expect(deployment?.rollout).toBeUndefined();
        expect((await shares(parent))[0]).toBe(WHOLE);
        const { rollout } = await rollouts.getRollout({ name });
        expect(rollout).toMatchObject({ state: RolloutState.SUPERSEDED, change: { time: deployment?.change?.time } });
        const late = registry.rollouts.recordDecision({ name, sequence: 2n, etag: "2", verdict: Verdict.PROMOTE });
        expect(await failureOf(late)).toMatchObject({ reason: "REVISION_CONFLICT" });
      }
      const never = rollouts.fastTrackDeployment({ name: parent, release: at(2) });
      expect(await failureOf(never)).toMatchObject({ reason: "RELEASE_NEVER_SERVED" });
    });

    test("a candidate that served before is promoted at once where the plan says so, and so is one of RECREATE", async () => {
      const parent = await deploy();
      const plan = { steps: [{ weightBasisPoints: 10 }], fastTrackRevisions: 5 };
      const first = await start(parent, plan);
      expect(first.state).toBe(RolloutState.RUNNING);
      await registry.rollouts.promoteRollout({ name: first.name });
      await registry.deployments.rollBackDeployment({ name: parent });
      expect(await start(parent, plan)).toMatchObject({ state: RolloutState.PROMOTED, step: 1 });
      expect(await shares(parent)).toEqual([undefined, WHOLE]);
      const other = await deploy();
      expect(await start(other, {}, Strategy.RECREATE)).toMatchObject({ state: RolloutState.PROMOTED });
    });

    test("blue-green and shadow load the candidate without a share, and a bandit moves shares above its floors", async () => {
      const { rollouts } = registry;
      const [green, shadow, bandit] = await Promise.all([deploy(), deploy(), deploy()]);
      const { name } = await start(green, {}, Strategy.BLUE_GREEN);
      expect(await shares(green)).toEqual([WHOLE, 0]);
      await rollouts.promoteRollout({ name });
      expect(await shares(green)).toEqual([0, WHOLE]);
      const mirrored = await start(shadow, {}, Strategy.SHADOW);
      expect(mirrored.plan).toMatchObject({ mirrorBasisPoints: WHOLE });
      expect(await shares(shadow)).toEqual([WHOLE, 0]);

      const arms = [at(0), at(1)].map((release) => ({ release, floorBasisPoints: 300 }));
      const moving = await start(bandit, { bandit: { arms } }, Strategy.BANDIT);
      expect(await shares(bandit)).toEqual([9_700, 300]);
      const to = (candidate: number) => ({
        armShares: [
          { release: at(0), weightBasisPoints: WHOLE - candidate },
          { release: at(1), weightBasisPoints: candidate },
        ],
      });
      const early = await decide(moving.name, Verdict.CONTINUE, to(4_000));
      expect(early.decision).toMatchObject({
        applied: Verdict.CONTINUE,
        note: "the shares stay for at least 60000 ms",
      });
      shared.clock.timeMs += 60_000;
      await decide(moving.name, Verdict.CONTINUE, to(4_000));
      expect(await shares(bandit)).toEqual([6_000, 4_000]);
      expect(await failureOf(decide(moving.name, Verdict.CONTINUE, to(9_900)))).toEqual({
        reason: "EVIDENCE_INVALID",
        paths: ["arm_shares"],
      });
    });

    test("a second rollout, a split deployment and a plan that cannot be carried out are refused, with every problem", async () => {
      const { deployments, rollouts } = registry;
      const parent = await deploy();
      await start(parent);
      expect(await failureOf(start(parent))).toMatchObject({ reason: "ROLLOUT_RUNNING" });
      const split = await deploy();
      const traffic = [0, 1].map((it) => ({ release: at(it), weightBasisPoints: 5_000 }));
      await deployments.setTraffic({ name: split, traffic });
      expect(await failureOf(start(split))).toMatchObject({ reason: "DEPLOYMENT_SPLIT" });
      const source = { case: "error", value: {} } as const;
      const impossible: Plan = {
        steps: [{ weightBasisPoints: 500 }, { weightBasisPoints: 400, leastObservations: 1n }, {}],
        analyses: [
          { name: "errors", source, minEffect: 1, lowerIsBetter: true, role: AnalysisRole.GUARDRAIL },
          { name: "errors", source, minEffect: 0.1, lowerIsBetter: true, role: AnalysisRole.GUARDRAIL },
        ],
        mirrorBasisPoints: 5,
        bandit: { arms: [{ release: at(0) }, { release: at(1) }] },
      };
      expect(await failureOf(start(await deploy(), impossible))).toEqual({
        reason: "ROLLOUT_INVALID",
        paths: [
          "rollout.plan.steps[1].weight_basis_points",
          "rollout.plan.steps[2].weight_basis_points",
          "rollout.plan.analyses[0].min_effect",
          "rollout.plan.analyses[1].name",
          "rollout.plan.bandit",
          "rollout.plan.mirror_basis_points",
        ],
      });
      const arms = [at(1), at(1)].map((release) => ({ release, floorBasisPoints: 6_000 }));
      const bandit = { policy: BanditPolicy.EPSILON_GREEDY, reward: "actual + surprise", arms };
      expect(await failureOf(start(await deploy(), { bandit }, Strategy.BANDIT))).toEqual({
        reason: "ROLLOUT_INVALID",
        paths: [
          "rollout.plan.bandit.arms[1].release",
          "rollout.plan.bandit.arms",
          "rollout.plan.bandit.arms",
          "rollout.plan.bandit.epsilon",
          "rollout.plan.bandit.reward",
        ],
      });
      const same = rollouts.createRollout({ parent: await deploy(), rollout: { candidate: at(0) } });
      expect(await failureOf(same)).toEqual({ reason: "ROLLOUT_INVALID", paths: ["rollout.candidate"] });
      const unknown = { candidate: "projects/p/releases/none", strategy: Strategy.CANARY };
      const missing = rollouts.createRollout({ parent: await deploy(), rollout: unknown });
      expect(await failureOf(missing)).toEqual({ reason: "RELEASE_UNKNOWN", paths: ["rollout.candidate"] });
    });

    test("decisions are dense, one content each, and a repetition is answered as the first time", async () => {
      const { rollouts } = registry;
      const { name } = await start(await deploy());
      const first = { name, sequence: 1n, etag: "1", verdict: Verdict.PROMOTE, seed: "7" };
      const recorded = await rollouts.recordDecision(first);
      expect((await rollouts.recordDecision(first)).decision).toEqual(recorded.decision);
      expect((await rollouts.getRollout({ name })).rollout).toMatchObject({ etag: "2", decisionCount: 1n });
      const other = rollouts.recordDecision({ ...first, seed: "8" });
      expect(await failureOf(other)).toMatchObject({ reason: "DECISION_TAKEN" });
      const ahead = rollouts.recordDecision({ ...first, sequence: 3n, etag: "2" });
      expect(await failureOf(ahead)).toMatchObject({ reason: "DECISION_SEQUENCE" });
      const stale = rollouts.recordDecision({ ...first, sequence: 2n });
      expect(await failureOf(stale)).toMatchObject({ reason: "REVISION_CONFLICT" });
    });

    test("of fifty changes of one revision one wins, from two processes, and nothing is half done", async () => {
      const replica = await openRegistry(shared, { watch: { pollMs: 5 } });
      const parent = await deploy();
      const { name } = await start(parent);
      const attempts = Array.from({ length: 50 }, (_, i) => {
        const { rollouts } = i % 2 === 0 ? registry : replica;
        const asked = { name, etag: "1", reason: `try ${i}` };
        if (i % 5 === 0) return rollouts.pauseRollout(asked);
        if (i % 5 === 1) return rollouts.abortRollout(asked);
        if (i % 5 === 2) return rollouts.promoteRollout(asked);
        return rollouts.recordDecision({ ...asked, sequence: 1n, verdict: Verdict.PROMOTE });
      });
      const settled = await Promise.allSettled(attempts);
      const lost = settled.flatMap((it) => (it.status === "rejected" ? [failureOf(Promise.reject(it.reason))] : []));
      expect(lost.length).toBe(49);
      for (const { reason } of await Promise.all(lost))
        expect(["REVISION_CONFLICT", "DECISION_TAKEN"]).toContain(reason);
      const { rollout } = await registry.rollouts.getRollout({ name });
      const { deployment } = await registry.deployments.getDeployment({ name: parent });
      expect(rollout?.etag).toBe("2");
      expect(deployment).toMatchObject({ etag: "3", change: { reason: rollout?.change?.reason } });
    });

    test("of twenty who begin a rollout at the same time one does, and who begins it again with the same request id has begun it", async () => {
      const parent = await deploy();
      const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => start(parent)));
      expect(attempts.filter((it) => it.status === "fulfilled").length).toBe(1);
      expect((await registry.rollouts.listRollouts({ parent })).rollouts.length).toBe(1);
      const request = { parent: await deploy(), rollout: { candidate: at(1) }, requestId: "once" };
      const [first, again] = [
        await registry.rollouts.createRollout(request),
        await registry.rollouts.createRollout(request),
      ];
      expect(again).toEqual(first);
    });

    test("a stream tells what is under way, and then each rollout that changes, of every process", async () => {
      const replica = await openRegistry(shared, { watch: { pollMs: 5 } });
      const parent = await deploy();
      const { name } = await start(parent);
      const stop = new AbortController();
      const messages: WatchRolloutsResponse[] = [];
      const states = () =>
        messages.flatMap((it) => it.rollouts.filter((one) => one.name === name)).map((it) => it.state);
      const reading = (async () => {
        for await (const it of replica.rollouts.watchRollouts({ parent: "projects/p" }, { signal: stop.signal })) {
          messages.push(it);
          if (states().at(-1) === RolloutState.ABORTED) return;
        }
      })();
      await expect.poll(states, PATIENCE).toEqual([RolloutState.RUNNING]);
      await registry.rollouts.pauseRollout({ name });
      await expect.poll(() => states().at(-1), PATIENCE).toBe(RolloutState.PAUSED);
      await registry.rollouts.abortRollout({ name });
      await reading;
      stop.abort();
      expect(states()).toEqual([RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.ABORTED]);
    });
  });
}
