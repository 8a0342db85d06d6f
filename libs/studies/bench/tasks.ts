import { readFileSync } from "node:fs";
import type { Params, Space } from "../src/index.ts";

/** What a sampler is tried on: the same functions as in fixtures/oracle.py. Less is better. */
export interface Task {
  readonly space: Space;
  readonly value: (params: Params) => number;
}

const cube = (dimensions: number, min: number, max: number): Space =>
  Array.from({ length: dimensions }, (_, i) => ({ name: `x${i}`, kind: "float", min, max, log: false }) as const);

const numbers = (params: Params): readonly number[] => Object.values(params).map(Number);

const sphere: Task = {
  space: cube(5, -5.12, 5.12),
  value: (params) => numbers(params).reduce((sum, it) => sum + it * it, 0),
};

const branin: Task = {
  space: [
    { name: "x", kind: "float", min: -5, max: 10, log: false },
    { name: "y", kind: "float", min: 0, max: 15, log: false },
  ],
  value(params) {
    const [x = 0, y = 0] = numbers(params);
    const bent = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return bent ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

/** The valley of Rosenbrock in any number of dimensions; 0 at (1, ..., 1). */
export const rosenbrock = (dimensions: number): Task => ({
  space: cube(dimensions, -2.048, 2.048),
  value(params) {
    const x = numbers(params);
    return x
      .slice(1)
      .map((b, i) => [x[i] ?? 0, b] as const)
      .reduce((sum, [a, b]) => sum + 100 * (b - a * a) ** 2 + (1 - a) ** 2, 0);
  },
});

const HARTMANN = [
  { height: 1, steep: [10, 3, 17, 3.5, 1.7, 8], centre: [1312, 1696, 5569, 124, 8283, 5886] },
  { height: 1.2, steep: [0.05, 10, 17, 0.1, 8, 14], centre: [2329, 4135, 8307, 3736, 1004, 9991] },
  { height: 3, steep: [3, 3.5, 1.7, 10, 17, 8], centre: [2348, 1451, 3522, 2883, 3047, 6650] },
  { height: 3.2, steep: [17, 8, 0.05, 10, 0.1, 14], centre: [4047, 8828, 8732, 5743, 1091, 381] },
] as const;

const hartmann6: Task = {
  space: cube(6, 0, 1),
  value(params) {
    const x = numbers(params);
    const far = ({ steep, centre }: (typeof HARTMANN)[number]): number =>
      x.reduce((sum, it, i) => sum + (steep[i] ?? 0) * (it - (centre[i] ?? 0) / 10_000) ** 2, 0);
    return -HARTMANN.reduce((sum, it) => sum + it.height * Math.exp(-far(it)), 0);
  },
};

/** The held-out loss of a support vector classifier of scikit-learn, made by fixtures/svc_table.py. */
const table: { readonly linear: number[]; readonly poly: number[][]; readonly rbf: number[][] } = JSON.parse(
  readFileSync(new URL("../fixtures/svc.json", import.meta.url), "utf8"),
);

const svc: Task = {
  space: [
    { name: "C", kind: "float", min: 1e-3, max: 1e3, log: true },
    { name: "kernel", kind: "categorical", choices: ["linear", "poly", "rbf"] },
    { name: "degree", kind: "int", min: 2, max: 5, log: false, step: 1, when: { parent: "kernel", values: ["poly"] } },
    { name: "gamma", kind: "float", min: 1e-5, max: 10, log: true, when: { parent: "kernel", values: ["rbf"] } },
  ],
  value(params) {
    const c = (Math.log10(Number(params["C"])) + 3) * 4;
    if (params["kernel"] === "linear") return between(table.linear, c);
    const degree = Number(params["degree"]);
    if (params["kernel"] === "poly")
      return between(
        table.poly.map((row) => row[degree - 2] ?? 0),
        c,
      );
    const gamma = (Math.log10(Number(params["gamma"])) + 5) * 4;
    return between(
      table.rbf.map((row) => between(row, gamma)),
      c,
    );
  },
};

function between(values: readonly number[], position: number): number {
  const below = Math.min(Math.max(Math.floor(position), 0), values.length - 2);
  const [a = 0, b = 0] = values.slice(below);
  return a + (b - a) * (position - below);
}

export const TASKS: Readonly<Record<string, Task>> = { sphere, branin, rosenbrock: rosenbrock(4), hartmann6, svc };
