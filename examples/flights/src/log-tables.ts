import {
  type FeatureSkew,
  SkewCauseKind,
  type SkewReport,
} from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import type { LoggedSet } from "./log.ts";
import { enumWords, plainTable } from "./plain-table.ts";
import { count, figure } from "./progress.ts";
import { textOf } from "./tables.ts";

/** What is to be said of a training set that was made of the prediction log. */
export function loggedSetTable({ trainingSet, equalDigests, equalLabels }: LoggedSet): string {
  const { servedRows, certificate } = trainingSet;
  const leftOut = servedRows?.leftOut;
  const table = plainTable(["training set of the prediction log", ""]);
  table.push(
    ["rows", count(trainingSet.rowCount)],
    ["with a digest that is the answer's", count(equalDigests)],
    ["with the label that came of the flight", count(equalLabels)],
    ["left out: no feedback within a day of the question", count(leftOut?.withoutLabelCount ?? 0n)],
    ["releases that answered", (servedRows?.releases ?? []).map((it) => it.release.split("/").at(-1)).join(", ")],
    ["sealed segments of the log", count(servedRows?.logSegments.length ?? 0)],
    ["digest over the rows", trainingSet.digest],
    ["digest over the logged rows", certificate?.served?.loggedRowsDigest ?? ""],
    ["certificate", certificate?.passed ? "passed" : "FAILED"],
    [
      "  rows read again from the log, of them other than logged",
      `${count(certificate?.sampledRowCount ?? 0n)}, ${certificate?.mismatchCount}`,
    ],
    ["  rows with a value from after the question", count(certificate?.laterKnowledgeCount ?? 0n)],
    ["  labels from after the label delay", count(certificate?.served?.lateLabelCount ?? 0n)],
  );
  return table.toString();
}

/** The features of a report that differ most often, beside how many rows of each Python counted. */
export function skewTable(report: SkewReport, expected: Readonly<Record<string, number>>, rows = 12): string {
  const table = plainTable([
    "feature",
    "rows that differ",
    "by plain loops",
    "mean by",
    "at most by",
    "such as",
    "because of",
  ]);
  const differing = report.features.filter((it) => it.differingCount > 0n);
  for (const it of differing.slice(0, rows)) {
    table.push([
      it.feature,
      count(it.differingCount),
      count(expected[it.feature] ?? 0),
      figure(it.absoluteDifferenceMean ?? Number.NaN),
      figure(it.absoluteDifferenceMax ?? Number.NaN),
      exampleOf(it),
      causesOf(it),
    ]);
  }
  const more = differing.length - rows;
  return more > 0 ? `${table}\n  and more: ${more} features, each in as many rows as were counted` : table.toString();
}

function exampleOf({ examples: [example] }: FeatureSkew): string {
  if (!example) return "-";
  return `${shown(example.served)} served, ${shown(example.joined)} joined`;
}

function shown(value: Parameters<typeof textOf>[0] | undefined): string {
  const text = value ? textOf(value) : "null";
  return value?.kind.case === "float64Value" ? figure(value.kind.value) : text;
}

/** Causes are looked for in the first 1,000 rows that differ in anything; a feature may differ in later ones alone. */
function causesOf({ causes, examinedRowCount }: FeatureSkew): string {
  if (examinedRowCount === 0n) return "not looked at";
  return causes
    .map(({ kind, dataVersions }) => `${enumWords(SkewCauseKind[kind])} (data version ${dataVersions.join(", ")})`)
    .join("; ");
}
