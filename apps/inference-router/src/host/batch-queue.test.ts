import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Priority } from "../domain/model-host.ts";
import { fp32Row } from "../domain/tensor.ts";
import { batchQueue, HANDICAP_MS, type Waiting } from "./batch-queue.ts";

interface Given {
  readonly priority: Priority;
  readonly arrivedAt: number;
  readonly rows: number;
  readonly output: string;
}

const waiting = ({ priority, arrivedAt, rows, output }: Given): Waiting => ({
  run: { tensors: [{ ...fp32Row("input", [1]), shape: [rows, 1] }], outputs: [output] },
  tell: undefined,
  rows,
  bytes: 4 * rows,
  isBatchable: true,
  priority,
  arrivedAt,
  deadlineAt: Number.POSITIVE_INFINITY,
  resolve: () => {},
  reject: () => {},
  isAbandoned: false,
});

const given = fc.array(
  fc.record({
    priority: fc.constantFrom<Priority>("high", "normal", "low"),
    arrivedAt: fc.integer({ min: 0, max: 3_000 }),
    rows: fc.integer({ min: 1, max: 5 }),
    output: fc.constantFrom("a", "b"),
  }),
  { maxLength: 40 },
);

describe("the queue of a model", () => {
  test("gives everything out once, in batches of one kind that keep to the limit, and each line in its order", () => {
    fc.assert(
      fc.property(given, fc.integer({ min: 1, max: 12 }), (list, rowsMax) => {
        const queue = batchQueue();
        const all = list.toSorted((a, b) => a.arrivedAt - b.arrivedAt).map(waiting);
        for (const it of all) queue.add(it);
        const out: Waiting[] = [];
        for (let batch = queue.take(rowsMax); batch; batch = queue.take(rowsMax)) {
          const rows = batch.reduce((sum, it) => sum + it.rows, 0);
          expect(batch.length === 1 || rows <= rowsMax).toBe(true);
          expect(new Set(batch.map((it) => it.run.outputs[0])).size).toBe(1);
          out.push(...batch);
        }
        expect([queue.rows(), queue.bytes()]).toEqual([0, 0]);
        expect(new Set(out)).toEqual(new Set(all));
        for (const output of ["a", "b"]) {
          const single = (it: Waiting) => it.priority === "high" && it.run.outputs[0] === output && it.rows === 1;
          expect(out.filter(single)).toEqual(all.filter(single));
        }
      }),
    );
  });

  test("puts a higher priority first, until the lower one has waited longer by its handicap", () => {
    const queue = batchQueue();
    const add = (priority: Priority, arrivedAt: number) =>
      queue.add(waiting({ priority, arrivedAt, rows: 1, output: `${priority} ${arrivedAt}` }));
    add("low", 0);
    add("normal", 100);
    add("high", 150);
    add("high", HANDICAP_MS.low + 1);
    const order = Array.from({ length: 4 }, () => queue.take(1)?.[0]?.run.outputs[0]);
    expect(order).toEqual(["high 150", "normal 100", "low 0", `high ${HANDICAP_MS.low + 1}`]);
  });

  test("lets the newest of the lowest priority give way, and nobody of the same", () => {
    const queue = batchQueue();
    for (const priority of ["normal", "low", "low"] as const) {
      queue.add(waiting({ priority, arrivedAt: queue.rows(), rows: 1, output: "a" }));
    }
    expect(queue.giveWay("high")).toMatchObject({ priority: "low", arrivedAt: 2 });
    expect(queue.giveWay("normal")).toMatchObject({ priority: "low", arrivedAt: 1 });
    expect(queue.giveWay("normal")).toBeUndefined();
    expect(queue.giveWay("high")).toMatchObject({ priority: "normal" });
  });
});
