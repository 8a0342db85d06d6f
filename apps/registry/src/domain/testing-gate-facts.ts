import type { Digest } from "@throughline/kernel";
import { EMPTY_CANVAS } from "./canvas.ts";
import { EMPTY_CARD_TEXT } from "./card-text.ts";
import type { EvaluatedSlice, Known } from "./evidence.ts";
import type { MetricCondition } from "./gate.ts";
import type { GateFacts } from "./judge-gate.ts";
import type { VersionFacts } from "./metric-seen.ts";
import type { ModelVersion } from "./model.ts";

const MODEL = "projects/p/models/m";
export const DIGEST: Digest = `sha256:${"0".repeat(64)}`;

/** A version of which only what is said is known. */
export const someVersion = (number: number, said: Partial<ModelVersion> = {}): ModelVersion => ({
  name: `${MODEL}/versions/${number}`,
  model: MODEL,
  version: number,
  digest: DIGEST,
  sizeBytes: 1,
  format: "ONNX",
  opaqueReason: "",
  run: "",
  trainingSet: "",
  trainingSetDigest: "",
  description: "",
  tags: {},
  stage: "None",
  approvals: [],
  signature: { inputs: [{ name: "X", datatype: "FP32", shape: [-1, 3] }], outputs: [] },
  metrics: {},
  actor: "ada",
  createTimeMs: 1,
  files: [],
  copiedFrom: "",
  runLink: "",
  sourceUri: "",
  aliases: [],
  revision: 1,
  updateTimeMs: 1,
  ...said,
});

/** What an evaluation says of one metric in one slice. */
export const slice = (
  key: EvaluatedSlice["key"],
  [value, low, high]: readonly [number, number, number],
  rowCount = 1_000,
): EvaluatedSlice => ({
  key,
  rowCount,
  positiveCount: rowCount / 2,
  metrics: [{ name: "auc", value, interval: { low, high, level: 0.95 } }],
});

export const knownFrom = (slices: readonly EvaluatedSlice[], smallSlices: readonly string[] = []): Known => ({
  evaluation: { digest: DIGEST, dataDigest: DIGEST, slices, smallSlices },
  measurements: new Map(),
});

export const NOTHING_KNOWN: Known = { measurements: new Map() };

export const facts = (candidate: Partial<VersionFacts>, baseline?: Partial<VersionFacts>): GateFacts => ({
  candidate: { version: someVersion(2), known: NOTHING_KNOWN, ...candidate },
  baseline: baseline && { version: someVersion(1), known: NOTHING_KNOWN, ...baseline },
  canvas: { name: `${MODEL}/canvas`, ...EMPTY_CANVAS },
  cardText: { name: `${MODEL}/card`, ...EMPTY_CARD_TEXT },
});

/** A condition on `auc`, where more is better. */
export const aucCondition = (said: Partial<MetricCondition>): MetricCondition => ({
  kind: "METRIC",
  metric: "auc",
  greaterIsBetter: true,
  canvasTarget: "",
  useInterval: false,
  measuredOnly: false,
  ...said,
});
