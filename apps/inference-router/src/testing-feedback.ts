import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, timeOrderedIds } from "@throughline/kernel";
import { openStore } from "@throughline/store";
import { onTestFinished } from "vitest";
import { feedback } from "./domain/feedback.ts";
import { openPredictionLog } from "./log/open-log.ts";
import { feedbackStore } from "./store/feedback-store.ts";

/** A router's log and feedback in a folder of their own, with a clock that a test sets. They end with the test. */
export async function openFeedback({ startMs, segmentBytesMax }: { startMs: number; segmentBytesMax: number }) {
  const dir = mkdtempSync(join(tmpdir(), "throughline-feedback-"));
  const store = await openStore(`sqlite://${join(dir, "feedback.db")}`);
  const clock = { timeMs: startMs, now: () => clock.timeMs };
  const log = await openPredictionLog({
    dir: join(dir, "log"),
    newId: timeOrderedIds(systemClock),
    sync: false,
    segmentBytesMax,
    pendingBytesMax: 10_000_000,
  });
  onTestFinished(async () => {
    await log.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const options = { store: feedbackStore(store), log, clock, onChange: () => {}, onOutcome: async () => undefined };
  return { dir, clock, log, feedback: feedback(options) };
}
