import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const SCRIPTS = join(import.meta.dirname, "../python");
const VECTORS = join(import.meta.dirname, "../../../libs/kernel/src/row-digest.vectors.json");
const PYTHON = spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!PYTHON)("the digests that Python computes in the demonstration are the platform's", () => {
  const checked = spawnSync("python3", [join(SCRIPTS, "check_digests.py"), VECTORS], { encoding: "utf8" });
  expect(checked).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(checked.stdout)).toEqual({ rows: expect.any(Number), dataSets: expect.any(Number) });
  expect(JSON.parse(checked.stdout).rows).toBeGreaterThan(10);
});
