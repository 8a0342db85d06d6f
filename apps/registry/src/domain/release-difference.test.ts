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
    "GRAPH graph.nodes.main",
    'The node main went from {"inputTensor":"X","outputColumn":1,"outputTensor":"p"} to {"inputTensor":"X","outputColumn":0,"outputTensor":"p"}.',
  ],
] as const)("%s is told in words", (_, changes, where, sentence) => {
  const found = partDifferences(manifest(), manifest(changes));
  expect(found.map((it) => `${it.kind} ${it.path}`)).toEqual([where]);
  expect(found[0]?.sentence).toBe(sentence);
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
    outputNode: fc.constantFrom("main", "other"),
  });
  const built = ({ outputNode, ...rest }: Partial<ReleaseManifest> & { outputNode: string }) =>
    manifest({ ...rest, graph: { nodes: [], outputNode } });
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
