import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { canonicalRowBytes, systemClock, timeOrderedIds } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { describe, expect, onTestFinished, test } from "vitest";
import type { PredictionEntry } from "../domain/prediction.ts";
import { platform } from "../testing-platform.ts";
import { openPredictionLog } from "./open-log.ts";
import { watchedDisk } from "./testing-power.ts";

const D = "projects/default/deployments/d";
const newId = timeOrderedIds(systemClock);

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "throughline-durable-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const open = (dir: string, sync: boolean, within = dirname(dir)) =>
  openPredictionLog({ dir, within, newId, sync, segmentBytesMax: 20_000, pendingBytesMax: 10_000_000 });

/** What a file of this process is; empty if it was closed meanwhile. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

const entryOf = (value: number): PredictionEntry => ({
  facts: { release: "r", digest: "d", features: ["a"], viewVersions: {}, path: [], thresholds: {} },
  score: value,
  vector: [{ value, status: "present", knowledgeTimeNs: 7n }],
  vectorBytes: canonicalRowBytes([value]),
  entity: {},
  asOfNs: 0n,
  timeMs: systemClock.now(),
  latencyUs: 900,
});

describe.runIf(process.platform === "linux")("a prediction log when the power fails", () => {
  test("has every prediction that was acknowledged, in the durable setting, at whatever moment", async () => {
    const [root, disk] = [folder(), await watchedDisk()];
    const log = await open(join(root, "logs", "here"), true, root);
    onTestFinished(() => log.close());
    const acknowledged: string[] = [];
    const found: number[] = [];
    // Several callers, so that writes come in while others are being waited for, and several segments.
    const caller = async (first: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const { id } = await log.append(D, entryOf(first + i));
        acknowledged.push(id);
        if (i % 13 !== 12) continue;
        const due = [...acknowledged];
        const after = await open(join(disk.afterPowerLoss(root), "logs", "here"), false);
        const known = await Promise.all(due.map((it) => after.read(D, it)));
        await after.close();
        expect(known.filter((it) => it === undefined)).toEqual([]);
        found.push(known.length);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => caller(i * 1_000)));
    expect(Math.max(...found)).toBeGreaterThan(200);
  });

  test("has what is in folders that an earlier process made and did not wait for", async () => {
    const [root, disk] = [folder(), await watchedDisk()];
    const dir = join(root, "data", "logs", "here");
    mkdirSync(dir, { recursive: true });
    const log = await open(dir, true, root);
    onTestFinished(() => log.close());
    const { id } = await log.append(D, entryOf(0));
    const after = await open(join(disk.afterPowerLoss(root), "data", "logs", "here"), false);
    expect((await after.read(D, id))?.score).toBe(0);
    await after.close();
  });

  test("that cannot begin a segment leaves no file of it, open or in its folder", async () => {
    const [root, disk] = [folder(), await watchedDisk()];
    const log = await open(root, true);
    onTestFinished(() => log.close());
    const files = () => readdirSync(root, { recursive: true }).filter((it) => String(it).endsWith(".log"));
    const opened = () => readdirSync("/proc/self/fd").filter((it) => targetOf(it).startsWith(root));
    disk.failNext((name) => name.endsWith(".log"));
    await expect(log.append(D, entryOf(0))).rejects.toMatchObject({ reason: "PREDICTION_LOG_UNAVAILABLE" });
    expect([files(), opened()]).toEqual([[], []]);
    await log.append(D, entryOf(1));
    expect([files().length, opened().length]).toEqual([1, 1]);
  });

  test("waits once for all that came in while it waited before", async () => {
    const [root, disk] = [folder(), await watchedDisk()];
    const log = await open(root, true);
    onTestFinished(() => log.close());
    await log.append(D, entryOf(0));
    const before = disk.syncCount();
    const rounds = 20;
    for (let round = 0; round < rounds; round++)
      await Promise.all(Array.from({ length: 50 }, (_, i) => log.append(D, entryOf(i))));
    const waited = disk.syncCount() - before;
    expect(waited).toBeGreaterThanOrEqual(rounds);
    // Each round is one group, or two; now and then a segment begins, whose folders are waited for too.
    expect(waited).toBeLessThan(10 * rounds);
  });

  test("has nothing to show for it where nobody waited for the disk", async () => {
    const [root, disk] = [folder(), await watchedDisk()];
    const log = await open(root, false);
    onTestFinished(() => log.close());
    for (let i = 0; i < 20; i++) await log.append(D, entryOf(i));
    const after = await open(disk.afterPowerLoss(root), false);
    expect(after.deployments()).toEqual([]);
    await after.close();
  });

  test.each([true, false])("has an answer that a router gave if it was told so: %s", async (logSync) => {
    const on = await platform();
    const disk = await watchedDisk();
    const router = await on.start({}, { logSync });
    const release = on.registry.release(await on.model("answers_a"));
    on.registry.deploy(D, { [release]: 10_000 });
    await router.serving(D, [release]);
    const entity = { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) };
    const { prediction, score } = await router.inference.predict({ deployment: D, entity });
    const after = await open(join(disk.afterPowerLoss(on.dir), "log", "predictions"), false);
    const found = await after.read(D, prediction.slice(prediction.lastIndexOf("/") + 1));
    await after.close();
    expect(found?.score).toBe(logSync ? score : undefined);
  });
});
