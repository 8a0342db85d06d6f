import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { expect, test } from "vitest";
import { deploy, values } from "./testing-shop.ts";
import { shopPlatform } from "./testing-shop-platform.ts";

const PATIENCE = { timeout: 180_000, interval: 100 };
const TIMEOUT_MS = 600_000;

const { platform, releases } = await shopPlatform();

/** Begins a rollout judged by squared errors, which are 0.0625 of the release that answers 0.25, and 0.5625 of the other. */
async function begin(deployment: string, candidate: Release, strategy = Strategy.CANARY): Promise<string> {
  const squaredError = "(score - actual) * (score - actual)";
  const { rollout } = await platform.connection.rollouts.createRollout({
    parent: deployment,
    rollout: {
      candidate: candidate.name,
      strategy,
      plan: {
        steps: strategy === Strategy.CANARY ? [{ weightBasisPoints: 5_000 }] : [],
        analyses: [
          {
            name: "loss",
            role: AnalysisRole.OBJECTIVE,
            source: { case: "expression", value: squaredError },
            bounds: { least: 0, most: 1 },
            lowerIsBetter: true,
            minEffect: 0.2,
            labelDelay: { seconds: 1n },
          },
          {
            name: "errors",
            role: AnalysisRole.GUARDRAIL,
            source: { case: "error", value: {} },
            lowerIsBetter: true,
            minEffect: 0.2,
          },
        ],
      },
    },
    reason: "see whether it is better",
  });
  return rollout?.name ?? expect.unreachable();
}

/** Asks for predictions that really were 0, and says so, until the rollout is in a state. */
async function serveUntil(deployment: string, rollout: string, state: RolloutState): Promise<void> {
  const { inference, rollouts } = platform.connection;
  const oneMore = async () => {
    const asked = Array.from({ length: 50 }, () =>
      inference.predict({ deployment, entity: values({ shop: "shop-1", hour: 9 }) }),
    );
    const feedback = (await Promise.all(asked)).map(({ prediction }) => ({ prediction, actual: 0 }));
    await inference.sendFeedback({ deployment, feedback });
    return (await rollouts.getRollout({ name: rollout })).rollout?.state;
  };
  await expect.poll(oneMore, PATIENCE).toBe(state);
}

/** What all decisions of a rollout come to when they are replayed. */
async function replays(rollout: string) {
  const { decisions } = await platform.connection.rollouts.listDecisions({ parent: rollout });
  const found = await Promise.all(
    decisions.map(({ name }) => platform.connection.inference.replayDecision({ decision: name })),
  );
  return { decisions, differences: found.flatMap((it) => it.differences) };
}

test(
  "a canary that is worse is aborted by its outcomes, and each decision comes out of the log again",
  async () => {
    const { connection, httpUrl, bugs } = platform;
    const deployment = await deploy(connection, "worse", releases.answers_a);
    const rollout = await begin(deployment, releases.answers_b);
    await serveUntil(deployment, rollout, RolloutState.ABORTED);

    const { deployment: after } = await connection.deployments.getDeployment({ name: deployment });
    expect(after?.traffic.filter((it) => it.weightBasisPoints > 0)).toMatchObject([
      { release: releases.answers_a.name, weightBasisPoints: 10_000 },
    ]);
    const { decisions, differences } = await replays(rollout);
    expect(differences).toEqual([]);
    const [last] = decisions;
    expect(last).toMatchObject({ verdict: Verdict.ABORT, applied: Verdict.ABORT });
    const loss = last?.evidence.find((it) => it.analysis === "loss");
    expect(loss).toMatchObject({ method: "betting", candidateMean: 0.5625, baselineMean: 0.0625, alpha: 0.025 });
    expect(loss?.differenceLow).toBeGreaterThan(0);
    expect(loss?.differenceHigh).toBeGreaterThan(0.5);
    const answer = await fetch(`${httpUrl}/v1/${last?.name}:replay`);
    expect(await answer.json()).toMatchObject({ equal: true, verdict: "ABORT" });
    expect(bugs).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a canary that is no worse is promoted by its outcomes",
  async () => {
    const deployment = await deploy(platform.connection, "better", releases.answers_b);
    const rollout = await begin(deployment, releases.answers_a);
    await serveUntil(deployment, rollout, RolloutState.PROMOTED);
    expect((await replays(rollout)).differences).toEqual([]);
    expect(platform.bugs).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a shadow that is no worse is promoted by pairs of answers",
  async () => {
    const deployment = await deploy(platform.connection, "shadowed", releases.answers_b);
    const rollout = await begin(deployment, releases.answers_a, Strategy.SHADOW);
    await serveUntil(deployment, rollout, RolloutState.PROMOTED);
    const { decisions, differences } = await replays(rollout);
    expect(differences).toEqual([]);
    const loss = decisions[0]?.evidence.find((it) => it.analysis === "loss");
    expect(loss).toMatchObject({ method: "paired-betting", candidateMean: 0.0625, baselineMean: 0.5625 });
    expect(platform.bugs).toEqual([]);
  },
  TIMEOUT_MS,
);
