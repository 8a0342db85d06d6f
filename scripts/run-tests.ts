import { rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./run.ts";
import { readReports, summaryLines, sumReports, type Totals } from "./test-report.ts";

export interface TestRequest {
  /** Names of projects, such as `kernel`; all when empty. */
  readonly projects: readonly string[];
  /** Also run the suites that need real database and object servers; `buildServers` has run. */
  readonly servers: boolean;
}

const REPORTS = join(ROOT, ".cache", "tests");

/**
 * Runs the test target of the projects through Nx and returns what their reports sum up to. Old reports are removed
 * first; Nx puts back the report of a project whose result it has cached.
 */
export async function runTests(request: TestRequest): Promise<Totals> {
  rmSync(REPORTS, { recursive: true, force: true });
  const only = request.projects.length === 0 ? [] : ["--projects", request.projects.join(",")];
  const { code } = await run(["nx", "run-many", "--target", "test", "--outputStyle", "static", ...only], {
    env: request.servers ? { THROUGHLINE_TEST_SERVERS: "1" } : {},
  });
  const reports = readReports(REPORTS);
  for (const line of ["", "Tests by project:", ...summaryLines(reports)]) console.log(line);
  const totals = sumReports(reports);
  if (code === 0 || totals.failed > 0) return totals;
  console.log("  FAILED a project ended without a report. Its output is above.");
  return { ...totals, failed: 1 };
}

/** True when something ran and nothing failed. */
export function isGreen(totals: Totals): boolean {
  if (totals.passed + totals.failed === 0) console.log("No test ran. Check the names of the projects.");
  return totals.failed === 0 && totals.passed > 0;
}
