/**
 * What graphs cost: microseconds of the router's processor time for each Predict, beside a single model in the same run. In memory,
 * callers included; the log is on, the features are made up, the models' processes are not counted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArmPolicy, ColumnType, CombineMethod } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { graphs, model, type Node } from "../src/testing-graphs.ts";
import { openPlatform } from "../src/testing-router.ts";

const REQUESTS = Number(process.argv[2] ?? 4_000);
const ROUNDS = 5;
const CALLERS = 32;

interface Case {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly output: string;
  readonly uses: Record<string, string>;
}

const two = [model("x"), model("y")];
const linear = { x: "linear3", y: "linear3" };
const cases: readonly Case[] = [
  { name: "one model", nodes: [model("x")], output: "x", uses: { x: "linear3" } },
  {
    name: "the mean of two models",
    nodes: [
      ...two,
      { name: "out", kind: { case: "combine", value: { inputs: ["x", "y"], method: CombineMethod.MEAN } } },
    ],
    output: "out",
    uses: linear,
  },
  {
    name: "a switch between two models",
    nodes: [
      ...two,
      {
        name: "out",
        kind: { case: "switch", value: { cases: [{ condition: "a > 1.0", node: "x" }], defaultNode: "y" } },
      },
    ],
    output: "out",
    uses: linear,
  },
  {
    name: "a model behind a transform of two columns",
    nodes: [
      {
        name: "t",
        kind: {
          case: "transform",
          value: {
            outputs: [
              { name: "sum", expression: "a + b", type: ColumnType.DOUBLE },
              { name: "difference", expression: "a - b", type: ColumnType.DOUBLE },
            ],
          },
        },
      },
      model("x", { inputs: ["t"] }),
    ],
    output: "x",
    uses: { x: "linear2" },
  },
  {
    name: "a bandit between two models",
    nodes: [
      ...two,
      {
        name: "out",
        kind: {
          case: "bandit",
          value: { arms: [{ node: "x" }, { node: "y" }], policy: ArmPolicy.THOMPSON_BERNOULLI },
        },
      },
    ],
    output: "out",
    uses: linear,
  },
  {
    name: "a model behind an outlier gate",
    nodes: [
      model("x"),
      {
        name: "out",
        kind: {
          case: "outlierGate",
          value: {
            method: {
              case: "mahalanobis",
              value: { mean: [1, 1, 1], inverseCovariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], limit: 90 },
            },
            falsePositiveRate: 0.1,
            passNode: "x",
          },
        },
      },
    ],
    output: "out",
    uses: { x: "linear3" },
  },
];

const dir = mkdtempSync(join(tmpdir(), "throughline-bench-graphs-"));
const platform = await openPlatform(dir);
const on = await graphs(platform, { banditsRefreshMs: 1_000 });

async function asked(deployment: string, requests: number): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < requests) await on.ask(deployment, { a: next++ % 5, b: 1, c: 2 });
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

const served: string[] = [];
for (const { nodes, output, uses } of cases) served.push(await on.serve(nodes, output, uses));
const least = cases.map(() => Number.POSITIVE_INFINITY);
// The first rounds make the code fast; of the others the quickest is the one that the machine disturbed least.
for (let round = 0; round < ROUNDS; round++) {
  for (const [i, deployment] of served.entries()) {
    const before = process.cpuUsage();
    await asked(deployment, REQUESTS);
    const { user, system } = process.cpuUsage(before);
    least[i] = Math.min(least[i] ?? 0, (user + system) / REQUESTS);
  }
}
for (const [i, { name }] of cases.entries()) console.log(`${name.padEnd(44)} ${least[i]?.toFixed(1).padStart(7)} us`);
await platform.close();
rmSync(dir, { recursive: true, force: true });
