import { digestOfBytes, isDomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { fp32Row } from "../domain/tensor.ts";
import type { Waiting } from "./batch-queue.ts";
import { hostTotals } from "./host-totals.ts";
import type { ModelProcess, RunResult } from "./model-process.ts";
import { pacing } from "./pacing.ts";
import { processRuns } from "./process-runs.ts";

const row = fp32Row("input", [1]);

/** Runs of a process in which each run is over when its turn of `answers` is called, and takes too long from the first moment on. */
function overdueRuns() {
  const answers: ((result: RunResult) => void)[] = [];
  const killed: string[] = [];
  const process: ModelProcess = {
    load: () => Promise.reject(new Error("it is loaded")),
    run: () => new Promise((resolve) => answers.push(resolve)),
    residentBytes: () => 0,
    rank: () => true,
    kill: (reason) => killed.push(reason),
    isEnding: () => killed.length > 0,
    ended: new Promise(() => {}),
  };
  const runs = processRuns({
    process,
    digest: digestOfBytes("a model"),
    totals: hostTotals(),
    rowsBehind: () => 0,
    done: () => {},
    limits: { runMsMax: -1, memoryBytesMax: 1 },
    pacing: pacing(() => ({ batchRowsMax: 1, latencyObjectiveMs: undefined })),
  });
  /** What becomes of one more run. */
  const started = async (): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const waiting: Waiting = {
      run: { tensors: [row], outputs: ["score"] },
      tell: undefined,
      rows: 1,
      bytes: 4,
      isBatchable: false,
      priority: "normal",
      arrivedAt: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      resolve,
      reject,
      isAbandoned: false,
    };
    runs.start([waiting]);
    return promise.then(
      () => "OK",
      (error: unknown) => (isDomainError(error) ? error.reason : String(error)),
    );
  };
  return { runs, started, answers, killed };
}

describe("the runs of a process that is killed because one takes too long", () => {
  test("are blamed for it if they are that one, and may be tried again otherwise", async () => {
    const { runs, started, killed } = overdueRuns();
    const outcomes = [started(), started()];
    runs.watch(() => false);
    expect(killed).toEqual([]);
    runs.watch(() => false);
    expect(killed).toEqual(["deadline"]);
    runs.end("deadline");
    expect(await Promise.all(outcomes)).toEqual(["MODEL_DEADLINE", "MODEL_UNAVAILABLE"]);
  });

  test("are not blamed for one that was answered before the process had ended", async () => {
    const { runs, started, answers } = overdueRuns();
    const [late, next] = [started(), started()];
    runs.watch(() => false);
    runs.watch(() => false);
    answers[0]?.({ outputs: [row], modelNs: 1 });
    expect(await late).toBe("OK");
    // The one behind it is at work now, and has no time of its own yet.
    while (runs.batches() > 1) await Promise.resolve();
    runs.end("deadline");
    expect(await next).toBe("MODEL_UNAVAILABLE");
  });

  test("are not killed if the answer comes between two looks: then it was the event loop that was late", async () => {
    const { runs, started, answers, killed } = overdueRuns();
    const [late, next] = [started(), started()];
    runs.watch(() => false);
    answers[0]?.({ outputs: [row], modelNs: 1 });
    expect(await late).toBe("OK");
    while (runs.batches() > 1) await Promise.resolve();
    runs.watch(() => false);
    expect(killed).toEqual([]);
    answers[1]?.({ outputs: [row], modelNs: 1 });
    expect(await next).toBe("OK");
  });
});
