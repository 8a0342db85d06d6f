/**
 * `node scripts/test-spark.ts [FILE...]` runs the tests that need Spark, or those of them in the files that are named by a part
 * of their path. Spark is installed into the cache folder the first time (a minute, 0.9 GB); it needs Python and Java 17. So is
 * what it reads S3 with (0.7 GB, with Maven); where that cannot be had, the tests of it are left out, and it says so.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "./run.ts";
import { isGreen } from "./run-tests.ts";
import { projectReport, summaryLines, totalsLine } from "./test-report.ts";

const { positionals } = parseArgs({ allowPositionals: true });

/** By their names. Each of them starts a server of its own, two at a time: one alone leaves half of two processors idle. */
const FILES = "src/spark";

const { buildSparkS3, buildSparkServer } = await import("@throughline/testing");
console.log("Installing Spark, unless it is there.");
await buildSparkServer(process.env);
try {
  await buildSparkS3(process.env);
} catch (error) {
  console.log(`Spark's library for S3 could not be had, so nothing is tested with it: ${(error as Error).message}`);
}

const folder = mkdtempSync(join(tmpdir(), "throughline-spark-"));
const output = join(folder, "report.json");
const files = positionals.length > 0 ? positionals : [FILES];
const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${output}`];
await run(["vitest", "run", "--config", "vitest.config.ts", "--maxWorkers=2", ...reporters, ...files], {
  // With object storage, too, where its servers are built.
  env: { THROUGHLINE_TEST_SPARK: "1", THROUGHLINE_TEST_SERVERS: "1" },
});
const report = projectReport("spark", JSON.parse(readFileSync(output, "utf8")));
rmSync(folder, { recursive: true });
for (const line of summaryLines([report])) console.log(line);
process.exitCode = isGreen(report) ? 0 : 1;
console.log(totalsLine(report));
