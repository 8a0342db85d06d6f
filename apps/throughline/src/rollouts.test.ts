import { execFile } from "node:child_process";
import { join } from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { type Rollout, RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { expect, test } from "vitest";
import { deploy, values } from "./testing-shop.ts";
import { shopPlatform } from "./testing-shop-platform.ts";

const PATIENCE = { timeout: 180_000, interval: 20 };
const TIMEOUT_MS = 600_000;

const { platform, releases } = await shopPlatform();

/** What a call over REST answers. */
async function rest(method: "GET" | "POST", path: string, body?: object): Promise<Record<string, never>> {
  const init = { method, ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) };
  const answer = await fetch(`${platform.httpUrl}/v1/${path}`, init);
  const read = (await answer.json()) as Record<string, never>;
  expect(answer.status, JSON.stringify(read)).toBe(200);
  return read;
}

test(
  "a canary over REST: routers follow each step, and an abort gives everything back",
  async () => {
    const { connection } = platform;
    const { inference, rollouts } = connection;
    const name = await deploy(connection, "canary", releases.answers_a);
    const begun = await rest("POST", `${name}/rollouts`, {
      rollout: {
        candidate: releases.answers_b.name,
        strategy: "STRATEGY_CANARY",
        plan: { steps: [{ weightBasisPoints: 5_000 }, { weightBasisPoints: 10_000 }] },
      },
      reason: "a better model",
    });
    const rollout = `${name}/rollouts/1`;
    expect(begun["rollout"]).toMatchObject({ name: rollout, state: "ROLLOUT_STATE_RUNNING" });
    /** The scores that come with equal chances: 0.25 of the one release, 0.75 of the other. */
    const scores = async (): Promise<readonly number[]> => {
      const asked = Array.from({ length: 40 }, () =>
        inference.predict({ deployment: name, entity: values({ shop: "shop-1", hour: 9 }) }),
      );
      return [...new Set((await Promise.all(asked)).map((it) => it.score))].sort();
    };
    await expect.poll(scores, PATIENCE).toEqual([0.25, 0.75]);
    await rollouts.recordDecision({ name: rollout, sequence: 1n, etag: "1", verdict: Verdict.PROMOTE });
    await expect.poll(scores, PATIENCE).toEqual([0.75]);
    await rest("POST", `${rollout}:pause`, { reason: "let me look" });
    const aborted = await rest("POST", `${rollout}:abort`, { etag: "3", reason: "it is no good" });
    expect(aborted["rollout"]).toMatchObject({ state: "ROLLOUT_STATE_ABORTED", decisionCount: "1" });
    await expect.poll(scores, PATIENCE).toEqual([0.25]);

    const listed = await rest("GET", `${name}/rollouts`);
    expect(listed["rollouts"]).toMatchObject([{ name: rollout }]);
    expect((await rest("GET", `${rollout}/decisions`))["decisions"]).toMatchObject([{ verdict: "VERDICT_PROMOTE" }]);
    expect((await rest("GET", `${rollout}/decisions/1`))["decision"]).toMatchObject({ sequence: "1" });
    const changes = await rest("GET", `${rollout}/changes`);
    expect(changes["states"]).toHaveLength(4);
    const back = await rest("POST", `${name}:fastTrack`, { release: releases.answers_b.name, reason: "known" });
    expect(back["deployment"]).toMatchObject({ strategy: "STRATEGY_RECREATE" });
    await expect.poll(scores, PATIENCE).toEqual([0.75]);
  },
  TIMEOUT_MS,
);

test(
  "a shadow answers copies of what is asked, and the command shows the rollout",
  async () => {
    const { connection, grpcTarget } = platform;
    const { inference, rollouts } = connection;
    const name = await deploy(connection, "shadow", releases.answers_a);
    await rest("POST", `${name}/rollouts`, {
      rollout: { candidate: releases.answers_b.name, strategy: "STRATEGY_SHADOW" },
    });
    const mirrored = async (): Promise<number> => {
      const { score } = await inference.predict({ deployment: name, entity: values({ shop: "shop-1", hour: 9 }) });
      expect(score).toBe(0.25);
      const { mirror } = await inference.getDeploymentMetrics({ deployment: name });
      return Number(mirror?.answeredCount ?? 0n);
    };
    await expect.poll(mirrored, PATIENCE).toBeGreaterThan(3);
    const { releases: counted } = await inference.getDeploymentMetrics({ deployment: name });
    expect(counted.map((it) => it.release)).toEqual([releases.answers_a.name]);

    const bin = join(import.meta.dirname, "../bin/throughline.mjs");
    const shown = await new Promise<string>((resolve) => {
      const args = [bin, "list", "rollouts", "--parent", name, "--grpc", grpcTarget, "--json"];
      execFile(process.execPath, args, (_, out, errors) => resolve(out || errors));
    });
    expect(JSON.parse(shown)).toMatchObject([{ name: `${name}/rollouts/1`, strategy: "STRATEGY_SHADOW" }]);
    const { rollout } = await rollouts.promoteRollout({ name: `${name}/rollouts/1`, reason: "it agrees" });
    expect(rollout?.state).toBe(RolloutState.PROMOTED);
    expect(platform.bugs).toEqual([]);
  },
  TIMEOUT_MS,
);

test("evidence alone aborts a candidate that is worse and promotes one that is better, paired where it is a shadow", async () => {
  const { connection } = platform;
  const { inference, rollouts, deployments } = connection;
  const loss = {
    name: "loss",
    source: { case: "expression" as const, value: "(score - actual) * (score - actual)" },
    bounds: { least: 0, most: 1 },
    lowerIsBetter: true,
    minEffect: 0.1,
    labelDelay: durationFromMs(50),
  };
  /** Asks and tells what really happened, until the rollout is over. */
  const decided = async (deployment: string, rollout: string, actual: number): Promise<Rollout> => {
    for (;;) {
      const asked = Array.from({ length: 20 }, () =>
        inference.predict({ deployment, entity: values({ shop: "shop-1", hour: 9 }) }),
      );
      const feedback = (await Promise.all(asked)).map(({ prediction }) => ({ prediction, actual }));
      await inference.sendFeedback({ deployment, feedback });
      const now = (await rollouts.getRollout({ name: rollout })).rollout;
      if (now && now.state >= RolloutState.PROMOTED) return now;
    }
  };
  // 0.25 is the answer of what serves and 0.75 that of the candidate.
  for (const [id, strategy, actual, state] of [
    ["worse", Strategy.CANARY, 0, RolloutState.ABORTED],
    ["better", Strategy.AB, 1, RolloutState.PROMOTED],
    ["worse-shadow", Strategy.SHADOW, 0, RolloutState.ABORTED],
  ] as const) {
    const deployment = await deploy(connection, id, releases.answers_a);
    const candidate = releases.answers_b.name;
    const rollout = { candidate, strategy, plan: { analyses: [loss] } };
    const begun = (await rollouts.createRollout({ parent: deployment, rollout })).rollout?.name ?? "";
    expect((await decided(deployment, begun, actual)).state).toBe(state);
    const serving = (await deployments.getDeployment({ name: deployment })).deployment?.traffic;
    const expected = state === RolloutState.PROMOTED ? candidate : releases.answers_a.name;
    expect(serving).toMatchObject([{ release: expected, weightBasisPoints: 10_000 }]);
    const [last] = (await rollouts.listDecisions({ parent: begun, effectiveOnly: true })).decisions;
    const [evidence] = last?.evidence ?? [];
    if (state === RolloutState.ABORTED) expect(evidence?.differenceLow).toBeGreaterThan(0);
    else expect(evidence?.differenceHigh).toBeLessThan(0.1);
    expect(await rest("GET", `${last?.name}:replay`)).toMatchObject({ equal: true });
  }
});
