import {
  canonicalJson,
  type Digest,
  DomainError,
  digestOfBytes,
  type FieldViolation,
  isDigest,
} from "@throughline/kernel";
import { specProblems } from "./calibrate.ts";
import { type Calibration, type GroupCalibration, METHODS, type ScoreDefinition } from "./calibration.ts";

/** Most bytes of a calibration: ten thousand groups with long names. */
export const CALIBRATION_BYTES_MAX = 4 * 1024 ** 2;

/** The bytes that a calibration's digest is of: RFC 8785. */
export const calibrationBytes = (calibration: Calibration): Uint8Array =>
  new TextEncoder().encode(
    canonicalJson({
      ...calibration,
      score: { ...calibration.score },
      all: { ...calibration.all },
      groups: Object.fromEntries(Object.entries(calibration.groups).map(([name, it]) => [name, { ...it }])),
    }),
  );

export const calibrationDigest = (calibration: Calibration): Digest => digestOfBytes(calibrationBytes(calibration));

/** Reads a calibration. Fails with CALIBRATION_INVALID and all problems at once. */
export function readCalibration(bytes: Uint8Array): Calibration {
  const found: FieldViolation[] = [];
  const calibration = parsed(bytes, found);
  if (calibration && found.length === 0) return calibration;
  const text = found.map(({ path, description }) => `${path}: ${description}`).join("; ");
  throw new DomainError("invalid", "CALIBRATION_INVALID", `The bytes are no calibration. ${text}.`, {
    violations: found,
  });
}

function parsed(bytes: Uint8Array, found: FieldViolation[]): Calibration | undefined {
  if (bytes.length > CALIBRATION_BYTES_MAX) {
    found.push({ path: "$", description: `${bytes.length} bytes; at most ${CALIBRATION_BYTES_MAX} are read` });
    return undefined;
  }
  const root = jsonIn(bytes);
  if (!isRecord(root)) {
    found.push({ path: "$", description: "it is no JSON object" });
    return undefined;
  }
  const read = reader(root, "", found);
  if (root["version"] !== 1) found.push({ path: "version", description: "this version is not known" });
  const calibration: Calibration = {
    version: 1,
    alpha: read.number("alpha"),
    score: scoreIn(root["score"], found),
    groupField: read.text("groupField"),
    groupRowsLeast: read.whole("groupRowsLeast"),
    all: groupIn(root["all"], "all", found),
    groups: groupsIn(root["groups"], found),
    skippedCount: read.whole("skippedCount"),
    sourceDigest: read.text("sourceDigest"),
  };
  if (found.length > 0) return undefined;
  found.push(...specProblems(calibration));
  if (!isDigest(calibration.sourceDigest)) found.push({ path: "sourceDigest", description: "it is no digest" });
  if (calibration.groupField === "" && Object.keys(calibration.groups).length > 0)
    found.push({ path: "groups", description: "there is no field that tells them" });
  return calibration;
}

function scoreIn(value: unknown, found: FieldViolation[]): ScoreDefinition {
  const read = reader(value, "score.", found);
  const method = METHODS.find((it) => it === read.text("method"));
  if (!method) found.push({ path: "score.method", description: `it is none of ${METHODS.join(", ")}` });
  return {
    method: method ?? "ABSOLUTE_RESIDUAL",
    columnCount: read.whole("columnCount"),
    labels: read.texts("labels"),
    isRandomized: read.truth("isRandomized"),
    allowsEmpty: read.truth("allowsEmpty"),
    penalty: read.number("penalty"),
    penaltyRank: read.whole("penaltyRank"),
  };
}

function groupsIn(value: unknown, found: FieldViolation[]): Readonly<Record<string, GroupCalibration>> {
  if (!isRecord(value)) {
    found.push({ path: "groups", description: "it is no object" });
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([group, it]) => [group, groupIn(it, `groups[${JSON.stringify(group)}]`, found)]),
  );
}

function groupIn(value: unknown, path: string, found: FieldViolation[]): GroupCalibration {
  const read = reader(value, `${path}.`, found);
  return {
    rowCount: read.whole("rowCount"),
    quantile: read.number("quantile"),
    coveredCount: read.whole("coveredCount"),
  };
}

function reader(value: unknown, path: string, found: FieldViolation[]) {
  const of = isRecord(value) ? value : {};
  const take = <T>(key: string, wanted: Wanted<T>): T => {
    const it = of[key];
    if (wanted.is(it)) return it;
    found.push({ path: `${path}${key}`, description: `it is no ${wanted.called}` });
    return wanted.otherwise;
  };
  return {
    number: (key: string): number => take(key, { called: "number", is: isNumber, otherwise: 0 }),
    whole: (key: string): number => take(key, { called: "count", is: isCount, otherwise: 0 }),
    text: (key: string): string => take(key, { called: "text", is: isText, otherwise: "" }),
    texts: (key: string): readonly string[] => take(key, { called: "list of texts", is: isTexts, otherwise: [] }),
    truth: (key: string): boolean => take(key, { called: "truth value", is: isTruth, otherwise: false }),
  };
}

/** What a member is to be, and what stands for it if it is not. */
interface Wanted<T> {
  readonly called: string;
  readonly is: (it: unknown) => it is T;
  readonly otherwise: T;
}

const isText = (it: unknown): it is string => typeof it === "string";
const isTexts = (it: unknown): it is readonly string[] => Array.isArray(it) && it.every(isText);
const isTruth = (it: unknown): it is boolean => typeof it === "boolean";
const isNumber = (it: unknown): it is number => typeof it === "number" && Number.isFinite(it);
const isCount = (it: unknown): it is number => isNumber(it) && Number.isSafeInteger(it) && it >= 0;

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
