import { type Clock, invalidField } from "@throughline/kernel";
import { predictionsUnknown, tooManyRevisions } from "./errors.ts";
import { type OutcomeMetrics, type OutcomeTally, outcomeTally } from "./outcomes.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";

/** What a caller says of a prediction. */
export interface GivenFeedback {
  /** Id of the prediction. */
  readonly id: string;
  readonly actual: number;
  /** Unset: the time of arrival. */
  readonly actualTimeNs?: bigint;
}

/** One state of the feedback of a prediction. */
export interface FeedbackRevision {
  readonly actual: number;
  readonly actualTimeNs: bigint;
  readonly arriveTimeMs: number;
}

/** The feedback of a prediction with everything that was said before. The last revision counts. */
export interface StoredFeedback {
  readonly id: string;
  readonly deployment: string;
  /** What is needed to count it, so that the log need not be read again. */
  readonly release: string;
  readonly score: number;
  /** The first has number 1. Never empty. */
  readonly revisions: readonly FeedbackRevision[];
}

/**
 * Where feedback is kept. Laws:
 * - `save` writes all of its feedback or nothing, and fails with REVISION_CONFLICT if any of it changed since it was read.
 * - `each` gives the feedback of one deployment, once each.
 */
export interface FeedbackStore {
  find(deployment: string, ids: readonly string[]): Promise<readonly (StoredFeedback | undefined)[]>;
  save(changes: readonly FeedbackChange[]): Promise<void>;
  each(deployment: string): AsyncIterable<StoredFeedback>;
}

/** New feedback, with what was there before. */
export interface FeedbackChange {
  readonly before: StoredFeedback | undefined;
  readonly after: StoredFeedback;
}

export interface FeedbackCounts {
  readonly newCount: number;
  readonly correctedCount: number;
  readonly unchangedCount: number;
}

/** Feedback at work: stored, and joined into the outcomes of the releases. */
export interface Feedback {
  /** Takes feedback, all or nothing. Fails with PREDICTION_UNKNOWN, TOO_MANY_REVISIONS and INVALID_FIELD. */
  send(deployment: string, given: readonly GivenFeedback[]): Promise<FeedbackCounts>;
  newest(deployment: string, ids: readonly string[]): Promise<readonly (NewestFeedback | undefined)[]>;
  /** With all revisions. */
  find(deployment: string, ids: readonly string[]): Promise<readonly (StoredFeedback | undefined)[]>;
  /** Resolves when everything that was sent before is stored, or refused. */
  settled(deployment: string): Promise<void>;
  /** What the outcomes say, by release. Reads all stored feedback of the deployment when it is first asked for. */
  outcomes(deployment: string): Promise<ReadonlyMap<string, OutcomeMetrics>>;
}

export interface NewestFeedback extends FeedbackRevision {
  readonly revision: number;
}

/** Most corrections of one prediction. */
const REVISIONS_MAX = 100;

export interface FeedbackOptions {
  readonly store: FeedbackStore;
  readonly log: Pick<PredictionLog, "read">;
  readonly clock: Clock;
  readonly onChange: (deployment: string) => void;
}

export function feedback({ store, log, clock, onChange }: FeedbackOptions): Feedback {
  const tallies = new Map<string, Promise<Map<string, OutcomeTally>>>();
  const turns = new Map<string, Promise<unknown>>();

  const tallyFor = (deployment: string): Promise<Map<string, OutcomeTally>> => {
    const known = tallies.get(deployment);
    if (known) return known;
    const loading = load(store, deployment);
    tallies.set(deployment, loading);
    loading.catch(() => tallies.delete(deployment));
    return loading;
  };
  const apply = async (deployment: string, given: readonly GivenFeedback[]): Promise<FeedbackCounts> => {
    const tally = await tallyFor(deployment);
    const ids = [...new Set(given.map((it) => it.id))];
    const stored = await store.find(deployment, ids);
    const known = new Map(stored.flatMap((it) => (it ? [[it.id, it] as const] : [])));
    const missing = ids.filter((it) => !known.has(it));
    const predictions = await Promise.all(missing.map((id) => log.read(deployment, id)));
    const unknown = missing.filter((_, i) => predictions[i] === undefined);
    if (unknown.length > 0) throw predictionsUnknown(unknown.map((id) => `${deployment}/predictions/${id}`));
    const found = new Map(predictions.flatMap((it) => (it ? [[it.id, it] as const] : [])));
    const { changes, counts } = fold({ deployment, given, known, found, nowMs: clock.now() });
    if (changes.length > 0) await store.save(changes);
    for (const it of changes) count(tally, it);
    return counts;
  };

  return {
    async send(deployment, given) {
      given.forEach((it, i) => {
        if (!Number.isFinite(it.actual))
          throw invalidField(`feedback[${i}].actual`, `${it.actual} is not a finite number`);
      });
      // One after the other for each deployment, so that two corrections of one prediction do not meet.
      const work = (turns.get(deployment) ?? Promise.resolve()).catch(() => {}).then(() => apply(deployment, given));
      turns.set(deployment, work);
      const counts = await work;
      onChange(deployment);
      return counts;
    },
    async newest(deployment, ids) {
      const stored = await store.find(deployment, ids);
      return stored.map((it) => (it ? newestOf(it) : undefined));
    },
    find: store.find,
    async settled(deployment) {
      await turns.get(deployment)?.catch(() => {});
    },
    async outcomes(deployment) {
      const tally = await tallyFor(deployment);
      return new Map([...tally].map(([release, it]) => [release, it.metrics()]));
    },
  };
}

async function load(store: FeedbackStore, deployment: string): Promise<Map<string, OutcomeTally>> {
  const tally = new Map<string, OutcomeTally>();
  for await (const after of store.each(deployment)) count(tally, { before: undefined, after });
  return tally;
}

function count(tallies: Map<string, OutcomeTally>, { before, after }: FeedbackChange): void {
  const tally = tallies.get(after.release) ?? outcomeTally();
  tallies.set(after.release, tally);
  if (before) tally.remove({ score: before.score, actual: newestOf(before).actual });
  tally.add({ score: after.score, actual: newestOf(after).actual });
}

function newestOf({ revisions }: StoredFeedback): NewestFeedback {
  return { ...(revisions.at(-1) as FeedbackRevision), revision: revisions.length };
}

interface Folding {
  readonly deployment: string;
  readonly given: readonly GivenFeedback[];
  readonly known: ReadonlyMap<string, StoredFeedback>;
  readonly found: ReadonlyMap<string, Prediction>;
  readonly nowMs: number;
}

/** Takes the feedback in its order: of two for one prediction the second is a correction. */
function fold({ deployment, given, known, found, nowMs }: Folding) {
  const after = new Map<string, StoredFeedback>();
  const counts = { newCount: 0, correctedCount: 0, unchangedCount: 0 };
  for (const { id, actual, actualTimeNs } of given) {
    const before = after.get(id) ?? known.get(id);
    if (before && newestOf(before).actual === actual) {
      counts.unchangedCount += 1;
      continue;
    }
    if (before && before.revisions.length >= REVISIONS_MAX) throw tooManyRevisions(id, REVISIONS_MAX);
    const revision = { actual, actualTimeNs: actualTimeNs ?? BigInt(nowMs) * 1_000_000n, arriveTimeMs: nowMs };
    const prediction = found.get(id);
    if (before) after.set(id, { ...before, revisions: [...before.revisions, revision] });
    else if (prediction) {
      const { score, facts } = prediction;
      after.set(id, { id, deployment, release: facts.release, score, revisions: [revision] });
    }
    if (before) counts.correctedCount += 1;
    else counts.newCount += 1;
  }
  const changes = [...after].map(([id, it]): FeedbackChange => ({ before: known.get(id), after: it }));
  return { changes, counts };
}
