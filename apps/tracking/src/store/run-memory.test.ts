import { describe, expect, test } from "vitest";
import { NO_METRICS, withPoints } from "../domain/metric.ts";
import { newRun, type Run } from "../domain/run.ts";
import { runMemory } from "./run-memory.ts";

const runOf = (id: string, tag = ""): Run =>
  newRun(
    { experimentId: "e", displayName: "", parentId: "", tags: { tag } },
    { project: "p", id, actor: "ada" },
    { now: () => 1 },
  );
const next = (run: Run): Run => ({ ...run, displayName: "renamed", revision: run.revision + 1 });

describe("a memory of runs", () => {
  test("knows what was applied last, and forgets what may not have happened", () => {
    const memory = runMemory(1e6);
    const run = runOf("a");
    expect([memory.run(run), memory.metrics(run)]).toEqual([undefined, undefined]);
    memory.applied({ run });
    const metrics = { run, ...withPoints(NO_METRICS, [{ key: "m", step: 0n, timeMs: 0, value: 1 }]) };
    memory.applied({ metrics });
    expect([memory.run(run), memory.metrics(run)]).toEqual([run, metrics.metrics]);
    memory.applied({ run: next(run) });
    expect([memory.run(run), memory.metrics(run)]).toEqual([next(run), metrics.metrics]);
    memory.forget({ run: next(run) });
    expect([memory.run(run), memory.metrics(run)]).toEqual([undefined, undefined]);
  });

  test("what was read does not replace what was applied meanwhile, nor an older change a newer one", () => {
    const memory = runMemory(1e6);
    const run = runOf("a");
    memory.applied({ run: next(run) });
    memory.read(run, { run });
    memory.applied({ run });
    expect(memory.run(run)).toEqual(next(run));
  });

  test("a purged run is gone", () => {
    const memory = runMemory(1e6);
    const run = runOf("a");
    memory.applied({ run });
    memory.applied({ purged: { owner: { project: "p", kind: "RUN", id: "a" }, revision: 1, pieceRevisions: [] } });
    expect(memory.run(run)).toBeUndefined();
  });

  test("only the runs used last are kept, and never more than there is room for", () => {
    const memory = runMemory(20_000);
    const large = "x".repeat(6_000);
    for (const id of ["a", "b", "c"]) {
      memory.applied({ run: runOf(id, large) });
      memory.run(runOf("a"));
    }
    expect(["a", "b", "c"].map((id) => memory.run(runOf(id)) !== undefined)).toEqual([true, false, true]);
    const small = runMemory(5_000);
    small.applied({ run: runOf("d", large) });
    expect(small.run(runOf("d"))).toBeUndefined();
  });
});
