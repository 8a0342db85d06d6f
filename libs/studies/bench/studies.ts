/**
 * Samplers of studies after 100 trials, median of 20 seeds, beside Optuna's TPE with its default settings (recorded).
 *
 * Ends with code 1 if our TPE is worse than Optuna's on more than one task.
 */
import { readFileSync } from "node:fs";
import type { Sampler } from "../src/index.ts";
import { searched } from "./searched.ts";
import { TASKS } from "./tasks.ts";

const SEEDS = 20;
const recorded: Readonly<Record<string, readonly number[]>> = JSON.parse(
  readFileSync(new URL("../fixtures/tpe.json", import.meta.url), "utf8"),
);
const samplers: readonly (readonly [name: string, sampler: Sampler])[] = [
  ["tpe", { kind: "tpe", multivariate: true }],
  ["tpe, independent", { kind: "tpe", multivariate: false }],
  ["cma-es", { kind: "cma-es" }],
  ["genetic", { kind: "genetic", population: 20 }],
  ["sobol", { kind: "sobol" }],
  ["random", { kind: "random" }],
];

const names = Object.keys(TASKS);
const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
};
const row = (name: string, medians: readonly number[]): void =>
  console.log(`| ${name.padEnd(16)} | ${medians.map((it) => it.toFixed(5).padStart(10)).join(" | ")} |`);

const optuna = names.map((name) => median(recorded[name] ?? []));
console.log(`| ${"sampler".padEnd(16)} | ${names.map((it) => it.padStart(10)).join(" | ")} |`);
console.log(`|---|${names.map(() => "---:|").join("")}`);
row("Optuna's TPE", optuna);
for (const [label, sampler] of samplers) {
  const medians = Object.values(TASKS).map((task) => {
    const seeds = Array.from({ length: SEEDS }, (_, seed) => searched(task, { sampler, seed, count: 100 }));
    return median(seeds.map((trials) => Math.min(...trials.flatMap((it) => it.values))));
  });
  row(label, medians);
  if (label !== "tpe") continue;
  const lost = names.filter((_, i) => !((medians[i] ?? Number.NaN) <= (optuna[i] ?? Number.NaN)));
  if (lost.length > 1) {
    console.error(`Worse than Optuna's TPE on ${lost.join(", ")}`);
    process.exitCode = 1;
  }
}
