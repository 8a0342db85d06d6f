import { describe, expect, test } from "vitest";
import { projectReport, summaryLines, sumReports, totalsLine } from "./test-report.ts";

const file = (status: string, ...tests: readonly string[]) => ({
  name: "x.test.ts",
  status,
  message: "Cannot find module y\nstack",
  assertionResults: tests.map((it) => ({ fullName: `a test that ${it}`, status: it })),
});

describe("the count of tests", () => {
  test("counts passed, failed, and everything else as skipped", () => {
    const report = projectReport("p", { success: false, testResults: [file("failed", "passed", "failed", "todo")] });
    expect(report).toMatchObject({ passed: 1, failed: 1, skipped: 1, failures: ["a test that failed (x.test.ts)"] });
  });

  test("counts a file that could not be loaded as one failure", () => {
    const report = projectReport("p", { success: false, testResults: [file("failed"), file("passed", "passed")] });
    expect(report).toMatchObject({
      passed: 1,
      failed: 1,
      failures: ["x.test.ts could not be run: Cannot find module y"],
    });
  });

  test("counts an error outside of any test as one failure", () => {
    const report = projectReport("p", { success: false, testResults: [file("passed", "passed")] });
    expect(report).toMatchObject({ passed: 1, failed: 1 });
  });

  test("ends in one plain line, which names skipped tests only if there are any", () => {
    expect(totalsLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
    expect(
      totalsLine(
        sumReports([
          { passed: 1, failed: 1, skipped: 1 },
          { passed: 2, failed: 0, skipped: 0 },
        ]),
      ),
    ).toBe("3 passed, 1 failed, 1 skipped");
  });

  test("leaves projects without tests out of the summary, but not their failures", () => {
    const silent = projectReport("silent", { success: true, testResults: [] });
    const broken = projectReport("broken", { success: false, testResults: [] });
    expect(summaryLines([silent, broken])).toEqual([
      "  broken  0 passed, 1 failed",
      "  FAILED broken: an error was thrown outside of any test",
    ]);
  });
});
