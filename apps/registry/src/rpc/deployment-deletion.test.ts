import { ScorecardState } from "@throughline/contracts/throughline/registry/v1/card_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { WatchDeploymentsResponse } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  PATIENCE,
  type RegistryInProcess,
  registryWithReleases,
  type Surroundings,
} from "../registry-in-process.ts";

const parent = "projects/p";

for (const database of everyDatabase()) {
  describe(`deployments that are deleted, on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    let at: (i: number) => string;
    beforeAll(async () => {
      ({ shared, registry, at } = await registryWithReleases(await database.empty()));
    });
    const only = (i: number) => [{ release: at(i), weightBasisPoints: 10_000 }];
    const create = async (deploymentId: string, i = 0): Promise<string> => {
      const request = { parent, deploymentId, deployment: { traffic: only(i), stickyKey: "tailnum" } };
      return (await registry.deployments.createDeployment(request)).deployment?.name ?? "";
    };
    const names = async (more = {}): Promise<readonly string[]> =>
      (await registry.deployments.listDeployments({ parent, ...more })).deployments.map((it) => it.name);

    test("one that is created again has no way back to what it served before it was deleted", async () => {
      const { deployments, cards } = registry;
      const testsOf = async (i: number) => {
        const { scorecard } = await cards.getScorecard({ name: at(i) });
        const tests = scorecard?.sections.flatMap((it) => it.tests).filter((it) => it.evidence === name) ?? [];
        return Object.fromEntries(tests.map((it) => [it.id, { state: ScorecardState[it.state], told: it.sentence }]));
      };
      const name = await create("again", 1);
      await deployments.setTraffic({ name, traffic: only(2) });
      expect((await testsOf(2))["infrastructure-7"]?.state).toBe("PASS");
      for (const i of [2, 3]) {
        await deployments.deleteDeployment({ name, allowServing: true });
        await create("again", i);
        expect((await failureOf(deployments.rollBackDeployment({ name }))).reason).toBe("NO_EARLIER_STATE");
        expect((await testsOf(i))["infrastructure-7"]).toEqual({
          state: "FAIL",
          told: `${name} was created with ${at(i)}: there is nothing that it served before.`,
        });
      }
      // What is logged is told as it is now, and not as it was when the release came.
      expect((await testsOf(3))["infrastructure-5"]?.told).toContain("100 % of the predictions");
      const log = { sampleBasisPoints: 500 };
      await deployments.setTraffic({ name, traffic: only(3), log });
      expect((await testsOf(3))["infrastructure-5"]?.told).toContain("5 % of the predictions");
      await deployments.deleteDeployment({ name, allowServing: true });
    });

    test("nothing of it is there but what was, and one of its name goes on with its revisions", async () => {
      const { deployments } = registry;
      const name = await create("old");
      await deployments.setTraffic({ name, traffic: only(1) });
      const beforeMs = shared.clock.timeMs;
      shared.clock.timeMs += 10;
      const refused = await failureOf(deployments.deleteDeployment({ name }));
      expect(refused).toMatchObject({ reason: "DEPLOYMENT_SERVING" });
      const stale = deployments.deleteDeployment({ name, etag: "1", allowServing: true });
      expect(await failureOf(stale)).toMatchObject({ reason: "REVISION_CONFLICT" });
      const wanted = { name, etag: "2", reason: "nobody asks it", allowServing: true, requestId: "once" };
      await deployments.deleteDeployment(wanted);
      await deployments.deleteDeployment(wanted);

      for (const gone of [
        () => deployments.getDeployment({ name }),
        () => deployments.setTraffic({ name, traffic: only(0) }),
        () => deployments.rollBackDeployment({ name }),
        () => deployments.deleteDeployment({ name, allowServing: true }),
        () => deployments.getDeployment({ name, asOf: fromMs(shared.clock.timeMs) }),
      ])
        expect(await failureOf(gone())).toMatchObject({ reason: "NOT_FOUND" });
      expect(await names()).not.toContain(name);
      expect(await names({ asOf: fromMs(shared.clock.timeMs) })).not.toContain(name);
      expect(await names({ asOf: fromMs(beforeMs) })).toContain(name);
      const then = await deployments.getDeployment({ name, asOf: fromMs(beforeMs) });
      expect(then.deployment).toMatchObject({ traffic: only(1), etag: "2" });
      const { states } = await deployments.listDeploymentChanges({ name });
      expect(states.map((it) => it.deleted)).toEqual([true, false, false]);
      expect(states[0]?.deployment).toMatchObject({ traffic: [], change: { reason: "nobody asks it", revision: 3n } });

      shared.clock.timeMs += 10;
      expect(await create("old")).toBe(name);
      const { deployment } = await deployments.getDeployment({ name });
      expect(deployment).toMatchObject({ traffic: only(0), etag: "4" });
      expect(await failureOf(create("old"))).toMatchObject({ reason: "ALREADY_EXISTS" });
      // What served before it was deleted is reached by name, and not by going back one step.
      expect(await failureOf(deployments.rollBackDeployment({ name }))).toMatchObject({ reason: "NO_EARLIER_STATE" });
      const toDeleted = deployments.rollBackDeployment({ name, toRevision: 3n });
      expect(await failureOf(toDeleted)).toMatchObject({ reason: "NO_EARLIER_STATE" });
      const back = await deployments.rollBackDeployment({ name, toRevision: 2n });
      expect(back.deployment).toMatchObject({ traffic: only(1) });
    });

    test("a rollout that is under way ends with it, and its decisions stay", async () => {
      const { deployments, rollouts } = registry;
      const name = await create("rolling");
      const plan = { steps: [{ weightBasisPoints: 1_000 }] };
      const candidate = at(1);
      const begun = await rollouts.createRollout({
        parent: name,
        rollout: { candidate, strategy: Strategy.CANARY, plan },
      });
      const rollout = begun.rollout?.name ?? expect.unreachable();
      await deployments.deleteDeployment({ name, allowServing: true });
      expect((await rollouts.getRollout({ name: rollout })).rollout?.state).toBe(RolloutState.SUPERSEDED);
      expect(await failureOf(rollouts.promoteRollout({ name: rollout }))).toMatchObject({ reason: "NOT_FOUND" });
    });

    test("a stream names what is deleted, and one that begins later does not know it", async () => {
      const { deployments } = registry;
      const name = await create("streamed");
      const closing = new AbortController();
      const seen: WatchDeploymentsResponse[] = [];
      const reading = (async () => {
        for await (const it of deployments.watchDeployments({ parent }, { signal: closing.signal })) seen.push(it);
      })().catch(() => {});
      await expect.poll(() => seen.some((it) => it.complete), PATIENCE).toBe(true);
      await deployments.deleteDeployment({ name, allowServing: true });
      await expect.poll(() => seen.flatMap((it) => it.removedDeployments), PATIENCE).toEqual([name]);
      await create("streamed");
      const told = () => seen.flatMap((it) => it.deployments).filter((it) => it.name === name).length;
      await expect.poll(told, PATIENCE).toBe(2);
      await deployments.deleteDeployment({ name, allowServing: true });
      closing.abort();
      await reading;
      for await (const it of deployments.watchDeployments({ parent })) {
        expect(it.deployments.map((given) => given.name)).not.toContain(name);
        if (it.complete) break;
      }
    });
  });
}
