import type { Steps } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { correctedForSelection, importances, type Sampler, suggest, type Trial } from "./index.ts";

const SPACE = Array.from(
  { length: 64 },
  (_, i) => ({ name: `p${i}`, kind: "float", min: 0, max: 1, log: false }) as const,
);
const DIRECTIONS = ["MINIMIZE"] as const;
const GENERATION = 16;

function trials(count: number): readonly Trial[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, number) => ({
    number,
    state: "COMPLETE",
    params: Object.fromEntries(SPACE.map(({ name }) => [name, random()])),
    values: [random()],
    reports: [],
    generation: 1 + Math.floor(number / GENERATION),
  }));
}

const asked = (sampler: Sampler, count: number): Steps<unknown> =>
  suggest(sampler, { problem: { space: SPACE, directions: DIRECTIONS, seed: 1 }, number: count, past: trials(count) });

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
  ["CMA-ES that begins after 20 generations", () => asked({ kind: "cma-es" }, 20 * GENERATION)],
  ["TPE", () => asked({ kind: "tpe", multivariate: true }, 2_000)],
  ["independent TPE", () => asked({ kind: "tpe", multivariate: false }, 1_000)],
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
  expect(Math.max(...steps)).toBeLessThan(total / 2);
});
