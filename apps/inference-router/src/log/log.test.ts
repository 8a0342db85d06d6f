import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { canonicalRowBytes, type FeatureValue, rowDigest, systemClock, timeOrderedIds } from "@throughline/kernel";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Feature } from "../domain/features.ts";
import type { Prediction, PredictionEntry } from "../domain/prediction.ts";
import type { Logged } from "../domain/prediction-log.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import { openPredictionLog } from "./open-log.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-log-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newDir = () => join(root, String(count++));
const newId = timeOrderedIds(systemClock);
const open = (dir: string, segmentBytesMax = 1_000_000) =>
  openPredictionLog({ dir, newId, sync: false, segmentBytesMax, pendingBytesMax: 100_000_000 });

const D = "projects/p/deployments/d";
const SHA = `sha256:${"5a".repeat(32)}`;
const facts = (release = "projects/p/releases/r") => ({
  release,
  digest: "sha256:r",
  features: ["a", "b"],
  viewVersions: { weather: 2n ** 60n },
  path: ["score"],
  thresholds: { late: 0.5 },
});
const entryOf = (values: readonly FeatureValue[], more: Partial<PredictionEntry> = {}): PredictionEntry => ({
  facts: facts(),
  score: 0.25,
  vector: values.map(
    (value): Feature => ({ value, status: value === null ? "missing" : "present", knowledgeTimeNs: 7n }),
  ),
  vectorBytes: canonicalRowBytes(values),
  entity: { key: "k", at: { ns: 5n } },
  asOfNs: 1_700_000_000_123_456_789n,
  timeMs: 1_700_000_000_000,
  latencyUs: 900,
  ...more,
});
const all = async (items: AsyncIterable<Prediction>): Promise<Prediction[]> => Array.fromAsync(items);
const segmentsIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((it) => it.endsWith(".log"))
    .map((it) => join(dir, it));

const value = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double(),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((ns) => ({ ns })),
  fc.array(fc.bigInt({ min: 0n, max: 9n })),
) as fc.Arbitrary<FeatureValue>;

describe("the prediction log", () => {
  test("reads back the canonical bytes of any row", () => {
    fc.assert(
      fc.property(fc.array(value), (row) => {
        expect(rowDigest(readCanonicalRow(canonicalRowBytes(row)))).toBe(rowDigest(row));
      }),
    );
  });

  test("gives back every entry as it went in, by id, forwards and backwards, also after it is opened again", async () => {
    const dir = newDir();
    const log = await open(dir, 2_000);
    const entries = Array.from({ length: 60 }, (_, i) =>
      entryOf([i, BigInt(i), null], { score: i / 60, facts: facts(`projects/p/releases/r${i % 3}`) }),
    );
    const logged: Logged[] = [];
    for (let i = 0; i < 60; i += 6) {
      logged.push(...(await Promise.all(entries.slice(i, i + 6).map((it) => log.append(D, it)))));
    }
    const check = async (of: Awaited<ReturnType<typeof open>>) => {
      const forwards = await all(of.forwards(D));
      expect(forwards.map((it) => it.id)).toEqual(logged.map((it) => it.id));
      expect(await of.backwards(D, { limit: 100 })).toEqual(forwards.toReversed());
      const before = forwards[30]?.position;
      expect(await of.backwards(D, { limit: 5, ...(before ? { before } : {}) })).toEqual(
        forwards.slice(25, 30).toReversed(),
      );
      const [i, it] = [42, await of.read(D, logged[42]?.id ?? "")];
      expect(it).toEqual({
        ...entryOf([i, BigInt(i), null]),
        id: logged[i]?.id,
        position: logged[i]?.position,
        score: i / 60,
        facts: facts("projects/p/releases/r0"),
        rowDigest: rowDigest([i, BigInt(i), null]),
        vectorBytes: undefined,
      });
      expect([...of.tally(D)].map(([release, tally]) => [release.at(-1), tally.predictionCount])).toEqual([
        ["0", 20],
        ["1", 20],
        ["2", 20],
      ]);
    };
    await check(log);
    expect(segmentsIn(dir).length).toBeGreaterThan(2);
    await log.close();
    const again = await open(dir);
    await check(again);
    expect(again.tornBytes()).toBe(0);
    await again.close();
  });

  test("keeps entries of any size that come at once, their inputs encoded beforehand or not, for several deployments", async () => {
    const dir = newDir();
    const log = await open(dir, 1_000_000);
    const sizes = [1, 3, 20_000, 2, 70_000, 1, 400_000, 5];
    const deployments = [D, `${D}2`];
    for (let round = 0; round < 3; round++) {
      const written = sizes.flatMap((size, i) =>
        deployments.map(async (deployment) => {
          const entry = entryOf(["x".repeat(size), round], { score: i, request: { id: `${round}-${i}`, digest: SHA } });
          const encoded = (round + i) % 2 === 0 ? { encoded: log.encode(entry) } : {};
          return { deployment, entry, ...(await log.append(deployment, { ...entry, ...encoded })) };
        }),
      );
      for (const { deployment, id, entry } of await Promise.all(written)) {
        const { vectorBytes: _, ...rest } = entry;
        expect(await log.read(deployment, id)).toMatchObject(rest);
      }
    }
    for (const it of deployments)
      expect((await all(log.forwards(it))).map(({ score }) => score)).toEqual(
        [0, 1, 2].flatMap(() => [...sizes.keys()]),
      );
    await log.close();
  });

  test("refuses an instant that has no place in a record, and takes the next", async () => {
    const log = await open(newDir());
    await log.append(D, entryOf([0]));
    const wrong = async () => log.append(D, entryOf([1], { asOfNs: 2n ** 63n }));
    await expect(wrong()).rejects.toThrow("64 bits");
    const { id } = await log.append(D, entryOf([2], { asOfNs: 2n ** 63n - 1n }));
    expect((await log.read(D, id))?.asOfNs).toBe(2n ** 63n - 1n);
    expect(await all(log.forwards(D))).toHaveLength(2);
    await log.close();
  });

  test("cuts off a torn tail wherever it was torn, and keeps everything before", async () => {
    const dir = newDir();
    const log = await open(dir);
    const logged = await Promise.all([1, 2, 3].map((it) => log.append(D, entryOf([it, it]))));
    await log.close();
    const [path = ""] = segmentsIn(dir);
    const bytes = readFileSync(path);
    const lastStart = logged[2]?.position.offset ?? 0;
    for (let end = lastStart + 1; end < bytes.byteLength; end += 7) {
      rmSync(path.replace(/\.log$/, ".sealed.json"), { force: true });
      writeFileSync(path, bytes.subarray(0, end));
      const torn = await open(dir);
      expect(torn.tornBytes()).toBe(end - lastStart);
      expect((await all(torn.forwards(D))).map((it) => it.id)).toEqual(logged.slice(0, 2).map((it) => it.id));
      await torn.close();
      expect(statSync(path).size).toBe(lastStart);
    }
  });

  test("cuts off nothing that a later version wrote", async () => {
    const dir = newDir();
    const log = await open(dir);
    await log.append(D, entryOf([1, 2]));
    await log.close();
    const [path = ""] = segmentsIn(dir);
    const content = Buffer.from([200, 1, 2, 3]);
    const frame = Buffer.alloc(12 + content.byteLength);
    frame.writeUInt32LE(content.byteLength, 0);
    frame.writeUInt32LE(crc32(content), 4);
    content.copy(frame, 8);
    frame.writeUInt32LE(content.byteLength, 8 + content.byteLength);
    const bytes = Buffer.concat([readFileSync(path), frame]);
    rmSync(path.replace(/\.log$/, ".sealed.json"), { force: true });
    writeFileSync(path, bytes);
    await expect(open(dir)).rejects.toMatchObject({ reason: "PREDICTION_LOG_OF_LATER_VERSION" });
    expect(readFileSync(path)).toEqual(bytes);
  });

  test("tells where a record was damaged, and gives no wrong one", async () => {
    const dir = newDir();
    const log = await open(dir);
    const logged = await Promise.all([1, 2, 3].map((it) => log.append(D, entryOf([it, it]))));
    const [path = ""] = segmentsIn(dir);
    const bytes = readFileSync(path);
    const at = (logged[1]?.position.offset ?? 0) + 30;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(all(log.forwards(D))).rejects.toMatchObject({ reason: "PREDICTION_LOG_CORRUPT" });
    await expect(log.backwards(D, { limit: 9 })).rejects.toMatchObject({ reason: "PREDICTION_LOG_CORRUPT" });
    expect(await log.read(D, logged[1]?.id ?? "")).toBeUndefined();
    expect(await log.read(D, logged[2]?.id ?? "")).toBeDefined();
    await log.close();
  });

  test("is open once at a time, waits for the disk when it is told to, and can be opened after it was closed", async () => {
    const dir = newDir();
    const options = { dir, newId, sync: true, segmentBytesMax: 1_000, pendingBytesMax: 1_000_000 };
    const log = await openPredictionLog(options);
    await expect(open(dir)).rejects.toMatchObject({ reason: "PREDICTION_LOG_LOCKED" });
    const { id } = await log.append(D, entryOf([1, 2]));
    await log.close();
    const again = await open(dir);
    expect(await again.read(D, id)).toBeDefined();
    await again.close();
  });

  test("refuses entries beyond what may wait for the disk, and drops none that it took", async () => {
    const dir = newDir();
    const log = await openPredictionLog({
      dir,
      newId,
      sync: false,
      segmentBytesMax: 1_000_000,
      pendingBytesMax: 4_000,
    });
    await log.append(D, entryOf([0, 0]));
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => log.append(D, entryOf([i, i]))));
    const taken = results.flatMap((it) => (it.status === "fulfilled" ? [it.value.id] : []));
    const refused = results.flatMap((it) => (it.status === "rejected" ? [it.reason.reason] : []));
    expect(new Set(refused)).toEqual(new Set(["PREDICTION_LOG_BUSY"]));
    expect((await all(log.forwards(D))).slice(1).map((it) => it.id)).toEqual(taken);
    await log.close();
  });

  test("finds nothing for ids that it never gave", async () => {
    const dir = newDir();
    const log = await open(dir);
    const { id } = await log.append(D, entryOf([1, 2]));
    const [segment = "", offset = "", check = ""] = id.split("-");
    for (const wrong of [
      "",
      "x",
      `${segment}-${offset}-00000000`,
      `${segment}-0-${check}`,
      `${segment}-zzzzzzzz-${check}`,
      `${segment}-0${offset}-${check}`,
      id.toUpperCase(),
    ]) {
      expect(await log.read(D, wrong)).toBeUndefined();
    }
    expect(await log.read("projects/p/deployments/other", id)).toBeUndefined();
    await log.close();
  });

  test("loses no acknowledged entry when its process is killed while it writes", async () => {
    const dir = newDir();
    const child = spawn(process.execPath, ["--no-warnings", script, dir], { stdio: ["ignore", "pipe", "inherit"] });
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === 500) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const log = await open(dir);
    const there = new Set((await all(log.forwards(D))).map((it) => it.id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(500);
    expect(acknowledged.filter((it) => !there.has(it))).toEqual([]);
    for (const id of acknowledged.slice(-20)) expect(await log.read(D, id)).toBeDefined();
    await log.close();
  });

  test("withholds answers while the disk is full, and keeps what it gave", async () => {
    const dir = newDir();
    const limited = `ulimit -f 16; exec "$0" --no-warnings "$@"`;
    const child = spawn("/bin/sh", ["-c", limited, process.execPath, script, dir, "until-failure"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = await Array.fromAsync(createInterface({ input: child.stdout }));
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(lines.at(-1)).toBe("PREDICTION_LOG_UNAVAILABLE");
    const log = await open(dir);
    expect((await all(log.forwards(D))).map((it) => it.id).sort()).toEqual(lines.slice(0, -1).sort());
    expect(lines.length).toBeGreaterThan(10);
    await log.close();
  });
});

const script = fileURLToPath(new URL("./testing-writer.ts", import.meta.url));
