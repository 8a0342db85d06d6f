import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { wholly } from "../bench/searched.ts";
import { importances } from "./importance.ts";
import { type Params, type Pruner, type Space, shouldPrune, type Trial } from "./index.ts";
import type { HalvingRule } from "./pruning-rules.ts";
import { sobolBits } from "./sobol-sampler.ts";
import { bracketOf, bracketShares, halvingSays } from "./successive-halving.ts";
import type { Direction, Report } from "./trial.ts";

interface Recorded {
  readonly direction: "minimize" | "maximize";
  readonly events: readonly (readonly [trial: number, step: number, value: number | null, pruned: boolean])[];
  readonly brackets: readonly number[];
}

/** Made by fixtures/oracle.py from Optuna and SciPy. */
const oracle: {
  readonly sobol: readonly (readonly number[])[];
  readonly pruners: Readonly<Record<string, readonly Recorded[]>>;
  readonly importances: readonly {
    readonly trials: readonly (readonly [Params, number])[];
    readonly importances: Readonly<Record<string, number>>;
  }[];
} = JSON.parse(readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8"));

test("Sobol points are SciPy's, bit by bit", () => {
  for (const [i, row] of oracle.sobol.entries()) expect(row.map((_, k) => sobolBits(1 + 9 * i, 3 * k))).toEqual(row);
});

describe("pruners decide as Optuna's do on its curves", () => {
  const percentile = { kind: "percentile", startupTrials: 5, warmupSteps: 0, intervalSteps: 1, trialsMin: 1 } as const;
  const rules: Readonly<Record<string, Pruner>> = {
    median: { ...percentile, percentile: 50 },
    medianWarm: { ...percentile, percentile: 50, startupTrials: 3, warmupSteps: 5, intervalSteps: 4, trialsMin: 3 },
    percentile: { ...percentile, percentile: 25 },
    asha: { kind: "asha", minResource: 1, factor: 3, delay: 0 },
    ashaLate: { kind: "asha", minResource: 2, factor: 2, delay: 1 },
  };
  test.each(Object.entries(rules))("%s", (name, rule) => {
    for (const recorded of oracle.pruners[name] ?? [])
      expect(decisions(recorded, (judged) => shouldPrune(rule, { ...judged, seed: 0 }))).toEqual(recorded.events);
  });
  test("hyperband, in Optuna's brackets", () => {
    for (const recorded of oracle.pruners["hyperband"] ?? []) {
      const bracketOf = (number: number): number => recorded.brackets[number] ?? -1;
      const decided = decisions(recorded, ({ trial, others, direction }) => {
        const rule: HalvingRule = { minResource: 1, factor: 3, delay: bracketOf(trial.number) };
        const same = others.filter((it) => bracketOf(it.number) === rule.delay);
        return halvingSays(rule, { direction, seed: 0, trial, others: same });
      });
      expect(decided).toEqual(recorded.events);
    }
  });
  test("hyperband prunes within the bracket that a trial is in by chance", () => {
    const hyperband = { kind: "hyperband", minResource: 1, maxResource: 27, factor: 3 } as const;
    const brackets = Array.from({ length: 4_900 }, (_, number) => bracketOf(hyperband, [5, number]));
    for (const [bracket, share] of [27, 12, 6, 4].entries())
      expect(brackets.filter((it) => it === bracket).length / 100).toBeCloseTo(share, -0.6);
    const reported = (number: number, value: number): Trial => ({
      number,
      state: "RUNNING",
      params: {},
      values: [],
      reports: [{ step: 1, value }],
      generation: 0,
    });
    const others = brackets.map((_, number) => reported(number, number));
    const judged = { direction: "MINIMIZE", seed: 5, others } as const;
    const [soon, late] = [brackets.lastIndexOf(0), brackets.lastIndexOf(1)];
    expect(shouldPrune(hyperband, { ...judged, trial: reported(soon, 10_000) })).toBe(true);
    expect(shouldPrune(hyperband, { ...judged, trial: reported(soon, -1) })).toBe(false);
    expect(shouldPrune(hyperband, { ...judged, trial: reported(late, 10_000) })).toBe(false);
  });
  test("hyperband has the shares of Optuna's brackets", () => {
    expect(bracketShares({ minResource: 1, maxResource: 27, factor: 3 })).toEqual([27, 12, 6, 4]);
  });
});

interface Moment {
  readonly direction: Direction;
  readonly trial: Trial;
  readonly others: readonly Trial[];
}

/** The recorded events with what `says` decides at each. */
function decisions({ direction, events }: Recorded, says: (moment: Moment) => boolean): Recorded["events"] {
  const trials = new Map<number, Trial>();
  const last = new Map(events.map((it, i) => [it[0], i]));
  return events.map(([number, step, value, pruned], i) => {
    const reports: readonly Report[] = [...(trials.get(number)?.reports ?? []), { step, value: value ?? Number.NaN }];
    const trial: Trial = { number, state: "RUNNING", params: {}, values: [], reports, generation: 0 };
    const others = [...trials.values()].filter((it) => it.number !== number);
    const decided = says({ direction: direction === "maximize" ? "MAXIMIZE" : "MINIMIZE", trial, others });
    const ended = value === null ? "FAILED" : "COMPLETE";
    const state = pruned ? "PRUNED" : last.get(number) === i ? ended : "RUNNING";
    trials.set(number, { ...trial, state });
    return [number, step, value, decided] as const;
  });
}

test.each([0, 1, 2])("importances are those of Optuna's PED-ANOVA, case %i", (i) => {
  const space: Space = [
    { name: "rate", kind: "float", min: 1e-5, max: 1, log: true },
    { name: "momentum", kind: "float", min: 0, max: 1, log: false },
    { name: "layers", kind: "int", min: 1, max: 8, log: false, step: 1 },
    { name: "kind", kind: "categorical", choices: ["a", "b", "c"] },
  ];
  const { trials, importances: expected } = oracle.importances[i] ?? { trials: [], importances: {} };
  const past = trials.map(
    ([params, value], number): Trial => ({
      number,
      state: "COMPLETE",
      params,
      values: [value],
      reports: [],
      generation: 0,
    }),
  );
  const found = wholly(importances(space, ["MINIMIZE"], past)) ?? [];
  expect(found).toHaveLength(4);
  for (const { name, importance } of found) expect(importance).toBeCloseTo(expected[name] ?? -1, 5);
});
