import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testPlatform } from "./testing-platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-killed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process push rows until it acknowledged so many, kills it, and returns the last acknowledged one. */
async function killedAfter(acknowledgements: number): Promise<number> {
  const pusher = spawn(process.execPath, [join(import.meta.dirname, "testing-pusher.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = 0;
  for await (const line of createInterface(pusher.stdout)) {
    last = Number(line);
    // Killed between two acknowledgements: the next push is under way somewhere.
    if (last === acknowledgements) pusher.kill("SIGKILL");
  }
  if (pusher.exitCode === null && pusher.signalCode === null) await once(pusher, "exit");
  return last;
}

test("every push that was acknowledged before a kill -9 is online, once, when the service opens again", async () => {
  const acknowledged = await killedAfter(12);
  expect(acknowledged).toBeGreaterThanOrEqual(12);
  const platform = await testPlatform(folder);
  const featureService = "projects/p/featureServices/f";
  const rows = [{ values: { id: valueToProto(1n) } }];
  const { vectors } = await platform.features.getOnlineFeatures({ featureService, rows, asOf: fromNs(1_000_000n) });
  const [newest, count] = vectors[0]?.values.map((it) => valueFromProto(it.value)) ?? [];
  const { source } = await platform.features.getSource({ name: "projects/p/sources/s" });
  await platform.close();
  expect(count).toBe(newest);
  expect(count).toBe(source?.rowCount);
  expect(Number(count)).toBeGreaterThanOrEqual(acknowledged);
});
