import type { Graph, GraphNode } from "@throughline/graphs";
import { anyGraph } from "@throughline/graphs/laws";
import fc from "fast-check";
import { expect, test } from "vitest";
import { metricDifferences } from "./metric-difference.ts";
import { manifestDigest, type ReleaseManifest } from "./release.ts";
import { partDifferences } from "./release-difference.ts";
import { facts, knownFrom, slice, someVersion } from "./testing-gate-facts.ts";

const manifest = (changes: Partial<ReleaseManifest> = {}): ReleaseManifest => ({
  models: {
    main: {
      modelVersion: "projects/p/models/m/versions/1",
      digest: "sha256:1",
      signature: { inputs: [], outputs: [] },
    },
  },
  graph: {
    nodes: [{ name: "main", model: { inputTensor: "X", outputTensor: "p", outputColumn: 1 } }],
    outputNode: "main",
  },
  features: {
    featureService: "projects/p/featureServices/late",
    featureServiceVersion: 2,
    digest: "sha256:2",
    viewVersions: { weather: 3, planes: 1 },
    features: ["wind", "rain", "distance"],
    requestFeatures: ["distance"],
  },
  schemaDigest: "sha256:3",
  baselineStatisticsDigest: "",
  certificateDigest: "",
  calibrationDigest: "",
  thresholds: { late: 0.5 },
  ...changes,
});

const features = manifest().features;
if (!features) throw new Error("the manifest has features");
const model = manifest().models["main"];
if (!model) throw new Error("the manifest has a model");

test.each([
  [
    "a model",
    { models: { main: { ...model, modelVersion: "projects/p/models/m/versions/2" } } },
    "MODEL models.main.model_version",
    "The model of main went from projects/p/models/m/versions/1 to projects/p/models/m/versions/2.",
  ],
  [
    "a view that moved",
    { features: { ...features, viewVersions: { weather: 4, planes: 1 } } },
    "FEATURES features.view_versions.weather",
    "The feature view weather went from version 3 to version 4.",
  ],
  [
    "a view that is gone",
    { features: { ...features, viewVersions: { weather: 3 } } },
    "FEATURES features.view_versions.planes",
    "The feature view planes is gone; it was version 1.",
  ],
  [
    "a feature that is new",
    { features: { ...features, features: [...features.features, "snow"] } },
    "FEATURES features.features.snow",
    "The feature snow is new.",
  ],
  [
    "another order",
    { features: { ...features, features: ["rain", "wind", "distance"] } },
    "PREPROCESSING features.features",
    "The order of the features went from wind, rain, distance to rain, wind, distance.",
  ],
  [
    "a feature that the request brings now",
    { features: { ...features, requestFeatures: ["distance", "wind"] } },
    "PREPROCESSING features.request_features.wind",
    "The feature from the request wind is new.",
  ],
  [
    "a threshold",
    { thresholds: { late: 0.6 } },
    "THRESHOLDS thresholds.late",
    "The threshold late went from 0.5 to 0.6.",
  ],
  ["a schema", { schemaDigest: "" }, "SCHEMA schema_digest", "The schema is gone; it was sha256:3."],
  [
    "a certificate",
    { certificateDigest: "sha256:9" },
    "CERTIFICATE certificate_digest",
    "The leakage certificate is new: sha256:9.",
  ],
  [
    "the column of the score",
    {
      graph: {
        nodes: [{ name: "main", model: { inputTensor: "X", outputTensor: "p", outputColumn: 0 } }],
        outputNode: "main",
      },
    },
    "GRAPH graph.nodes.main.model.output_column",
    "The output column of the model node main is gone; it was 1.",
  ],
] as const)("%s is told in words", (_, changes, where, sentence) => {
  const found = partDifferences(manifest(), manifest(changes));
  expect(found.map((it) => `${it.kind} ${it.path}`)).toEqual([where]);
  expect(found[0]?.sentence).toBe(sentence);
});

/** Names of nodes are unique in a graph that was taken. */
const distinctNodes = anyGraph().map((it): Graph => {
  const nodes = it.nodes.filter(({ name }, i) => it.nodes.findIndex((other) => other.name === name) === i);
  return { ...it, nodes };
});

const graphOf = (...nodes: readonly GraphNode[]): Partial<ReleaseManifest> => ({
  graph: { nodes, outputNode: "main" },
});
const main: GraphNode = { name: "main", model: { inputTensor: "X", outputTensor: "p", outputColumn: 1 } };
const split = (share: number, more: readonly { node: string; weightBasisPoints: number }[] = []): GraphNode => ({
  name: "split",
  split: { branches: [{ node: "main", weightBasisPoints: share }, ...more], stickyField: "", defaultNode: "" },
});

test.each<[string, Partial<ReleaseManifest>, Partial<ReleaseManifest>, readonly string[]]>([
  [
    "a node that is new",
    graphOf(main),
    graphOf(main, split(10_000)),
    ["graph.nodes.split: The node split is new: a split between main (100 %)."],
  ],
  [
    "a node that does something else",
    graphOf(main),
    graphOf({ name: "main", cache: { node: "other", ttlMs: 500, maxEntries: 9 }, dependency: "SOFT" }),
    [
      "graph.nodes.main: The node main went from a model of the request to a cache of other for 500 ms, which may be absent.",
    ],
  ],
  [
    "shares",
    graphOf(main, split(4_000, [{ node: "a", weightBasisPoints: 6_000 }])),
    graphOf(main, split(3_000, [{ node: "b", weightBasisPoints: 7_000 }])),
    [
      "graph.nodes.split.split.branches: The branches of the split node split went from main, a to main, b.",
      "graph.nodes.split.split.branches.main.weight_basis_points: The weight basis points of main in the branches of the split node split went from 4000 to 3000.",
      "graph.nodes.split.split.branches.a.weight_basis_points: The weight basis points of a in the branches of the split node split is gone; it was 6000.",
      "graph.nodes.split.split.branches.b.weight_basis_points: The weight basis points of b in the branches of the split node split is new: 7000.",
    ],
  ],
  [
    "a deadline",
    graphOf(main),
    graphOf({ ...main, deadlineMs: 250 }),
    ["graph.nodes.main.deadline: The deadline of the model node main is new: 0.250s."],
  ],
])("of a graph, %s is told in words", (_, before, after, told) => {
  const found = partDifferences(manifest(before), manifest(after));
  expect(found.map((it) => `${it.path}: ${it.sentence}`)).toEqual(told);
});

test("the digest of a release of one model is what it was before there were other nodes", () => {
  const tensor = { name: "X", datatype: "FP32", shape: [-1, 3] };
  const models = { main: { ...model, signature: { inputs: [tensor], outputs: [] } } };
  expect(manifestDigest(manifest({ models }))).toBe(
    "sha256:1efd9b261d89bf22d0f48cce9fb0df4738051f81546ee78cf0ad1895be2727ed",
  );
});

test("there are differences if and only if the digests differ", () => {
  const digest = fc.constantFrom("", "sha256:1", "sha256:2");
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c"));
  const numbers = fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom(1, 2));
  const some = fc.record({
    models: fc.dictionary(fc.constantFrom("main"), fc.record({ modelVersion: fc.constantFrom("v/1", "v/2"), digest })),
    features: fc.record({
      featureService: fc.constantFrom("", "s"),
      featureServiceVersion: fc.constantFrom(0, 1),
      digest,
      viewVersions: numbers,
      features: names,
      requestFeatures: fc.constantFrom([], ["a"], ["b"]),
    }),
    schemaDigest: digest,
    certificateDigest: digest,
    calibrationDigest: digest,
    baselineStatisticsDigest: digest,
    thresholds: numbers,
    graph: distinctNodes,
  });
  const built = (changes: Partial<ReleaseManifest>) => manifest(changes);
  fc.assert(
    fc.property(some, some, (a, b) => {
      const [left, right] = [built(a), built(b)];
      expect(partDifferences(left, right).length === 0).toBe(manifestDigest(left) === manifestDigest(right));
      expect(partDifferences(right, left).length).toBe(partDifferences(left, right).length);
    }),
  );
});

test("metrics differ over all rows and by slice, and small differences may be chance", () => {
  const side = (number: number, all: [number, number, number], sea: [number, number, number]) =>
    facts({ version: someVersion(number), known: knownFrom([slice({}, all), slice({ origin: "SEA" }, sea)]) })
      .candidate;
  const found = metricDifferences(
    "main",
    side(1, [0.7, 0.69, 0.71], [0.7, 0.65, 0.75]),
    side(2, [0.74, 0.73, 0.75], [0.69, 0.64, 0.74]),
  );
  expect(found.map((it) => [it.path, it.sentence])).toEqual([
    ["metrics.main.auc", "auc of main over all rows rose by 0.04 from 0.7 [0.69, 0.71] to 0.74 [0.73, 0.75]."],
    [
      "metrics.main.auc[origin=SEA]",
      "auc of main over the slice origin=SEA fell by 0.01 from 0.7 [0.65, 0.75] to 0.69 [0.64, 0.74], which may be chance.",
    ],
  ]);
});

test("without evaluations it is told what the authors gave", () => {
  const side = (number: number, metrics: Record<string, number>) =>
    facts({ version: someVersion(number, { metrics }) }).candidate;
  const found = metricDifferences("main", side(1, { auc: 0.7, f1: 0.5 }), side(2, { auc: 0.7, brier: 0.1 }));
  expect(found.map((it) => it.sentence)).toEqual([
    "f1 of main, as given at registration is not known any more; it was 0.5.",
    "brier of main, as given at registration is new: 0.1.",
  ]);
});
