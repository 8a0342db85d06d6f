import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../port.ts";
import type { Point, Series, SeriesPoint } from "../series.ts";
import { openConnection } from "./database.ts";
import { openSqliteStore } from "./sqlite-store.ts";

/** More than wait at a time. */
const MANY = 600;

describe("points that wait to be sorted in", () => {
  let dir: string;
  let path: string;
  let store: Store;
  let series: Series;
  const open = (): void => {
    store = openSqliteStore(path);
    series = store.series("metrics");
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-waiting-"));
    path = join(dir, "store.db");
    open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const waiting = (): number => {
    const other = openConnection(path);
    try {
      return (other.statement(`SELECT count(*) FROM "w_metrics"`).get() as unknown as [number])[0];
    } finally {
      other.close();
    }
  };
  const point = (at: number, key = "a"): SeriesPoint => ({
    key,
    step: BigInt(at),
    timeMs: at,
    sequence: BigInt(at),
    value: at,
  });
  const steps = async (range: { readonly descending?: boolean; readonly after?: Point } = {}): Promise<number[]> =>
    (await series.read("a", { limit: 1_000, ...range })).map(({ step }) => Number(step));

  test("are read in their places among the others, and stay where they are for it", async () => {
    await series.append(Array.from({ length: 50 }, (_, at) => point(2 * at)));
    for (const at of [7, 3, 3, 200]) await series.append([point(at)]);
    expect(waiting()).toBe(4);
    const all = [...Array.from({ length: 50 }, (_, at) => 2 * at), 7, 3, 200].sort((a, b) => a - b);
    expect(await steps()).toEqual(all);
    expect(await steps({ descending: true })).toEqual(all.toReversed());
    expect(await steps({ after: point(6) })).toEqual(all.filter((it) => it > 6));
    expect((await series.read("a", { limit: 4 })).map(({ step }) => step)).toEqual([0n, 2n, 3n, 4n]);
    expect(waiting()).toBe(4);
  });

  test("are there for everything that looks at whole series", async () => {
    await store.batch([series.write([point(1), point(5, "b")]), series.write([point(2)])]);
    expect((await series.summaries(["a"])).get("a")).toMatchObject({ min: 1, max: 2, last: { step: 2n } });
    expect(waiting()).toBe(0);
    await series.append([point(9, "c")]);
    expect(await series.keys("", { limit: 10 })).toEqual(["a", "b", "c"]);
    await series.append([point(3)]);
    expect((await series.sample("a", { points: 100 })).points.map(({ step }) => step)).toEqual([1n, 2n, 3n]);
  });

  test("go with their series", async () => {
    await series.append([point(1), point(5, "b")]);
    await series.removeAll("a");
    expect(await series.keys("", { limit: 10 })).toEqual(["b"]);
    expect(await steps()).toEqual([]);
  });

  test("wait still when the store is open again", async () => {
    await series.append([point(1)]);
    await store.close();
    open();
    expect(await steps()).toEqual([1]);
    expect(waiting()).toBe(1);
    expect((await series.summaries(["a"])).get("a")).toMatchObject({ min: 1, max: 1 });
    expect(waiting()).toBe(0);
  });

  test("are sorted in by themselves once there are many", async () => {
    for (let at = 1; at <= MANY; at++) await series.append([point(at)]);
    await store.ping();
    expect(waiting()).toBeLessThan(MANY - 500);
    expect(await steps()).toEqual(Array.from({ length: MANY }, (_, i) => i + 1));
    const { points } = await series.sample("a", { points: 4 });
    expect(points[0]?.step).toBe(1n);
    expect(points.at(-1)?.step).toBe(BigInt(MANY));
  });

  test("and others together are the set of all", async () => {
    const any = fc.record({
      step: fc.bigInt({ min: -2n, max: 2n }),
      timeMs: fc.integer({ min: 0, max: 2 }),
      sequence: fc.bigInt({ min: 0n, max: 3n }),
      value: fc.constantFrom(0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY),
    });
    const appends = fc.array(fc.array(any, { minLength: 1, maxLength: 45 }), { maxLength: 5 });
    let next = 0;
    await fc.assert(
      fc.asyncProperty(appends, fc.boolean(), async (all, isSummed) => {
        const key = `r${next++}`;
        for (const points of all) await series.append(points.map((it) => ({ ...it, key })));
        const before = await series.read(key, { limit: 1_000 });
        if (isSummed) await series.summaries([key]);
        expect(await series.read(key, { limit: 1_000 })).toEqual(before);
        const text = ({ step, timeMs, sequence, value }: Point) => `${step} ${timeMs} ${sequence} ${value + 0}`;
        expect(new Set(before.map(text))).toEqual(new Set(all.flat().map(text)));
        expect(before.length).toBe(new Set(before.map(text)).size);
        expect(await series.read(key, { limit: 1_000, descending: true })).toEqual(before.toReversed());
      }),
      { numRuns: 50 },
    );
  });
});
