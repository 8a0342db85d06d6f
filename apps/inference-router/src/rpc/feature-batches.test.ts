import { describe, expect, test } from "vitest";
import type { Entity } from "../domain/features.ts";
import { featureBatches } from "./feature-batches.ts";

/** Answers each row with its `key`, and refuses calls that have a row without one. */
function store() {
  const calls: (readonly [rows: number, asOfNs: bigint])[] = [];
  const fetch = featureBatches(async (rows: readonly Entity[], asOfNs) => {
    calls.push([rows.length, asOfNs]);
    if (rows.some((it) => it["key"] === undefined)) throw new Error("a row has no key");
    return rows.map((it) => it["key"]);
  });
  return { calls, fetch };
}
const call = (actor = "ada", signal = new AbortController().signal) => ({
  signal,
  headers: new Headers({ "throughline-actor": actor }),
});

describe("rows that are asked for in one turn", () => {
  test("go in one call for each instant and actor, and come back to who asked", async () => {
    const { calls, fetch } = store();
    const rows = Array.from({ length: 9 }, (_, i) => ({ entity: { key: i }, asOfNs: BigInt(i % 2) }));
    const answers = rows.map((row, i) => fetch(row, call(i < 8 ? "ada" : "grace")));
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(calls).toEqual([
      [4, 0n],
      [4, 1n],
      [1, 0n],
    ]);
  });

  test("do not fail each other", async () => {
    const { fetch } = store();
    const wrong = fetch({ entity: {}, asOfNs: 0n }, call());
    const right = fetch({ entity: { key: 7 }, asOfNs: 0n }, call());
    await expect(wrong).rejects.toThrow("a row has no key");
    expect(await right).toBe(7);
  });

  test("are more than one call when there are more than one call may have", async () => {
    const { calls, fetch } = store();
    await Promise.all(Array.from({ length: 1_500 }, (_, i) => fetch({ entity: { key: i }, asOfNs: 0n }, call())));
    expect(calls.map(([rows]) => rows)).toEqual([1_000, 500]);
  });

  test("are not waited for by a caller that has left", async () => {
    const fetch = featureBatches(() => new Promise<readonly unknown[]>(() => {}));
    const leaving = new AbortController();
    const answer = fetch({ entity: { key: 1 }, asOfNs: 0n }, call("ada", leaving.signal));
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ reason: "CANCELLED" });
  });
});
