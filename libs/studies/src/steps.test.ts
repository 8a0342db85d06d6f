import type { Steps } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import {
  bestTrials,
  correctedForSelection,
  type Direction,
  importances,
  type Sampler,
  suggest,
  type Trial,
} from "./index.ts";

const SPACE = Array.from(
  { length: 64 },
  (_, i) => ({ name: `p${i}`, kind: "float", min: 0, max: 1, log: false }) as const,
);
const DIRECTIONS = ["MINIMIZE"] as const;
const TWO = ["MINIMIZE", "MAXIMIZE"] as const;
const GENERATION = 16;

/** With two objectives against each other all are on one front, which takes longest. */
function trials(count: number, objectives = 1, members = GENERATION): readonly Trial[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, number) => ({
    number,
    state: "COMPLETE",
    params: Object.fromEntries(SPACE.map(({ name }) => [name, random()])),
    values: new Array<number>(objectives).fill(random()),
    reports: [],
    generation: 1 + Math.floor(number / members),
  }));
}

const asked = (sampler: Sampler, count: number, directions: readonly Direction[] = DIRECTIONS): Steps<unknown> =>
  suggest(sampler, {
    problem: { space: SPACE, directions, seed: 1 },
    number: count,
    past: trials(count, directions.length, sampler.kind === "genetic" ? sampler.population : GENERATION),
  });

function corrected(): Steps<unknown> {
  const random = seededRandom(1);
  const told = Array.from({ length: 200 }, (_, number) => {
    const exampleValues = Float64Array.from({ length: 1_000 }, random);
    return { number, value: exampleValues.reduce((sum, it) => sum + it) / 1_000, foldValues: [], exampleValues };
  });
  return correctedForSelection(told, { direction: "MINIMIZE", seed: 1 });
}

// What this thread computes is counted, and not what it waits for on a busy machine.
test.each([
  ["CMA-ES that begins after 60 generations", () => asked({ kind: "cma-es" }, 60 * GENERATION)],
  ["TPE", () => asked({ kind: "tpe", multivariate: true }, 5_000)],
  ["independent TPE", () => asked({ kind: "tpe", multivariate: false }, 1_000)],
  ["TPE with two objectives", () => asked({ kind: "tpe", multivariate: true }, 5_000, TWO)],
  ["genetic with two objectives", () => asked({ kind: "genetic", population: 1_000 }, 5_000, TWO)],
  ["the best of two objectives", () => bestTrials(trials(5_000, 2), TWO)],
  ["importances with two objectives", () => importances(SPACE, TWO, trials(4_000, 2))],
  ["importances", () => importances(SPACE, DIRECTIONS, trials(4_000))],
  ["the correction of the winner", corrected],
] as const)("long work is cut into short steps: %s", (_, begin) => {
  const work = begin();
  const steps: number[] = [];
  for (let isDone = false; !isDone; ) {
    const before = process.threadCpuUsage();
    isDone = work.next().done === true;
    const { user, system } = process.threadCpuUsage(before);
    steps.push(user + system);
  }
  const total = steps.reduce((sum, it) => sum + it);
  expect(steps.length).toBeGreaterThanOrEqual(20);
  expect(Math.max(...steps)).toBeLessThan(Math.max(total / 10, 20_000));
});
