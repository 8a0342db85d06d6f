import { readFileSync } from "node:fs";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { GraphNodeSchema, OutlierGateNodeSchema } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { deploy, registerModel, values } from "./testing-shop.ts";

/** What fixtures/make_gates.py of the router fitted with scikit-learn, beside rows that it did not fit to. */
interface Gates {
  readonly rate: number;
  readonly trainCount: number;
  readonly usual: string;
  readonly odd: string;
  readonly isolationForest: { readonly threshold: number; readonly scores: string };
  readonly mahalanobis: {
    readonly mean: number[];
    readonly inverseCovariance: number[];
    readonly limit: number;
    readonly scores: string;
  };
}

const gates = JSON.parse(
  readFileSync(new URL("../../inference-router/fixtures/outlier_gates.json", import.meta.url), "utf8"),
) as Gates;
const bytesOf = (base64: string): ArrayBuffer => Uint8Array.from(Buffer.from(base64, "base64")).buffer;
const [USUAL, ODD] = [new Float32Array(bytesOf(gates.usual)), new Float32Array(bytesOf(gates.odd))];
const COLUMNS = ["first", "second", "third"] as const;
const ROWS_A_REQUEST = 400;

let platform: PlatformForTests;
let features: FeatureService;
beforeAll(async () => {
  platform = await platformForTests();
  const { parent } = platform.connection;
  const requestFeatures = COLUMNS.map((name) => ({ name, type: ValueType.FLOAT64 }));
  const made = await platform.connection.features.applyFeatureService({
    parent,
    featureServiceId: "measures",
    featureService: { requestFeatures },
  });
  features = made.featureService ?? expect.unreachable();
});
afterAll(() => platform?.stop());

type Gate = MessageInitShape<typeof OutlierGateNodeSchema>;
type Node = MessageInitShape<typeof GraphNodeSchema>;

/** Serves a gate behind which one model answers usual rows, and another one the others. */
async function served(id: string, gate: Gate, models: { readonly gate?: "isolation_forest" }): Promise<string> {
  const { connection } = platform;
  const named: Record<string, { modelVersion: string }> = {};
  for (const [node, fixture] of Object.entries({ usual: "answers_b", odd: "answers_a", ...models } as const)) {
    const version = await registerModel(connection, { id: fixture.replace("_", "-"), fixture });
    named[node] = { modelVersion: version.name };
  }
  const model = (name: string): Node => ({
    name,
    kind: { case: "model", value: { inputTensor: "input", outputTensor: "score" } },
  });
  const between = { ...gate, falsePositiveRate: gates.rate, passNode: "usual", otherwiseNode: "odd" };
  const nodes: Node[] = [{ name: "gate", kind: { case: "outlierGate", value: between } }, model("usual"), model("odd")];
  const { release } = await connection.releases.createRelease({
    parent: connection.parent,
    manifest: {
      models: named,
      graph: { nodes, outputNode: "gate" },
      features: { featureService: features.name, featureServiceVersion: features.version },
    },
  });
  return deploy(connection, id, release ?? expect.unreachable());
}

interface Judged {
  readonly score: number;
  readonly isOutlier: boolean;
}

/** What the gate said of each row. */
async function judged(deployment: string, numbers: Float32Array): Promise<readonly Judged[]> {
  const rows = Array.from({ length: numbers.length / COLUMNS.length }, (_, i) => ({
    entity: values(Object.fromEntries(COLUMNS.map((name, at) => [name, numbers[COLUMNS.length * i + at] ?? null]))),
  }));
  const found: Judged[] = [];
  for (let at = 0; at < rows.length; at += ROWS_A_REQUEST) {
    const asked = { deployment, rows: rows.slice(at, at + ROWS_A_REQUEST) };
    for (const { outcome } of (await platform.connection.inference.predictRows(asked)).rows) {
      const answer = outcome.case === "answer" ? outcome.value : expect.unreachable(outcome.value?.message);
      const { score = Number.NaN, outlier = false } = answer.gateVerdicts[0] ?? {};
      expect([answer.path, answer.score]).toEqual(outlier ? [["odd", "gate"], 0.25] : [["usual", "gate"], 0.75]);
      found.push({ score, isOutlier: outlier });
    }
  }
  return found;
}

const shareOf = (rows: readonly Judged[]): number => rows.filter((it) => it.isOutlier).length / rows.length;

test.each([
  [
    "an isolation forest of scikit-learn",
    "forest",
    {
      case: "model" as const,
      value: {
        inputTensor: "X",
        outputTensor: "scores",
        threshold: gates.isolationForest.threshold,
        outlierBelow: true,
      },
    },
    { gate: "isolation_forest" as const },
    { scores: gates.isolationForest.scores, limit: gates.isolationForest.threshold, digits: 5 },
  ],
  [
    "the distance from the mean",
    "mahalanobis",
    {
      case: "mahalanobis" as const,
      value: {
        mean: gates.mahalanobis.mean,
        inverseCovariance: gates.mahalanobis.inverseCovariance,
        limit: gates.mahalanobis.limit,
      },
    },
    {},
    { scores: gates.mahalanobis.scores, limit: gates.mahalanobis.limit, digits: 9 },
  ],
] as const)(
  "%s takes as many usual rows for outliers as its fitter states, and each as scikit-learn does",
  async (_, id, method, models, told) => {
    const deployment = await served(id, { method } as Gate, models);
    const [usual, odd] = [await judged(deployment, USUAL), await judged(deployment, ODD)];
    const expected = new Float64Array(bytesOf(told.scores));
    const all = [...usual, ...odd];
    expect(all).toHaveLength(expected.length);
    const furthest = Math.max(...all.map((it, i) => Math.abs(it.score - (expected[i] ?? Number.NaN))));
    expect(furthest).toBeLessThan(10 ** -told.digits);
    const differing = all.filter((it, i) => {
      const score = expected[i] ?? Number.NaN;
      const isClear = Math.abs(score - told.limit) > 2 * furthest;
      return isClear && it.isOutlier !== (id === "forest" ? score < told.limit : score > told.limit);
    });
    expect(differing).toEqual([]);

    // Three standard errors of a share among the rows that were held out, together with that of the quantile, which was told by others.
    const { rate, trainCount } = gates;
    const tolerance = 3 * Math.sqrt(rate * (1 - rate) * (1 / usual.length + 1 / trainCount));
    expect(tolerance).toBeLessThan(0.015);
    expect(Math.abs(shareOf(usual) - rate)).toBeLessThan(tolerance);
    expect(shareOf(odd)).toBeGreaterThan(0.99);
    const { releases } = await platform.connection.inference.getDeploymentMetrics({ deployment });
    expect(releases).toMatchObject([{ errorCount: 0n, predictionCount: BigInt(all.length) }]);
    expect(platform.bugs).toEqual([]);
  },
);
