import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { searched, wholly } from "../bench/searched.ts";
import { rosenbrock, TASKS } from "../bench/tasks.ts";
import { suggest, type Trial } from "./index.ts";
import { dominates, fronts } from "./pareto.ts";
import { rankedComplete } from "./ranking.ts";

const best = (trials: readonly Trial[]): number => Math.min(...trials.flatMap((it) => it.values));

const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};

describe("TPE after 100 trials", () => {
  const tpe = { kind: "tpe", multivariate: true } as const;
  const optuna: Readonly<Record<string, readonly number[]>> = JSON.parse(
    readFileSync(new URL("../fixtures/tpe.json", import.meta.url), "utf8"),
  );
  // The bench has 20 seeds of each; these are the tasks on which its margin is widest, so that three of them tell.
  test.each(["sphere", "rosenbrock"])("is no worse than Optuna's median on %s", (name) => {
    const task = TASKS[name];
    if (task === undefined) throw new Error("no task");
    const found = [0, 1, 2].map((seed) => best(searched(task, { sampler: tpe, seed, count: 100 })));
    expect(median(found)).toBeLessThanOrEqual(median(optuna[name] ?? []));
  });
  test("finds the kernel and the parameters that exist beside it", () => {
    const task = TASKS["svc"];
    if (task === undefined) throw new Error("no task");
    const trials = searched(task, { sampler: tpe, seed: 1, count: 100 });
    expect(best(trials)).toBeLessThan(0.076);
    for (const { params } of trials) {
      expect("gamma" in params).toBe(params["kernel"] === "rbf");
      expect("degree" in params).toBe(params["kernel"] === "poly");
    }
  });
});

describe("CMA-ES", () => {
  test.each([
    { dimensions: 2, count: 400, value: 1e-3 },
    { dimensions: 5, count: 1_500, value: 0.1 },
  ])("goes down the valley of Rosenbrock in $dimensions dimensions", ({ dimensions, count, value }) => {
    const trials = searched(rosenbrock(dimensions), { sampler: { kind: "cma-es" }, seed: 2, count });
    expect(best(trials)).toBeLessThan(value);
  });
  test("finds a point among whole numbers and steps", () => {
    const task = {
      space: [
        { name: "n", kind: "int", min: -50, max: 50, log: false, step: 1 },
        { name: "s", kind: "float", min: 0, max: 1, log: false, step: 0.05 },
        { name: "x", kind: "float", min: -3, max: 3, log: false },
        { name: "k", kind: "categorical", choices: ["a", "b", "c"] },
      ],
      value: (it: Readonly<Record<string, number | string>>) =>
        (Number(it["n"]) - 17) ** 2 / 100 +
        (Number(it["s"]) - 0.35) ** 2 +
        (Number(it["x"]) - 1) ** 2 +
        (it["k"] === "b" ? 0 : 1),
    } as const;
    expect(best(searched(task, { sampler: { kind: "cma-es" }, seed: 5, count: 250 }))).toBeLessThan(1e-3);
  });
  test("what is remembered between asks changes no answer", () => {
    const task = rosenbrock(3);
    const settings = { sampler: { kind: "cma-es" }, seed: 9, count: 60 } as const;
    const trials = searched(task, settings);
    const problem = { space: task.space, directions: ["MINIMIZE"] as const, seed: 9 };
    // Copies are other objects, so that nothing that is remembered fits them.
    const copies = structuredClone(trials);
    for (const past of [copies, trials.slice(0, 30), trials])
      expect(wholly(suggest(settings.sampler, { problem, number: 60, past: past.slice(0, 30) }))).toEqual(
        wholly(suggest(settings.sampler, { problem, number: 60, past: trials.slice(0, 30) })),
      );
  });
});

describe("the genetic sampler", () => {
  test("gets far ahead of chance", () => {
    const task = TASKS["sphere"];
    if (task === undefined) throw new Error("no task");
    const genetic = searched(task, { sampler: { kind: "genetic", population: 20 }, seed: 2, count: 400 });
    const chance = searched(task, { sampler: { kind: "random" }, seed: 2, count: 400 });
    expect(best(genetic)).toBeLessThan(best(chance) / 10);
  });
  test("spreads over the front of two objectives", () => {
    const task = {
      space: [{ name: "x", kind: "float", min: -10, max: 10, log: false }],
      value: (it: Readonly<Record<string, number | string>>) => Number(it["x"]) ** 2,
      second: (it: Readonly<Record<string, number | string>>) => -((Number(it["x"]) - 2) ** 2),
    } as const;
    const trials = searched(task, { sampler: { kind: "genetic", population: 20 }, seed: 4, count: 300 });
    const [front = []] = wholly(fronts(trials.map((it) => [it.values[0] ?? 0, -(it.values[1] ?? 0)])));
    const places = front.map((i) => Number(trials[i]?.params["x"]));
    expect(front.length).toBeGreaterThan(100);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(-0.01);
    expect(Math.max(...places)).toBeLessThanOrEqual(2.01);
    expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(1.8);
    const [first] = wholly(rankedComplete(trials, ["MINIMIZE", "MAXIMIZE"]));
    for (const it of trials) {
      const mine = [first?.values[0] ?? 0, -(first?.values[1] ?? 0)];
      expect(dominates([it.values[0] ?? 0, -(it.values[1] ?? 0)], mine)).toBe(false);
    }
  });
});
