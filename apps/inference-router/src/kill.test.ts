import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { wholeLines } from "./testing-lines.ts";
import { openPlatform } from "./testing-router.ts";

const dir = mkdtempSync(join(tmpdir(), "throughline-kill-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const isRunning = (pid: string): boolean => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};

test("a router that is killed while it predicts loses no prediction that it gave, and leaves no process behind", async () => {
  const script = fileURLToPath(new URL("./testing-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, dir], { stdio: ["ignore", "pipe", "inherit"] });
  const given: string[] = [];
  let models: readonly string[] = [];
  for await (const line of wholeLines(child.stdout)) {
    given.push(line);
    if (given.length !== 300) continue;
    models = await childrenOf(child.pid ?? 0);
    child.kill("SIGKILL");
  }
  expect(given.length).toBeGreaterThanOrEqual(300);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const platform = await openPlatform(dir);
  const router = await platform.start();
  for (const line of given) {
    const [name = "", score] = line.split(" ");
    const { prediction } = await router.inference.getPrediction({ name });
    expect(String(prediction?.score)).toBe(score);
  }
  await platform.close();
  while (models.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 20));
});

/** Processes that a process started; none where the system does not tell. */
async function childrenOf(pid: number): Promise<readonly string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return children.split(" ").filter((it) => it !== "");
}
