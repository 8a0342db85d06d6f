import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { banditPolicy } from "@throughline/bandits";
import { afterAll, expect, test } from "vitest";
import { wholeLines } from "./testing-lines.ts";
import { openPlatform } from "./testing-router.ts";

const dir = mkdtempSync(join(tmpdir(), "throughline-bandit-kill-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const deployment = "projects/default/deployments/learning";
/** Lines after which the process is killed: its release, and feedback that was taken. */
const ENOUGH = 60;

test("a router that is killed while it learns has learnt each reward that it took once, and none twice", async () => {
  const script = fileURLToPath(new URL("./testing-bandit-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, dir], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  for await (const line of wholeLines(child.stdout)) {
    lines.push(line);
    if (lines.length === ENOUGH) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const taken = lines.slice(1);
  expect(taken.length).toBeGreaterThanOrEqual(ENOUGH - 1);

  const platform = await openPlatform(dir);
  const [kept] = await platform.bandits(deployment);
  const router = await platform.start();
  const policy = banditPolicy({ arms: ["first", "second"], policy: { kind: "thompson_bernoulli" } });
  let expected = policy.empty;
  let rewarded = 0;
  let pageToken = "";
  do {
    const page = await router.inference.listPredictions({ parent: deployment, pageSize: 500, pageToken });
    for (const { feedback, choices } of page.predictions) {
      if (feedback === undefined) continue;
      rewarded += 1;
      expected = policy.update(expected, { arm: choices[0]?.branch ?? "", reward: feedback.actual });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  expect(kept?.state).toEqual(expected);
  expect(rewarded).toBeGreaterThanOrEqual(taken.length);
  for (const line of taken) {
    const [name = "", actual] = line.split(" ");
    const { prediction } = await router.inference.getPrediction({ name });
    expect(String(prediction?.feedback?.actual)).toBe(actual);
  }
  await platform.close();
});
