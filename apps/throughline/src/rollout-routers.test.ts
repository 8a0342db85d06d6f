import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, connect } from "@throughline/client";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { type RolloutDecision, RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole, BanditPolicy } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mainOf, SPLIT_CHILD } from "./locations.ts";
import { freePorts } from "./ports.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import {
  applyFeatures,
  createShop,
  deploy,
  type FixtureModel,
  makeRelease,
  pushSales,
  registerModel,
  values,
} from "./testing-shop.ts";

const PATIENCE = { timeout: 90_000, interval: 100 };
const TIMEOUT_MS = 180_000;

let platform: PlatformForTests;
/** Two routers in processes of their own, each with a log and a store of its own, beside that of the platform. */
const processes: ChildProcess[] = [];
const routers: Connection[] = [];
const releases: Partial<Record<FixtureModel, Release>> = {};
beforeAll(async () => {
  platform = await platformForTests();
  const { connection } = platform;
  await createShop(connection);
  await pushSales(connection, [{ shop: "shop-1", amount: 3n, timeS: 1_750_000_000n }]);
  const service = await applyFeatures(connection, 1n);
  for (const fixture of ["answers_a", "answers_b"] as const) {
    const version = await registerModel(connection, { id: fixture.replace("_", "-"), fixture });
    releases[fixture] = await makeRelease(connection, { version, fixture, service });
  }
  for (const [i, port] of (await freePorts(2)).entries()) {
    const dataDir = join(platform.dir, `router-${i}`);
    await mkdir(dataDir);
    const url = `http://${platform.grpcTarget}`;
    const env = {
      ...{ THROUGHLINE_REGISTRY: url, THROUGHLINE_FEATURE_STORE: url, THROUGHLINE_TRACKING: url },
      ...{ THROUGHLINE_GRPC: `127.0.0.1:${port}`, THROUGHLINE_ADMIN: "127.0.0.1:0" },
      THROUGHLINE_STORE: `sqlite://${join(dataDir, "metadata.db")}`,
      THROUGHLINE_BLOBS: `file://${join(platform.dir, "blobs")}`,
      THROUGHLINE_DATA: dataDir,
      THROUGHLINE_PAGE_SECRET: "00".repeat(32),
    };
    const program = mainOf("inference-router");
    processes.push(spawn(process.execPath, [SPLIT_CHILD, program], { env, stdio: ["pipe", "ignore", "inherit"] }));
    routers.push(connect({ baseUrl: `http://127.0.0.1:${port}`, actor: "tester" }));
  }
}, TIMEOUT_MS);
afterAll(async () => {
  for (const it of processes) {
    it.kill("SIGKILL");
    if (it.exitCode === null && it.signalCode === null) await new Promise((resolve) => it.once("exit", resolve));
  }
  await platform?.stop();
}, TIMEOUT_MS);

const release = (fixture: FixtureModel): Release => releases[fixture] ?? expect.unreachable();

/** Squared errors where 0 happens: 0.0625 of the release that answers 0.25, and 0.5625 of the other. */
const LOSS = {
  name: "loss",
  role: AnalysisRole.OBJECTIVE,
  source: { case: "expression", value: "(score - actual) * (score - actual)" },
  ...{ bounds: { least: 0, most: 1 }, lowerIsBetter: true, minEffect: 0.2, labelDelay: { seconds: 1n } },
} as const;

/** Some questions to a router, which are told to have been 0 and to be worth what they are. */
async function ask({ inference }: Connection, deployment: string, rewardOf: (score: number) => number = () => 0) {
  const asked = Array.from({ length: 25 }, () =>
    inference.predict({ deployment, entity: values({ shop: "shop-1", hour: 9 }) }),
  );
  const answers = await Promise.all(asked);
  const feedback = answers.map(({ prediction, score }) => ({ prediction, actual: 0, reward: rewardOf(score) }));
  await inference.sendFeedback({ deployment, feedback });
}

/** Asks both routers until there is a decision that is wanted. */
async function decisionOf(
  rollout: string,
  isWanted: (decision: RolloutDecision) => boolean,
  asking: () => Promise<unknown>,
): Promise<RolloutDecision> {
  let found: RolloutDecision | undefined;
  const look = async () => {
    await asking();
    const { decisions } = await platform.connection.rollouts.listDecisions({ parent: rollout });
    found = decisions.find(isWanted);
    return found !== undefined;
  };
  await expect.poll(look, PATIENCE).toBe(true);
  return found ?? expect.unreachable();
}

const served = (deployment: string) => Promise.all(routers.map((it) => ask(it, deployment)));

/** Resolves when both routers answer for a deployment. */
const bothServe = (deployment: string) =>
  expect
    .poll(
      () =>
        served(deployment).then(
          () => true,
          () => false,
        ),
      PATIENCE,
    )
    .toBe(true);

test(
  "one decision is drawn from what two routers saw, and each of them finds its own part of it again",
  async () => {
    const { rollouts } = platform.connection;
    const deployment = await deploy(platform.connection, "worse", release("answers_a"));
    await bothServe(deployment);
    const { rollout } = await rollouts.createRollout({
      parent: deployment,
      rollout: {
        ...{ candidate: release("answers_b").name, strategy: Strategy.CANARY },
        plan: { steps: [{ weightBasisPoints: 5_000 }], analyses: [LOSS] },
      },
    });
    const name = rollout?.name ?? expect.unreachable();
    const decision = await decisionOf(
      name,
      (it) => it.applied === Verdict.ABORT,
      () => served(deployment).catch(() => {}),
    );
    expect((await rollouts.getRollout({ name })).rollout?.state).toBe(RolloutState.ABORTED);
    const parts = decision.parts.flatMap(({ router, analyses: [sums] }) => (sums ? [{ router, sums }] : []));
    const counted = parts.filter(({ sums }) => sums.candidate && sums.candidate.count > 0n);
    expect(counted.length).toBe(2);
    const [evidence] = decision.evidence;
    expect(evidence?.candidateCount).toBe(counted.reduce((sum, it) => sum + (it.sums.candidate?.count ?? 0n), 0n));
    expect(evidence).toMatchObject({ candidateMean: 0.5625, baselineMean: 0.0625 });
    expect(evidence?.differenceLow).toBeGreaterThan(0);
    // All count by what one pilot told.
    expect(new Set(counted.map(({ sums }) => sums.tunedBy)).size).toBe(1);
    expect(decision.router).not.toBe("");
    const replays = await Promise.all(routers.map((it) => it.inference.replayDecision({ decision: decision.name })));
    for (const it of replays) expect(it).toMatchObject({ equal: true, verdict: "ABORT", differences: [] });
    expect(replays.flatMap((it) => it.replayedRouters).sort()).toEqual(counted.map((it) => it.router).sort());
  },
  TIMEOUT_MS,
);

test(
  "a bandit moves its shares by the rewards that two routers were told, above floors, and replays alike",
  async () => {
    const { rollouts, deployments } = platform.connection;
    const deployment = await deploy(platform.connection, "arms", release("answers_a"));
    await bothServe(deployment);
    const arms = [release("answers_a"), release("answers_b")].map((it) => ({
      release: it.name,
      floorBasisPoints: 1_500,
    }));
    const { rollout } = await rollouts.createRollout({
      parent: deployment,
      rollout: {
        ...{ candidate: release("answers_b").name, strategy: Strategy.BANDIT },
        plan: {
          bandit: {
            ...{ policy: BanditPolicy.THOMPSON_GAUSSIAN, reward: "reward", arms },
            ...{ labelDelay: { seconds: 1n }, leastInterval: { seconds: 1n } },
          },
        },
      },
    });
    const name = rollout?.name ?? expect.unreachable();
    expect(rollout?.armShares.map((it) => it.weightBasisPoints)).toEqual([8_500, 1_500]);
    // The candidate, which answers 0.75, earns more.
    const earning = (score: number): number => score + Math.random() / 10;
    const decision = await decisionOf(
      name,
      (it) => it.armShares.some((arm) => arm.release === release("answers_b").name && arm.weightBasisPoints > 8_000),
      () => Promise.all(routers.map((it) => ask(it, deployment, earning))),
    );
    expect(decision).toMatchObject({ verdict: Verdict.CONTINUE });
    expect(Math.min(...decision.armShares.map((it) => it.weightBasisPoints))).toBeGreaterThanOrEqual(1_500);
    const [a, b] = decision.parts.filter((it) => it.arms.some((arm) => (arm.sums[0]?.terms[0] ?? 0) > 0));
    expect(a && b).toBeDefined();
    const { deployment: now } = await deployments.getDeployment({ name: deployment });
    const weight = now?.traffic.find((it) => it.release === release("answers_b").name)?.weightBasisPoints;
    expect(weight).toBeGreaterThan(8_000);
    for (const it of routers)
      expect(await it.inference.replayDecision({ decision: decision.name })).toMatchObject({ equal: true });
  },
  TIMEOUT_MS,
);
