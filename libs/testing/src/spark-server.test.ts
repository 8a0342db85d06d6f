import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sparkHome, sparkToTest, startSparkServer } from "./spark-server.ts";

const cache = await mkdtemp(join(tmpdir(), "throughline-cache-"));
afterAll(() => rm(cache, { recursive: true, force: true }));

test("no Spark is used unless it is asked for and installed", () => {
  expect(sparkHome({ THROUGHLINE_CACHE: cache })).toBeUndefined();
  expect(sparkToTest({ THROUGHLINE_TEST_SPARK: "1", THROUGHLINE_CACHE: cache })).toBeUndefined();
  expect(sparkToTest({})).toBeUndefined();
});

const home = sparkToTest(process.env);
test.skipIf(home === undefined)("Spark starts, and ends whole", { timeout: 180_000 }, async () => {
  const server = await startSparkServer(home ?? "");
  expect(() => process.kill(server.pid, 0)).not.toThrow();
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow("ESRCH");
});
