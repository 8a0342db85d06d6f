import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalRowBytes, systemClock, timeOrderedIds } from "@throughline/kernel";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Prediction, PredictionEntry } from "../domain/prediction.ts";
import { type OpenedLog, openPredictionLog } from "./open-log.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-windows-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newId = timeOrderedIds(systemClock);
const open = (dir: string): Promise<OpenedLog> =>
  openPredictionLog({ dir, newId, sync: false, segmentBytesMax: 600, pendingBytesMax: 1_000_000 });

const D = "projects/p/deployments/d";
const facts = { release: "r", digest: "d", features: ["a"], viewVersions: {}, path: [], thresholds: {} };
const entryOf = (asOfNs: bigint): PredictionEntry => ({
  facts,
  score: 0,
  vector: [{ value: 1n, status: "present" }],
  vectorBytes: canonicalRowBytes([1n]),
  entity: {},
  asOfNs,
  timeMs: 0,
  latencyUs: 0,
});

const time = fc.bigInt({ min: -50n, max: 50n });
const bound = fc.option(time, { nil: undefined });

describe("windows of the prediction log", () => {
  test("have every prediction with an as_of in them, in the log's order, also after the log is opened again", async () => {
    const property = fc.asyncProperty(
      fc.array(time, { maxLength: 40 }),
      fc.array(fc.record({ startNs: bound, endNs: bound }), { minLength: 1, maxLength: 5 }),
      async (times, windows) => {
        const dir = join(root, String(count++));
        const log = await open(dir);
        for (const it of times) await log.append(D, entryOf(it));
        const check = async (of: OpenedLog): Promise<void> => {
          for (const { startNs, endNs } of windows) {
            const isWithin = ({ asOfNs }: Pick<Prediction, "asOfNs">): boolean =>
              (startNs === undefined || asOfNs >= startNs) && (endNs === undefined || asOfNs < endNs);
            const found = (await Array.fromAsync(of.forwards(D, { startNs, endNs }))).filter(isWithin);
            const all = (await Array.fromAsync(of.forwards(D))).filter(isWithin);
            expect(found.map((it) => it.id)).toEqual(all.map((it) => it.id));
            expect(all).toHaveLength(times.filter((asOfNs) => isWithin({ asOfNs })).length);
          }
        };
        await check(log);
        await log.close();
        const again = await open(dir);
        await check(again);
        await again.close();
      },
    );
    await fc.assert(property, { numRuns: 20 });
  });

  test("stand in sealed segments after a seal, whose bytes never change", async () => {
    const dir = join(root, String(count++));
    const log = await open(dir);
    const before = [1n, 2n, 3n];
    await Promise.all(before.map((it) => log.append(D, entryOf(it))));
    await Promise.all([log.seal(D), log.seal(D)]);
    const sealed = [...new Set((await Array.fromAsync(log.forwards(D))).map((it) => it.position.segment))];
    const digests = await Promise.all(sealed.map((it) => log.segmentDigest(D, it)));
    for (let i = 0; i < 20; i++) await log.append(D, entryOf(4n));
    const later = (await Array.fromAsync(log.forwards(D))).slice(before.length);
    expect(later).toHaveLength(20);
    expect(later.some((it) => sealed.includes(it.position.segment))).toBe(false);
    await log.close();
    const again = await open(dir);
    expect(await Promise.all(sealed.map((it) => again.segmentDigest(D, it)))).toEqual(digests);
    const files = readdirSync(dir, { recursive: true, encoding: "utf8" });
    const bytes = sealed.map((id) => readFileSync(join(dir, files.find((it) => it.endsWith(`${id}.log`)) ?? "")));
    expect(bytes.map((it) => `sha256:${createHash("sha256").update(it).digest("hex")}`)).toEqual(digests);
    await again.close();
  });

  test("are empty for a deployment that never answered", async () => {
    const log = await open(join(root, String(count++)));
    await log.seal("projects/p/deployments/other");
    expect(await Array.fromAsync(log.forwards("projects/p/deployments/other", { startNs: 0n }))).toEqual([]);
    await log.close();
  });
});
