import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundle } from "./bundle.ts";
import { withOwnFolder } from "./own-folder.ts";
import { run } from "./run.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "throughline-own-folder-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

test("a program that was bundled starts while the same one is bundled and ends elsewhere", async () => {
  const source = join(parent, "program.ts");
  writeFileSync(source, "process.exitCode = 7;\n");
  const bundled = join(parent, "bundled");
  await withOwnFolder(bundled, async (folder) => {
    const program = await bundle(source, folder);
    const other = await withOwnFolder(bundled, async (second) => {
      const twin = await bundle(source, second);
      expect((await run([process.execPath, program])).code).toBe(7);
      return twin;
    });
    expect(existsSync(other)).toBe(false);
    expect((await run([process.execPath, program])).code).toBe(7);
  });
  expect(readdirSync(bundled)).toEqual([]);
});

test("a folder whose work failed is removed too", async () => {
  const failed = withOwnFolder(parent, async () => {
    throw new Error("it failed");
  });
  await expect(failed).rejects.toThrow("it failed");
  expect(readdirSync(parent)).toEqual([]);
});
