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

test("what was pushed, merged and reverted before a kill -9 is so, once and online, when the service opens again", async () => {
  const acknowledged = await killedAfter(13);
  expect(acknowledged).toBeGreaterThanOrEqual(13);
  const platform = await testPlatform(folder);
  const featureService = "projects/p/featureServices/f";
  const rows = [{ values: { id: valueToProto(1n) } }];
  const { vectors } = await platform.features.getOnlineFeatures({ featureService, rows, asOf: fromNs(1_000_000n) });
  const [newest, count] = vectors[0]?.values.map((it) => valueFromProto(it.value)) ?? [];
  const { source } = await platform.features.getSource({ name: "projects/p/sources/s" });
  const read = await platform.dataVersions.readSource({ source: "projects/p/sources/s", pageSize: 1_000 });
  await platform.close();
  const numbers = read.rows.map((it) => Number(valueFromProto(it.values["n"])));
  const right = numbers.filter((it) => it > 0);
  const wrong = numbers.filter((it) => it < 0);
  expect(right).toEqual(Array.from({ length: right.length }, (_, i) => i + 1));
  expect(right.length).toBeGreaterThanOrEqual(acknowledged);
  // Only the last wrong row may be there still: its revert was not acknowledged.
  expect(wrong.filter((it) => -it <= acknowledged)).toEqual([]);
  expect([count, source?.rowCount]).toEqual([BigInt(numbers.length), BigInt(numbers.length)]);
  expect(newest).toBe(BigInt(numbers.at(-1) ?? 0));
}, 120_000);
