import { describe, expect, test } from "vitest";
import { graphStatistics, type ModelExecution, statisticsCounter } from "./model-statistics.ts";

const run = (rows: number): ModelExecution => ({ rows, inputNs: 10, inferNs: 100, outputNs: 1 });

describe("the counts of one handle", () => {
  test("have each request by itself and a run of several once", async () => {
    const counter = statisticsCounter(() => 77);
    const [shared, alone] = [run(5), run(2)];
    await counter.request(2, async (tell) => tell(shared, 3));
    await counter.request(3, async (tell) => tell(shared, 4));
    await counter.request(2, async (tell) => tell(alone, 5));
    await expect(counter.request(9, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    const counts = counter.read();
    expect(counts).toMatchObject({ lastMs: 77, rows: 7, executions: 2 });
    expect([counts.success.count, counts.fail.count]).toEqual([3, 1]);
    expect([counts.queue, counts.infer]).toEqual([
      { count: 3, ns: 12 },
      { count: 3, ns: 300 },
    ]);
    expect(counts.batches.map((it) => [it.rows, it.infer])).toEqual([
      [2, { count: 1, ns: 100 }],
      [5, { count: 1, ns: 100 }],
    ]);
  });

  test("keep no more sizes of batches than there are up to the largest", async () => {
    const counter = statisticsCounter(() => 0);
    for (const rows of [1_024, 5_000, 60_000]) await counter.request(rows, async (tell) => tell(run(rows), 0));
    expect(counter.read().batches.map((it) => [it.rows, it.input.count])).toEqual([[1_024, 3]]);
  });

  test("are what they were when they were read", async () => {
    const counter = statisticsCounter(() => 1);
    const before = counter.read();
    counter.cache(true, 5);
    await counter.request(1, async () => {});
    expect(before).toMatchObject({ rows: 0, success: { count: 0, ns: 0 }, cacheHit: { count: 0 } });
    expect(counter.read().cacheHit).toEqual({ count: 1, ns: 5 });
  });
});

test("a graph has its own requests and the runs of its models", async () => {
  const [graph, first, second] = [1, 2, 3].map((it) => statisticsCounter(() => it));
  await graph?.request(1, async () => graph.cache(false, 9));
  await first?.request(1, async (tell) => tell(run(1), 2));
  await second?.request(1, async (tell) => tell(run(4), 2));
  await second?.request(1, async (tell) => tell(run(1), 2));
  const models = [first, second].flatMap((it) => it?.read() ?? []);
  const counts = graphStatistics(graph?.read() ?? statisticsCounter(() => 0).read(), models);
  expect(counts).toMatchObject({ lastMs: 1, rows: 1, executions: 3, cacheMiss: { count: 1, ns: 9 } });
  expect([counts.success.count, counts.queue]).toEqual([1, { count: 3, ns: 6 }]);
  expect(counts.batches.map((it) => [it.rows, it.infer.count])).toEqual([
    [1, 2],
    [4, 1],
  ]);
});
