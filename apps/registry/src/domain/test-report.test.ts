import { inTurns } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { readTestReport } from "./test-report.ts";

const read = (text: string) => inTurns(readTestReport(Buffer.from(text)));

/** As pytest writes it. */
const PYTEST = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="7"
 skipped="1" tests="4" time="0.1"><testcase classname="test_a" name="test_less[a > b]" time="0.001" />
<testcase classname="test_a" name="no" time="0.001"><failure message="assert 1 &lt; 0">def no():
&gt;       assert 1 &lt; 0</failure></testcase>
<testcase name="later"><skipped type="pytest.skip" message="not here">x.py:9: not here</skipped></testcase>
<testcase name="broken"><error message="failed on setup">E</error><failure message="too"/></testcase></testsuite></testsuites>`;

describe("reports of tests", () => {
  test.each([
    ["one of pytest, by what its cases say and not by what its suites do", PYTEST, [3, 2, 1]],
    [
      "one of vitest, with suites in a suite and what a test printed",
      `<testsuites><testsuite><testsuite><testcase name='a'><system-out><![CDATA[<failure/> ]]></system-out></testcase>
       <!-- <testcase><failure/></testcase> --></testsuite><testcase name="b"/></testsuite></testsuites>\n`,
      [2, 0, 0],
    ],
    ["what failed anywhere but in a case is none of a case", `<testsuite><error/><testcase/></testsuite>`, [1, 0, 0]],
  ])("%s", (_what, text, [testCount, failedCount, skippedCount]) =>
    expect(read(text)).resolves.toEqual({ testCount, failedCount, skippedCount }),
  );

  test.each([
    ["", "it ends too early"],
    ["no XML", "it ends too early"],
    ["<html><testcase/></html>", "its root is neither testsuites nor testsuite"],
    ["<testsuite><testcase><skipped/></testcase></testsuite>", "it names no test that ran"],
    ["<testsuite></testsuite>", "it names no test that ran"],
    ["<testsuite><testcase/></testsuite><testsuite/>", "something follows its root"],
    ["<testsuite><testcase><failure/><testcase/></testcase></testsuite>", "a testcase stands in another"],
    ["<testsuite><testcase></testsuite>", "an element testsuite ends that did not begin"],
    ["<testsuite><testcase/>", "it ends too early"],
    ['<testsuite a="><testcase/></testsuite>', 'a " is missing'],
    ["<testsuite", "a tag does not end"],
    ["<testsuite><!-- ", "a --> is missing"],
    ["<testsuite>< testcase/></testsuite>", "an element has no name"],
    ['<!DOCTYPE a [<!ENTITY b "c">]><testsuite><testcase/></testsuite>', "it declares a document type"],
    ["<testsuite>".repeat(65), "its elements stand more than 64 deep"],
  ])("%s is refused", (text, why) =>
    expect(read(text)).rejects.toThrow(
      expect.objectContaining({
        reason: "EVIDENCE_INVALID",
        metadata: { what: "report of tests" },
        violations: [{ path: "evidence", description: why }],
      }),
    ),
  );

  test("bytes that are no text are refused", () =>
    expect(inTurns(readTestReport(Uint8Array.of(0xff, 0xfe)))).rejects.toThrow("it is no text in UTF-8"));

  test("eight million characters of any kind are read in one pass", async () => {
    for (const piece of ["<", "<a ", "<!--", '<a b="', "<testsuite>", "<![CDATA[", "&lt;"]) {
      const began = performance.now();
      await expect(read(piece.repeat(8_000_000 / piece.length))).rejects.toThrow();
      expect(performance.now() - began).toBeLessThan(30_000);
    }
  });

  // What this thread computes is counted, and not what it waits for on a busy machine.
  test.each(["<testcase/>", `<testcase a=">"></testcase>`, "<!-- -->", "<![CDATA[]]>", "<?a?>"])(
    "a long report is read in short steps: %s",
    (piece) => {
      const count = Math.floor(8_000_000 / piece.length);
      const work = readTestReport(Buffer.from(`<testsuite><testcase/>${piece.repeat(count)}</testsuite>`));
      const steps: number[] = [];
      for (let isDone = false; !isDone; ) {
        const before = process.threadCpuUsage();
        const step = work.next();
        isDone = step.done === true;
        const { user, system } = process.threadCpuUsage(before);
        steps.push(user + system);
        if (step.done) expect(step.value.testCount).toBe(piece.startsWith("<testcase") ? count + 1 : 1);
      }
      expect(steps.length).toBeGreaterThan(100);
      expect(Math.max(...steps)).toBeLessThan(steps.reduce((sum, it) => sum + it) / 3);
    },
  );
});
