import { create } from "@bufbuild/protobuf";
import { ArtifactKind, EventType, ExecutionKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { GetLineageResponseSchema } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { MetricSchema } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { SliceSchema } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaleOf, whiskersOf } from "./intervals.ts";
import { lineageGraph } from "./lineage-graph.ts";
import { pageOf } from "./paging.ts";
import { chartData, latestTime, withPoints } from "./series.ts";

const point = (step: number, value: number, seconds = step) =>
  create(MetricSchema, { key: "loss", value, step: BigInt(step), time: { seconds: BigInt(seconds) } });

describe("histories of metrics", () => {
  test("points that overlap with what is there are added once, in the order of steps", () => {
    const first = withPoints(new Map(), [point(0, 3), point(1, 2)]);
    const both = withPoints(first, [point(2, 1), point(1, 2)]);
    expect(both.get("loss")?.map((it) => Number(it.step))).toEqual([0, 1, 2]);
    expect(latestTime(both)?.seconds).toBe(2n);
  });
  test("the same points again leave the very same history, so that nothing is drawn anew", () => {
    const series = withPoints(new Map(), [point(0, 3)]);
    expect(withPoints(series, [point(0, 3)]).get("loss")).toBe(series.get("loss"));
  });
  test("values that cannot be drawn leave a gap", () =>
    expect(chartData([point(0, 1), point(1, Number.NaN), point(2, 2)]).data[1]).toEqual([1, null, 2]));
  test("points without steps are drawn over time", () =>
    expect(chartData([point(0, 1, 10), point(0, 2, 40)])).toEqual({
      across: "seconds",
      data: [
        [0, 30],
        [1, 2],
      ],
    }));
});

test("a lineage walk reads from left to right, and edges to what was cut off are left out", () => {
  const answer = create(GetLineageResponseSchema, {
    artifacts: [
      { digest: "in", kind: ArtifactKind.DATASET },
      { digest: "out", kind: ArtifactKind.MODEL, resource: "projects/p/models/late/versions/3" },
    ],
    executions: [{ id: "work", kind: ExecutionKind.RUN }],
    events: [
      { artifactDigest: "in", executionId: "work", type: EventType.INPUT },
      { artifactDigest: "out", executionId: "work", type: EventType.OUTPUT },
      { artifactDigest: "gone", executionId: "work", type: EventType.INPUT },
    ],
  });
  const { nodes, edges } = lineageGraph(answer);
  expect(edges.map((it) => [it.from, it.to])).toEqual([
    ["in", "work"],
    ["work", "out"],
  ]);
  expect(nodes.toSorted((a, b) => a.x - b.x).map((it) => it.id)).toEqual(["in", "work", "out"]);
  expect(nodes.find((it) => it.id === "out")?.title).toBe("late 3");
});

describe("dots and whiskers", () => {
  const slice = (value: number, low: number, high: number) =>
    create(SliceSchema, { metrics: [{ name: "auc", value, interval: { low, high, level: 0.95 } }] });
  test("an estimate that is not defined is left out", () =>
    expect(whiskersOf([slice(Number.NaN, 0, 1), slice(0.5, 0.4, 0.6)], "auc")).toHaveLength(1));
  test("every end lies on the scale, and so do its few round ticks", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e3, noNaN: true })),
          { minLength: 1, maxLength: 20 },
        ),
        (estimates) => {
          const whiskers = whiskersOf(
            estimates.map(([value, half]) => slice(value, value - half, value + half)),
            "auc",
          );
          const { low, high, ticks } = scaleOf(whiskers);
          expect(whiskers.every((it) => low <= (it.low ?? 0) && (it.high ?? 0) <= high)).toBe(true);
          expect(ticks.every((it) => it >= low - 1e-9 * Math.abs(low) && it <= high + 1e-9 * Math.abs(high))).toBe(
            true,
          );
          expect(ticks.length).toBeLessThanOrEqual(12);
        },
      ),
    );
  });
});

test("the pages of a list are the list, in its order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (all, size) => {
      const { pages } = pageOf(all, 0, size);
      const joined = Array.from({ length: pages }, (_, i) => pageOf(all, i, size).items).flat();
      expect(joined).toEqual(all);
      expect(pageOf(all, pages + 5, size).page).toBe(pages - 1);
    }),
  );
});
