import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { BanditPolicy } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { everyDatabase } from "@throughline/testing";
import { expect, test } from "vitest";
import { failureOf, makeRelease, openRegistry, registerFixture, surroundings } from "../registry-in-process.ts";

for (const database of everyDatabase()) {
  test(`a bandit with a context keeps what was learnt of its arms, and tells it with the deployment, on ${database.name}`, async () => {
    const shared = await surroundings(await database.empty());
    const registry = await openRegistry(shared);
    const { deployments, rollouts } = registry;
    const version = await registerFixture(registry, "late", "line");
    const [baseline = "", candidate = ""] = await Promise.all(
      [0.1, 0.2].map((it) => makeRelease(registry, version, it)),
    );
    const both = [baseline, candidate];
    const traffic = [{ release: baseline, weightBasisPoints: 10_000 }];
    const parent = (
      await deployments.createDeployment({ parent: "projects/p", deploymentId: "d", deployment: { traffic } })
    ).deployment?.name as string;
    const arms = both.map((release) => ({ release, floorBasisPoints: 300 }));
    const bandit = { policy: BanditPolicy.LINEAR_THOMPSON, arms, contextFields: ["hour"] };
    const created = await rollouts.createRollout({
      parent,
      rollout: { candidate, strategy: Strategy.BANDIT, plan: { bandit } },
    });
    const name = created.rollout?.name ?? expect.unreachable();
    shared.clock.timeMs += 60_000;
    const armShares = both.map((release) => ({ release, weightBasisPoints: 5_000 }));
    const sums = Array.from({ length: 6 }, (_, i) => ({ terms: [i + 0.1, 1e-18] }));
    const armRewards = both.map((release) => ({ release, sums }));
    const decide = (learnt: typeof armRewards) =>
      rollouts.recordDecision({
        name,
        sequence: 1n,
        etag: "1",
        verdict: Verdict.CONTINUE,
        armShares,
        armRewards: learnt,
      });
    const short = armRewards.map((it) => ({ ...it, sums: it.sums.slice(1) }));
    for (const wrong of [[], armRewards.slice(1), short])
      expect(await failureOf(decide(wrong))).toEqual({ reason: "EVIDENCE_INVALID", paths: ["arm_rewards"] });
    const { decision, rollout } = await decide(armRewards);
    expect(decision).toMatchObject({ applied: Verdict.CONTINUE, armRewards });
    expect(rollout).toMatchObject({ armShares, armRewards });
    const { deployment } = await deployments.getDeployment({ name: parent });
    expect(deployment?.rollout).toMatchObject({ armRewards, plan: { bandit: { contextFields: ["hour"] } } });
    await rollouts.abortRollout({ name });
    expect((await deployments.getDeployment({ name: parent })).deployment?.rollout).toBeUndefined();
  });
}
