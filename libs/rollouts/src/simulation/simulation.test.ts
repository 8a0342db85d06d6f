import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { simulateDelays } from "./delayed-labels.ts";
import { simulatePairs } from "./pairs.ts";
import { simulateRouters } from "./routers.ts";
import { simulate } from "./simulate.ts";
import { WORLDS } from "./worlds.ts";

/** Few rollouts, so that what is seen is off by some percent. */
const rollouts = 120;
const TIMEOUT_MS = 600_000;

test.each(WORLDS.filter((it) => it.name !== "errors of 1 % (0 or 1)"))(
  "$name: equal arms are rarely aborted, worse ones nearly always",
  (world) => {
    const shares = [5_000];
    const same = simulate({ world, shares, worsening: 0, rollouts, random: seededRandom(11) });
    expect(same.aborted / rollouts).toBeLessThan(0.05);
    const { minEffect } = world.analysis;
    const worse = simulate({ world, shares, worsening: minEffect, rollouts, random: seededRandom(12) });
    expect(worse.aborted / rollouts).toBeGreaterThan(0.85);
    expect(worse.cleared / rollouts).toBeLessThan(0.05);
  },
  TIMEOUT_MS,
);

test(
  "heavy tails on the side of few candidates abort no more than others",
  () => {
    for (const world of WORLDS.filter((it) => it.name.startsWith("heavy"))) {
      const same = simulate({ world, shares: [1_000], worsening: 0, rollouts, random: seededRandom(14) });
      expect(same.aborted / rollouts).toBeLessThan(0.05);
    }
  },
  TIMEOUT_MS,
);

test.each([true, false])(
  "pairs of a shadow, with bounds: %s",
  (isBounded) => {
    const same = simulatePairs({ isBounded, isWorse: false, rollouts, random: seededRandom(15) });
    expect(same.aborted / rollouts).toBeLessThan(0.05);
    const worse = simulatePairs({ isBounded, isWorse: true, rollouts, random: seededRandom(16) });
    expect(worse.aborted / rollouts).toBeGreaterThan(0.85);
  },
  TIMEOUT_MS,
);

test(
  "labels whose delay depends on what they say abort nothing, and would if they were taken as they come",
  () => {
    const { aborted, abortedAsTheyCome } = simulateDelays({ rollouts: 100, random: seededRandom(13) });
    expect(aborted).toBeLessThan(5);
    expect(abortedAsTheyCome).toBeGreaterThan(50);
  },
  TIMEOUT_MS,
);

test(
  "three routers that are looked at together abort equal arms rarely, and worse ones as one router does",
  () => {
    const world = WORLDS.find((it) => it.name.startsWith("normal")) ?? expect.unreachable();
    const usual = { world, shares: [5_000], routers: [0.6, 0.3, 0.1], tellEvery: 20, rollouts };
    const same = simulateRouters({ ...usual, worsening: 0, random: seededRandom(17) });
    expect(same.aborted / rollouts).toBeLessThan(0.05);
    const worse = simulateRouters({ ...usual, worsening: world.analysis.minEffect, random: seededRandom(18) });
    expect(worse.aborted / rollouts).toBeGreaterThan(0.85);
  },
  TIMEOUT_MS,
);
