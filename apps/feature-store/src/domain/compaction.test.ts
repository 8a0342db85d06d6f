import { digestOfJson } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { chooseRun, FULL_FILE } from "./compaction.ts";
import type { DataFile } from "./segment.ts";

/** Files of so many rows, in their order. */
const filesOf = (...rowCounts: readonly number[]): readonly DataFile[] =>
  rowCounts.map((rowCount, i) => ({
    digest: digestOfJson(i),
    sizeBytes: rowCount * 10,
    rowCount,
    first: i + 1,
    last: i + 1,
    isCompacted: false,
    eventTimeNs: undefined,
  }));
const chosen = (filesMax: number, ...rowCounts: readonly number[]) =>
  chooseRun(filesOf(...rowCounts), filesMax)?.map((it) => it.first);

describe("what is merged next", () => {
  test("is nothing as long as few files are small", () => {
    expect(chosen(4, 1, 1, 1, 1)).toBeUndefined();
    expect(chosen(4, 1, 1, FULL_FILE.rows, FULL_FILE.rows, 1, 1)).toBeUndefined();
    expect(chosen(4)).toBeUndefined();
  });

  test("is all of many equal neighbours", () => {
    expect(chosen(4, 1, 1, 1, 1, 1)).toEqual([1, 2, 3, 4, 5]);
  });

  test("leaves a file alone that is larger than all behind it", () => {
    expect(chosen(4, 1_000, 1, 1, 1, 1)).toEqual([2, 3, 4, 5]);
    expect(chosen(4, 4, 1, 1, 1, 1)).toEqual([1, 2, 3, 4, 5]);
  });

  test("never reaches over a full file, and never makes one that is more than full", () => {
    expect(chosen(3, 1, 1, FULL_FILE.rows, 1, 1, 1)).toEqual([4, 5, 6]);
    const half = FULL_FILE.rows / 2;
    expect(chosen(3, half, half, half, half)).toEqual([3, 4]);
  });

  test("is the newest half where sizes only fall", () => {
    expect(chosen(4, 10_000, 1_000, 100, 10, 1)).toEqual([4, 5]);
    expect(chosen(1, 1_000, 1)).toEqual([1, 2]);
  });

  test("writes a row anew only a few times, however many pushes there are", () => {
    let files = [...filesOf()];
    let written = 0;
    const pushes = 5_000;
    for (let i = 1; i <= pushes; i++) {
      files.push({ ...(filesOf(1)[0] as DataFile), first: i, last: i, digest: digestOfJson(i) });
      const run = chooseRun(files, 16);
      if (!run) continue;
      const rowCount = run.reduce((sum, it) => sum + it.rowCount, 0);
      written += rowCount;
      const merged = { ...(run[0] as DataFile), rowCount, sizeBytes: rowCount * 10, isCompacted: true };
      files = files.flatMap((it) => (it === run[0] ? [merged] : run.includes(it) ? [] : [it]));
      expect(files.length).toBeLessThanOrEqual(16);
    }
    expect(files.reduce((sum, it) => sum + it.rowCount, 0)).toBe(pushes);
    // The logarithm of the number of pushes, to the base of two.
    expect(written / pushes).toBeLessThan(Math.log2(pushes));
  });
});
