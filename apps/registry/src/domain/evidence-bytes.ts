import { DomainError } from "@throughline/kernel";
import type {
  Certified,
  Evaluated,
  EvaluatedMetric,
  EvaluatedSlice,
  SeenLabelTimes,
  SeenSuspicion,
  SeenTimeSplit,
} from "./evidence.ts";

/** Most bytes of an evaluation or a certificate: what has a thousand slices has less than 4 MiB. */
export const EVIDENCE_BYTES_MAX = 8 * 1024 ** 2;

/** Stored bytes are not what they were said to be. */
export const evidenceInvalid = (what: string, why: string): DomainError =>
  new DomainError("invalid", "EVIDENCE_INVALID", `The bytes are no ${what}: ${why}. Give the digest of one.`, {
    metadata: { what },
    violations: [{ path: "evidence", description: why }],
  });

/** An evaluation as the validation service addresses it, with what it is about. Fails with EVIDENCE_INVALID. */
export function readEvaluation(bytes: Uint8Array): Evaluated & { readonly subject: string } {
  const read = reader("evaluation");
  const root = read.object(read.json(bytes), "it");
  return {
    dataDigest: read.text(root["dataDigest"], "dataDigest"),
    subject: read.text(root["subject"], "subject"),
    slices: read.list(root["slices"], "slices").map((it) => sliceFrom(it, read)),
    smallSlices: read.list(root["smallSlices"], "smallSlices").map((it) => read.text(it, "smallSlices")),
  };
}

function sliceFrom(value: unknown, read: Reader): EvaluatedSlice {
  const slice = read.object(value, "slices");
  const key = Object.entries(read.object(slice["key"], "key"));
  return {
    key: Object.fromEntries(key.map(([column, it]) => [column, read.text(it, "key")])),
    rowCount: read.number(slice["rowCount"], "rowCount"),
    positiveCount: read.number(slice["positiveCount"], "positiveCount"),
    metrics: read.list(slice["metrics"], "metrics").map((it) => metricFrom(it, read)),
  };
}

function metricFrom(value: unknown, read: Reader): EvaluatedMetric {
  const { name, value: estimate, interval } = read.object(value, "metrics");
  const metric = {
    name: read.text(name, "name"),
    // What is not defined is written as null.
    value: estimate === null ? Number.NaN : read.number(estimate, "value"),
  };
  if (interval === null || interval === undefined) return metric;
  const { low, high, level } = read.object(interval, "interval");
  return {
    ...metric,
    interval: { low: read.number(low, "low"), high: read.number(high, "high"), level: read.number(level, "level") },
  };
}

/** A leakage certificate as the feature store writes it, with the training set it is about. Fails with EVIDENCE_INVALID. */
export function readCertificate(bytes: Uint8Array): Certified & { readonly trainingSetDigest: string } {
  const read = reader("leakage certificate");
  const root = read.object(read.json(bytes), "it");
  const suspects = read.list(root["suspects"], "suspects").map((it) => read.object(it, "suspects"));
  const [labels, split] = [root["label_times"], root["time_split"]];
  return {
    passed: read.truth(root["passed"], "passed"),
    suspects: suspects.map((it) => read.text(it["feature"], "feature")),
    ...(suspects.some((it) => "measure" in it) && { suspicions: suspects.map((it) => suspicionFrom(it, read)) }),
    ...(labels !== undefined && { labelTimes: labelTimesFrom(read.object(labels, "label_times"), read) }),
    ...(split !== undefined && { timeSplit: timeSplitFrom(read.object(split, "time_split"), read) }),
    trainingSetDigest: read.text(root["training_set_digest"], "training_set_digest"),
  };
}

const suspicionFrom = (it: Fields, read: Reader): SeenSuspicion => ({
  feature: read.text(it["feature"], "feature"),
  label: read.text(it["label"], "label"),
  measure: read.text(it["measure"], "measure"),
  strength: read.number(it["strength"], "strength"),
});

const labelTimesFrom = (it: Fields, read: Reader): SeenLabelTimes => ({
  unknownRowCount: read.number(it["unknown_row_count"], "unknown_row_count"),
  knownAtCutoffRowCount: read.number(it["known_at_cutoff_row_count"], "known_at_cutoff_row_count"),
});

const timeSplitFrom = (it: Fields, read: Reader): SeenTimeSplit => ({
  held: read.truth(it["held"], "held"),
  usesLabelTimes: read.truth(it["uses_label_times"], "uses_label_times"),
  trainRowCount: read.number(it["train_row_count"], "train_row_count"),
  testRowCount: read.number(it["test_row_count"], "test_row_count"),
  unknownRowCount: read.number(it["unknown_row_count"], "unknown_row_count"),
  lateTrainRowCount: read.number(it["late_train_row_count"], "late_train_row_count"),
  earlyTestRowCount: read.number(it["early_test_row_count"], "early_test_row_count"),
});

type Fields = Readonly<Record<string, unknown>>;

type Reader = ReturnType<typeof reader>;

/** Reads values of JSON that others wrote, and says what is wrong with them. */
function reader(what: string) {
  const refuse = (field: string, wanted: string): never => {
    throw evidenceInvalid(what, `${field} is no ${wanted}`);
  };
  return {
    json(bytes: Uint8Array): unknown {
      try {
        return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      } catch {
        return refuse("the whole", "JSON");
      }
    },
    object: (value: unknown, field: string): Readonly<Record<string, unknown>> =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Readonly<Record<string, unknown>>)
        : refuse(field, "object"),
    list: (value: unknown, field: string): readonly unknown[] => (Array.isArray(value) ? value : refuse(field, "list")),
    text: (value: unknown, field: string): string => (typeof value === "string" ? value : refuse(field, "text")),
    truth: (value: unknown, field: string): boolean =>
      typeof value === "boolean" ? value : refuse(field, "true or false"),
    number: (value: unknown, field: string): number =>
      Number.isFinite(value) ? (value as number) : refuse(field, "number"),
  };
}
