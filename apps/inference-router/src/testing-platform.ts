import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openPlatform, type Platform } from "./testing-router.ts";

/** A platform in a folder of its own, both removed after the tests of the file. */
export async function platform(): Promise<Platform> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-router-"));
  const opened = await openPlatform(dir);
  afterAll(async () => {
    await opened.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return opened;
}
