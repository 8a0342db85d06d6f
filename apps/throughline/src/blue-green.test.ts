import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { expect, onTestFinished, test } from "vitest";
import { descendants } from "./testing-process.ts";
import { deploy, values } from "./testing-shop.ts";
import { shopPlatform } from "./testing-shop-platform.ts";

const PATIENCE = { timeout: 180_000, interval: 20 };
const TIMEOUT_MS = 600_000;

const { platform, releases } = await shopPlatform();

/** The processes in which the model of a release runs. */
function processesOf({ manifest }: Release): readonly number[] {
  const digest = manifest?.models["score"]?.digest ?? expect.unreachable();
  return descendants(process.pid).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(digest);
    } catch {
      return false;
    }
  });
}

/** Callers that ask one after the other until they are told to stop: what each was answered, in its order. */
function callers(deployment: string, count: number) {
  const answers: { release: string; score: number }[][] = Array.from({ length: count }, () => []);
  let isOver = false;
  const entity = values({ shop: "shop-1", hour: 9 });
  const work = answers.map(async (own) => {
    while (!isOver) {
      const { release, score } = await platform.connection.inference.predict({ deployment, entity });
      own.push({ release, score });
    }
  });
  return {
    /** The release of everybody's last answer, once all have had one more. */
    async now(): Promise<readonly string[]> {
      const before = answers.map((it) => it.length);
      while (!isOver && answers.some((it, i) => it.length < (before[i] ?? 0) + 2)) await delay(5);
      return [...new Set(answers.map((it) => it.at(-1)?.release ?? ""))];
    },
    async end() {
      isOver = true;
      await Promise.all(work);
      return answers;
    },
  };
}

/** The releases that answered, each as long as it did. */
const turns = (answers: readonly { readonly release: string }[]): readonly string[] =>
  answers.map((it) => it.release).filter((it, i, all) => it !== all[i - 1]);

test.each(["rolled back", "fast-tracked"] as const)(
  "blue-green under load: all at once to the candidate, and %s at once, with nothing loaded anew and no answer of both",
  async (way) => {
    const { rollouts, deployments, inference } = platform.connection;
    const { answers_a: blue, answers_b: green } = releases;
    const name = await deploy(platform.connection, way.replace(" ", "-"), blue);
    const asking = callers(name, 8);
    onTestFinished(async () => void (await asking.end()));
    const request = { candidate: green.name, strategy: Strategy.BLUE_GREEN };
    const begun = (await rollouts.createRollout({ parent: name, rollout: request })).rollout;
    expect(begun?.state).toBe(RolloutState.RUNNING);
    // The candidate is loaded and answers nobody.
    await expect.poll(() => processesOf(green).length, PATIENCE).toBeGreaterThan(0);
    expect(await asking.now()).toEqual([blue.name]);
    await rollouts.promoteRollout({ name: begun?.name ?? "", reason: "it starts well" });
    await expect.poll(asking.now, PATIENCE).toEqual([green.name]);
    const atWork = [blue, green].map(processesOf);
    expect(atWork.every((it) => it.length > 0)).toBe(true);

    // Two more states that change nothing of the traffic do not push the way back out of memory.
    for (const description of ["one", "two"]) {
      const { deployment } = await deployments.getDeployment({ name });
      const traffic = deployment?.traffic.map(({ release, weightBasisPoints }) => ({ release, weightBasisPoints }));
      await deployments.setTraffic({ name, traffic: traffic ?? [], description });
    }
    if (way === "rolled back") await deployments.rollBackDeployment({ name, toRevision: 1n, reason: "errors" });
    else await rollouts.fastTrackDeployment({ name, release: blue.name, reason: "errors" });
    await expect.poll(asking.now, PATIENCE).toEqual([blue.name]);
    expect([blue, green].map(processesOf)).toEqual(atWork);
    const answers = await asking.end();
    for (const own of answers) expect(turns(own)).toEqual([blue.name, green.name, blue.name]);
    const wrong = answers.flat().filter((it) => it.score !== (it.release === blue.name ? 0.25 : 0.75));
    expect(wrong).toEqual([]);
    const { releases: counted } = await inference.getDeploymentMetrics({ deployment: name });
    expect(counted.map((it) => it.errorCount)).toEqual([0n, 0n]);
    expect(platform.bugs).toEqual([]);
  },
  TIMEOUT_MS,
);
