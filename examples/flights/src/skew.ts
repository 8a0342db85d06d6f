import { join } from "node:path";
import { wait } from "@throughline/client";
import type { SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { CreateSkewReportResultSchema } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { SEPTEMBER, type ServedBy } from "./log.ts";
import { count } from "./progress.ts";
import { writeAnswers } from "./served.ts";
import type { Setting } from "./setting.ts";

/** Compares what a release was served with, value by value, with what the join gives now for the same keys and times. */
export async function compareWithJoin(
  { connection, progress }: Setting,
  { deployment, release }: ServedBy,
): Promise<SkewReport> {
  const { parent, skew } = connection;
  return progress.step("Joining the served rows again, and comparing value by value", async () => {
    const { operation } = await skew.createSkewReport({ parent, deployment, release, ...SEPTEMBER, exampleCount: 1 });
    const { skewReport } = await wait(connection, operation, CreateSkewReportResultSchema);
    if (!skewReport) throw new Error("the platform answered without the report");
    const { rowCount, differingRowCount, dataVersion } = skewReport;
    const told = `${count(differingRowCount)} of ${count(rowCount)} rows differ at data version ${dataVersion}`;
    return { told, result: skewReport };
  });
}

/** What plain loops over the source rows expect of a report. */
export interface ExpectedSkew {
  readonly rows: number;
  readonly differing: number;
  /** Rows that differ, by feature. Features without any are left out. */
  readonly features: Readonly<Record<string, number>>;
}

/** Computes in Python which served rows would have been others with the forgotten landings. */
export async function expectSkew(setting: Setting, { answers }: ServedBy): Promise<ExpectedSkew> {
  const { progress, python, dataDir, workDir } = setting;
  return progress.step("Counting in Python which rows the forgotten landings change", async () => {
    const served = writeAnswers(setting, "expected", answers);
    const result = await python.run<ExpectedSkew>(
      "expect_skew.py",
      ...[join(dataDir, "flights.parquet"), join(workDir, "forgotten.parquet"), served],
    );
    const told = `${count(result.differing)} rows, in ${Object.keys(result.features).length} features`;
    return { told, result };
  });
}

/** Fails if a report says anything else than what plain loops expect. */
export function checkSkew(report: SkewReport, expected: ExpectedSkew): void {
  const found = Object.fromEntries(
    report.features.flatMap((it) => (it.differingCount > 0n ? [[it.feature, Number(it.differingCount)]] : [])),
  );
  const wrong = Object.keys({ ...found, ...expected.features }).filter((it) => found[it] !== expected.features[it]);
  if (wrong.length > 0 || Number(report.differingRowCount) !== expected.differing)
    throw new Error(`the report differs from the count in ${wrong.join(", ") || "the number of rows"}`);
}
