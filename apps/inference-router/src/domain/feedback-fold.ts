import { tooManyRevisions } from "./errors.ts";
import type { FeedbackChange, FeedbackRevision, GivenFeedback, NewestFeedback, StoredFeedback } from "./feedback.ts";
import { keptAnswer } from "./interval-coverage.ts";
import type { Prediction } from "./prediction.ts";

/** Most corrections of one prediction. */
const REVISIONS_MAX = 100;

/** What was said last. */
export function newestOf({ revisions }: StoredFeedback): NewestFeedback {
  return { ...(revisions.at(-1) as FeedbackRevision), revision: revisions.length };
}

/** Feedback that came in, and what is known of its predictions. */
interface Folding {
  readonly deployment: string;
  readonly given: readonly GivenFeedback[];
  readonly known: ReadonlyMap<string, StoredFeedback>;
  readonly found: ReadonlyMap<string, Prediction>;
  readonly nowMs: number;
}

/** Takes the feedback in its order: of two for one prediction the second is a correction. */
export function fold({ deployment, given, known, found, nowMs }: Folding) {
  const after = new Map<string, StoredFeedback>();
  const counts = { newCount: 0, correctedCount: 0, unchangedCount: 0 };
  for (const { id, actual, reward, actualTimeNs } of given) {
    const before = after.get(id) ?? known.get(id);
    const last = before && newestOf(before);
    if (last && last.actual === actual && last.reward === reward) {
      counts.unchangedCount += 1;
      continue;
    }
    if (before && before.revisions.length >= REVISIONS_MAX) throw tooManyRevisions(id, REVISIONS_MAX);
    const revision: FeedbackRevision = {
      actual,
      actualTimeNs: actualTimeNs ?? BigInt(nowMs) * 1_000_000n,
      arriveTimeMs: nowMs,
      ...(reward !== undefined && { reward }),
    };
    const prediction = found.get(id);
    if (before) after.set(id, { ...before, revisions: [...before.revisions, revision] });
    else if (prediction) {
      const { score, facts, timeMs } = prediction;
      const kept = keptAnswer(prediction);
      const release = facts.release;
      after.set(id, { id, deployment, release, score, timeMs, ...(kept && { kept }), revisions: [revision] });
    }
    if (before) counts.correctedCount += 1;
    else counts.newCount += 1;
  }
  const changes = [...after].map(([id, it]): FeedbackChange => ({ before: known.get(id), after: it }));
  return { changes, counts };
}
