import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "@throughline/client";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { RolloutEvidencePart } from "@throughline/contracts/throughline/registry/v1/rollout_evidence_pb";
import { type RolloutDecision, RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole, BanditPolicy } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mainOf, SPLIT_CHILD } from "./locations.ts";
import { freePorts } from "./ports.ts";
import { descendants, startUp, type UpProcess } from "./testing-process.ts";
import { deploy, makeReleases, type Releases, values } from "./testing-shop.ts";

const PATIENCE = { timeout: 180_000, interval: 100 };
const TIMEOUT_MS = 600_000;

let dir: string;
/** Its services, the first router among them, have processes of their own. */
let up: UpProcess;
/** A second router, with a log and a store of its own. */
let second: ChildProcess;
/** Both. What is fed back to the second for predictions of the first goes on to that. */
let routers: readonly [Connection, Connection];
let releases: Releases;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "throughline-routers-"));
  up = await startUp("--split", "--data", join(dir, "data"));
  const { connection } = up;
  releases = await makeReleases(connection);
  const started = await startRouter("second");
  second = started.child;
  routers = [connection, started.connection];
}, TIMEOUT_MS);

/** A router more, with a folder of its own. */
async function startRouter(name: string): Promise<{ child: ChildProcess; connection: Connection }> {
  const [port = 0] = await freePorts(1);
  const url = up.grpcUrl;
  await mkdir(join(dir, name));
  const env = {
    THROUGHLINE_REGISTRY: url,
    THROUGHLINE_FEATURE_STORE: url,
    THROUGHLINE_TRACKING: url,
    THROUGHLINE_GRPC: `127.0.0.1:${port}`,
    THROUGHLINE_ADMIN: "127.0.0.1:0",
    THROUGHLINE_ROUTERS: `${url}, http://127.0.0.1:${port}`,
    THROUGHLINE_STORE: `sqlite://${join(dir, name, "metadata.db")}`,
    THROUGHLINE_BLOBS: `file://${join(dir, "data", "blobs")}`,
    THROUGHLINE_DATA: join(dir, name),
    THROUGHLINE_PAGE_SECRET: "00".repeat(32),
  };
  const program = mainOf("inference-router");
  const child = spawn(process.execPath, [SPLIT_CHILD, program], { env, stdio: ["pipe", "ignore", "inherit"] });
  return { child, connection: connect({ baseUrl: `http://127.0.0.1:${port}`, actor: "tester" }) };
}

afterAll(async () => {
  await killed(second);
  await up?.kill9();
  await rm(dir, { recursive: true, force: true });
}, TIMEOUT_MS);

async function killed(process: ChildProcess): Promise<void> {
  process.kill("SIGKILL");
  if (process.exitCode === null && process.signalCode === null)
    await new Promise((resolve) => process.once("exit", resolve));
}

/** Squared errors where 0 happens: 0.0625 of the release that answers 0.25, and 0.5625 of the other. */
const LOSS = {
  name: "loss",
  role: AnalysisRole.OBJECTIVE,
  source: { case: "expression", value: "(score - actual) * (score - actual)" },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: true,
  minEffect: 0.2,
  labelDelay: { seconds: 3n },
} as const;

/** Some questions to a router. */
const asked = ({ inference }: Connection, deployment: string) =>
  Promise.all(
    Array.from({ length: 25 }, () => inference.predict({ deployment, entity: values({ shop: "shop-1", hour: 9 }) })),
  );

interface Asking {
  readonly deployment: string;
  /** The router that is told what happened. Default: the second. */
  readonly told?: Connection;
  /** Undefined: nothing is told. */
  readonly rewardOf?: (score: number) => number | undefined;
}

/** Some questions to a router, which are told to have been 0, and to be worth what they are. */
async function ask(router: Connection, { deployment, told = routers[1], rewardOf = () => 0 }: Asking) {
  const answers = await asked(router, deployment);
  const feedback = answers.flatMap(({ prediction, score }) => {
    const reward = rewardOf(score);
    return reward === undefined ? [] : [{ prediction, actual: 0, reward }];
  });
  if (feedback.length > 0) await told.inference.sendFeedback({ deployment, feedback });
}

/** Resolves when there is a decision that is wanted. */
async function decisionOf(
  rollout: string,
  isWanted: (decision: RolloutDecision) => boolean,
  meanwhile: () => Promise<unknown>,
): Promise<RolloutDecision> {
  let found: RolloutDecision | undefined;
  const look = async () => {
    await meanwhile();
    const { decisions } = await up.connection.rollouts.listDecisions({ parent: rollout });
    found = decisions.find(isWanted);
    return found !== undefined;
  };
  await expect.poll(look, PATIENCE).toBe(true);
  return found ?? expect.unreachable();
}

/** Resolves when a release has answered at both routers. */
const bothServe = (deployment: string, score: number) =>
  Promise.all(
    routers.map((router) => {
      const look = () =>
        asked(router, deployment).then(
          (answers) => answers.some((it) => it.score === score),
          () => false,
        );
      return expect.poll(look, PATIENCE).toBe(true);
    }),
  );

/** Begins a canary with half of the requests; resolves to its name when both routers have a share of it. */
async function canaryOf(deployment: string): Promise<string> {
  await bothServe(deployment, 0.25);
  const { rollout } = await up.connection.rollouts.createRollout({
    parent: deployment,
    rollout: {
      candidate: releases.answers_b.name,
      strategy: Strategy.CANARY,
      plan: { steps: [{ weightBasisPoints: 5_000 }], analyses: [LOSS] },
    },
  });
  await bothServe(deployment, 0.75);
  return rollout?.name ?? expect.unreachable();
}

/** Whether a router has seen anything of the candidate. */
const hasSeen = ({ analyses: [sums] }: RolloutEvidencePart): boolean => (sums?.candidate?.count ?? 0n) > 0n;

/** Too few questions to one router: its first 100 observations tune, and the test needs 63 more, of any router. */
const ROUNDS = 6;

test(
  "one decision is drawn from what two routers saw, and each of them finds its own part of it again",
  async () => {
    const { rollouts } = up.connection;
    const deployment = await deploy(up.connection, "worse", releases.answers_a);
    const name = await canaryOf(deployment);
    for (let round = 0; round < ROUNDS; round++) await Promise.all(routers.map((it) => ask(it, { deployment })));
    const decision = await decisionOf(
      name,
      (it) => it.applied === Verdict.ABORT,
      () => Promise.resolve(),
    );
    expect((await rollouts.getRollout({ name })).rollout?.state).toBe(RolloutState.ABORTED);
    const counted = decision.parts
      .filter(hasSeen)
      .flatMap(({ router, analyses: [sums] }) => (sums ? [{ router, sums }] : []));
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
    const { rollouts, deployments } = up.connection;
    const deployment = await deploy(up.connection, "arms", releases.answers_a);
    await bothServe(deployment, 0.25);
    const arms = [releases.answers_a, releases.answers_b].map((it) => ({
      release: it.name,
      floorBasisPoints: 1_500,
    }));
    const { rollout } = await rollouts.createRollout({
      parent: deployment,
      rollout: {
        candidate: releases.answers_b.name,
        strategy: Strategy.BANDIT,
        plan: {
          bandit: {
            policy: BanditPolicy.THOMPSON_GAUSSIAN,
            reward: "reward",
            arms,
            labelDelay: { seconds: 1n },
            leastInterval: { seconds: 1n },
          },
        },
      },
    });
    const name = rollout?.name ?? expect.unreachable();
    expect(rollout?.armShares.map((it) => it.weightBasisPoints)).toEqual([8_500, 1_500]);
    // The candidate, which answers 0.75, earns more. Each router is told of one arm only, so that both have to be believed.
    const earning = (told: number) => (score: number) => (score === told ? score + Math.random() / 10 : undefined);
    const decision = await decisionOf(
      name,
      (it) => it.armShares.some((arm) => arm.release === releases.answers_b.name && arm.weightBasisPoints > 8_000),
      () => Promise.all(routers.map((it, i) => ask(it, { deployment, rewardOf: earning(i === 0 ? 0.25 : 0.75) }))),
    );
    expect(decision).toMatchObject({ verdict: Verdict.CONTINUE });
    expect(Math.min(...decision.armShares.map((it) => it.weightBasisPoints))).toBeGreaterThanOrEqual(1_500);
    const [a, b] = decision.parts.filter((it) => it.arms.some((arm) => (arm.sums[0]?.terms[0] ?? 0) > 0));
    expect(a && b).toBeDefined();
    const { deployment: now } = await deployments.getDeployment({ name: deployment });
    const weight = now?.traffic.find((it) => it.release === releases.answers_b.name)?.weightBasisPoints;
    expect(weight).toBeGreaterThan(8_000);
    for (const it of routers)
      expect(await it.inference.replayDecision({ decision: decision.name })).toMatchObject({ equal: true });
  },
  TIMEOUT_MS,
);

test(
  "a bandit with a context learns on two routers which release is better when, and a third that starts later knows it",
  async () => {
    const { rollouts } = up.connection;
    const deployment = await deploy(up.connection, "contexts", releases.answers_a);
    await bothServe(deployment, 0.25);
    const arms = (["answers_a", "answers_b"] as const).map((it) => ({
      release: releases[it].name,
      floorBasisPoints: 500,
    }));
    const bandit = {
      policy: BanditPolicy.LINEAR_THOMPSON,
      reward: "reward",
      arms,
      contextFields: ["hour"],
      labelDelay: { seconds: 1n },
      leastInterval: { seconds: 1n },
    };
    const candidate = releases.answers_b.name;
    const created = await rollouts.createRollout({
      parent: deployment,
      rollout: { candidate, strategy: Strategy.BANDIT, plan: { bandit } },
    });
    const name = created.rollout?.name ?? expect.unreachable();
    const isB = (score: number): boolean => score === 0.75;
    const at = (router: Connection, hour: number) =>
      router.inference.predict({ deployment, entity: values({ shop: "shop-1", hour }) });
    /** The candidate is worth as much as the hour is late, the baseline as it is early. */
    const teach = async (router: Connection) => {
      const hours = Array.from({ length: 12 }, (_, i) => 2 * i);
      const answers = await Promise.all(hours.map((it) => at(router, it)));
      const feedback = answers.map(({ prediction, score }, i) => {
        const late = (hours[i] ?? 0) / 24;
        return { prediction, actual: 0, reward: isB(score) ? late : 1 - late };
      });
      await router.inference.sendFeedback({ deployment, feedback });
    };
    const ofCandidate = async (router: Connection, hour: number): Promise<number> => {
      const { score, releasePropensity = Number.NaN } = await at(router, hour);
      return isB(score) ? releasePropensity : 1 - releasePropensity;
    };
    const knows = async (router: Connection) =>
      (await ofCandidate(router, 1)) < 0.1 && (await ofCandidate(router, 23)) > 0.9;
    const learns = async () => {
      await Promise.all(routers.map(teach));
      return (await Promise.all(routers.map(knows))).every((it) => it);
    };
    await expect.poll(learns, PATIENCE).toBe(true);

    // What was learnt is of both, and stays while nobody says more.
    const decision = await decisionOf(
      name,
      (it) => it.armRewards.length > 0,
      () => Promise.resolve(),
    );
    expect(decision.armRewards.map((it) => it.sums.length)).toEqual([6, 6]);
    await rollouts.pauseRollout({ name });
    const third = await startRouter("third");
    try {
      await expect.poll(() => knows(third.connection).catch(() => false), PATIENCE).toBe(true);
      const hours = [0, 7, 11, 13, 23];
      const told = async (router: Connection) =>
        JSON.stringify(await Promise.all(hours.map(async (it) => (await ofCandidate(router, it)).toFixed(6))));
      const isSame = async () => new Set(await Promise.all([...routers, third.connection].map(told))).size === 1;
      await expect.poll(isSame, PATIENCE).toBe(true);
    } finally {
      await killed(third.child);
    }
  },
  TIMEOUT_MS,
);

/** The process of the platform's own router. */
const firstPid = (): number =>
  descendants(up.pid).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mainOf("inference-router")),
  ) ?? expect.unreachable();

test(
  "when the router that leads is killed, another takes the lead and concludes from what both have seen",
  async () => {
    const deployment = await deploy(up.connection, "orphaned", releases.answers_a);
    const name = await canaryOf(deployment);
    await Promise.all(routers.map((it) => ask(it, { deployment, told: it })));
    const isOfBoth = (it: RolloutDecision): boolean => it.parts.filter(hasSeen).length === 2;
    const { router: leader } = await decisionOf(name, isOfBoth, () => Promise.resolve());
    const secondId = await readFile(join(dir, "second", "inference", "log-id"), "utf8");
    if (leader === secondId) await killed(second);
    else process.kill(firstPid(), "SIGKILL");
    const survivor = leader === secondId ? routers[0] : routers[1];
    for (let round = 0; round < ROUNDS; round++) await ask(survivor, { deployment, told: survivor });
    const decision = await decisionOf(
      name,
      (it) => it.applied === Verdict.ABORT,
      () => ask(survivor, { deployment, told: survivor }),
    );
    expect(decision.router).not.toBe(leader);
    // What the one that is gone had seen still counts.
    expect(decision.parts.filter(hasSeen).map((it) => it.router)).toContain(leader);
    expect(await survivor.inference.replayDecision({ decision: decision.name })).toMatchObject({
      equal: true,
      replayedRouters: [decision.router],
      recordedRouters: [leader],
    });
  },
  TIMEOUT_MS,
);
