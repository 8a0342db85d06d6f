import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What became of the tests of one project. */
export interface ProjectReport {
  readonly project: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The full names of the failed tests, each with its file. */
  readonly failures: readonly string[];
}

export type Totals = Pick<ProjectReport, "passed" | "failed" | "skipped">;

/** The part of Vitest's JSON report that is read here. */
interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Reads the JSON reports below a folder; the path of a report is the name of its project. */
export function readReports(folder: string): readonly ProjectReport[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((it) => it.endsWith(".json"));
  return names.sort().map((name) => {
    const report = JSON.parse(readFileSync(join(folder, name), "utf8")) as VitestReport;
    return projectReport(name.slice(0, -".json".length), report);
  });
}

/**
 * Counts one report. A file that could not be loaded has no tests in the report, and an error outside of any test shows
 * in `success` alone: each counts as one failed test, so that a broken project never looks like one without tests.
 */
export function projectReport(project: string, report: VitestReport): ProjectReport {
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, file: file.name })),
  );
  const unloaded = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((it) => it.status === "failed"),
  );
  const failures = [
    ...tests.filter((it) => it.status === "failed").map((it) => `${it.fullName} (${it.file})`),
    ...unloaded.map((file) => `${file.name} could not be run: ${(file.message ?? "").split("\n")[0]}`),
  ];
  if (!report.success && failures.length === 0) failures.push("an error was thrown outside of any test");
  const passed = tests.filter((it) => it.status === "passed").length;
  const failed = tests.filter((it) => it.status === "failed").length;
  return { project, passed, failed: failures.length, skipped: tests.length - passed - failed, failures };
}

export const sumReports = (reports: readonly Totals[]): Totals => ({
  passed: reports.reduce((sum, it) => sum + it.passed, 0),
  failed: reports.reduce((sum, it) => sum + it.failed, 0),
  skipped: reports.reduce((sum, it) => sum + it.skipped, 0),
});

/** The last line of every test command. */
export const totalsLine = ({ passed, failed, skipped }: Totals): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** One line for each project that has tests, then the failed tests by name. */
export function summaryLines(reports: readonly ProjectReport[]): readonly string[] {
  const withTests = reports.filter((it) => it.passed + it.failed + it.skipped > 0);
  const width = Math.max(0, ...withTests.map((it) => it.project.length));
  return [
    ...withTests.map((it) => `  ${it.project.padEnd(width)}  ${totalsLine(it)}`),
    ...reports.flatMap((it) => it.failures.map((failure) => `  FAILED ${it.project}: ${failure}`)),
  ];
}
