import { type Clock, invalidField, isDomainError } from "@throughline/kernel";
import type { DocumentWrite } from "@throughline/store";
import { predictionsUnknown } from "./errors.ts";
import { refuseLate } from "./feedback-age.ts";
import { fold, newestOf } from "./feedback-fold.ts";
import { type CoverageTally, coverageTally, type KeptAnswer, type ReleaseCoverage } from "./interval-coverage.ts";
import type { Lesson } from "./lesson.ts";
import { predictionsNotSampled } from "./log-errors.ts";
import { type OutcomeMetrics, type OutcomeTally, outcomeTally } from "./outcomes.ts";
import type { PredictionLog } from "./prediction-log.ts";

/** What a caller says of a prediction. */
export interface GivenFeedback {
  /** Id of the prediction. */
  readonly id: string;
  readonly actual: number;
  /** What the answer was worth, where that is another thing. */
  readonly reward?: number;
  /** Unset: the time of arrival. */
  readonly actualTimeNs?: bigint;
}

/** One state of the feedback of a prediction. */
export interface FeedbackRevision {
  readonly actual: number;
  readonly reward?: number;
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
  /** When the prediction was given. Unset if the feedback is of before this was kept. */
  readonly timeMs?: number;
  /** What its interval or set held. Unset if it had neither. */
  readonly kept?: KeptAnswer;
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
  /** `along` is written with it, or nothing is. */
  save(changes: readonly FeedbackChange[], along: readonly DocumentWrite[]): Promise<void>;
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
  /** Takes feedback, all or nothing. Fails with PREDICTION_UNKNOWN, PREDICTION_NOT_SAMPLED, FEEDBACK_TOO_LATE, TOO_MANY_REVISIONS and INVALID_FIELD. */
  send(deployment: string, given: readonly GivenFeedback[]): Promise<FeedbackCounts>;
  /** Of these predictions those that neither have feedback nor are in the log, whether sampled or not. */
  unknown(deployment: string, ids: readonly string[]): Promise<readonly string[]>;
  newest(deployment: string, ids: readonly string[]): Promise<readonly (NewestFeedback | undefined)[]>;
  /** With all revisions. */
  find(deployment: string, ids: readonly string[]): Promise<readonly (StoredFeedback | undefined)[]>;
  /** Resolves when everything that was sent before is stored, or refused. */
  settled(deployment: string): Promise<void>;
  /** What the outcomes say, by release. Reads all stored feedback of the deployment when it is first asked for. */
  outcomes(deployment: string): Promise<ReadonlyMap<string, ReleaseOutcomes>>;
}

/** What outcomes say of a release. */
export interface ReleaseOutcomes extends OutcomeMetrics {
  /** Unset if no interval or set of the release has feedback. */
  readonly coverage?: ReleaseCoverage;
}

/** What is counted of a release. */
interface ReleaseTallies {
  readonly outcomes: OutcomeTally;
  readonly coverage: CoverageTally;
}

export interface NewestFeedback extends FeedbackRevision {
  readonly revision: number;
}

/** How often feedback is applied again that met another router's, which has won each time. */
const ATTEMPTS_MAX = 100;

export interface FeedbackOptions {
  readonly store: FeedbackStore;
  readonly log: Pick<PredictionLog, "read" | "find">;
  readonly clock: Clock;
  readonly onChange: (deployment: string) => void;
  /** Told of new feedback before it is stored. */
  readonly onOutcome: (deployment: string, changes: readonly FeedbackChange[]) => Promise<Lesson | undefined>;
}

export function feedback({ store, log, clock, onChange, onOutcome }: FeedbackOptions): Feedback {
  const tallies = new Map<string, Promise<Map<string, ReleaseTallies>>>();
  const turns = new Map<string, Promise<unknown>>();

  const tallyFor = (deployment: string): Promise<Map<string, ReleaseTallies>> => {
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
    const sought = ids.filter((it) => known.get(it)?.timeMs === undefined);
    const predictions = await Promise.all(sought.map((id) => log.read(deployment, id)));
    const unknown = sought.filter((id, i) => predictions[i] === undefined && !known.has(id));
    if (unknown.length > 0) await refuseUnknown(log, deployment, unknown);
    const found = new Map(predictions.flatMap((it) => (it ? [[it.id, it] as const] : [])));
    const nowMs = clock.now();
    const aged = ids.map((id) => ({ id, timeMs: known.get(id)?.timeMs ?? found.get(id)?.timeMs }));
    refuseLate(deployment, aged, nowMs);
    const { changes, counts } = fold({ deployment, given, known, found, nowMs });
    const lesson = changes.length > 0 ? await onOutcome(deployment, changes) : undefined;
    if (changes.length > 0) await store.save(changes, lesson?.writes ?? []);
    lesson?.learnt();
    for (const it of changes) count(tally, it);
    return counts;
  };
  /** Where another router on the same store was quicker, what it wrote is read, and everything is done again. */
  const applied = async (deployment: string, given: readonly GivenFeedback[], attempt = 1): Promise<FeedbackCounts> => {
    try {
      return await apply(deployment, given);
    } catch (error) {
      if (!isDomainError(error, "REVISION_CONFLICT") || attempt === ATTEMPTS_MAX) throw error;
      return applied(deployment, given, attempt + 1);
    }
  };

  return {
    async send(deployment, given) {
      given.forEach((it, i) => {
        if (!Number.isFinite(it.actual))
          throw invalidField(`feedback[${i}].actual`, `${it.actual} is not a finite number`);
        if (it.reward !== undefined && !Number.isFinite(it.reward))
          throw invalidField(`feedback[${i}].reward`, `${it.reward} is not a finite number`);
      });
      // One after the other for each deployment, so that two corrections of one prediction do not meet.
      const work = (turns.get(deployment) ?? Promise.resolve()).catch(() => {}).then(() => applied(deployment, given));
      turns.set(deployment, work);
      const counts = await work;
      onChange(deployment);
      return counts;
    },
    async unknown(deployment, ids) {
      const stored = await store.find(deployment, ids);
      const found = await Promise.all(ids.map((id, i) => stored[i] ?? log.find(deployment, id)));
      return ids.filter((_, i) => found[i] === undefined);
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
      return new Map([...tally].map(([release, it]) => [release, outcomesOf(it)]));
    },
  };
}

/** Says of predictions that were given and are not in the sample that this is why they are not there. */
async function refuseUnknown(
  log: Pick<PredictionLog, "find">,
  deployment: string,
  ids: readonly string[],
): Promise<never> {
  const found = await Promise.all(ids.map((id) => log.find(deployment, id)));
  const nameOf = (id: string): string => `${deployment}/predictions/${id}`;
  const unknown = ids.filter((_, i) => found[i] === undefined);
  throw unknown.length > 0
    ? predictionsUnknown(unknown.map(nameOf))
    : predictionsNotSampled(ids.map(nameOf), "precondition");
}

const outcomesOf = ({ outcomes, coverage }: ReleaseTallies): ReleaseOutcomes => {
  const held = coverage.coverage();
  return { ...outcomes.metrics(), ...(held && { coverage: held }) };
};

async function load(store: FeedbackStore, deployment: string): Promise<Map<string, ReleaseTallies>> {
  const tally = new Map<string, ReleaseTallies>();
  for await (const after of store.each(deployment)) count(tally, { before: undefined, after });
  return tally;
}

function count(tallies: Map<string, ReleaseTallies>, { before, after }: FeedbackChange): void {
  // A row that an outlier gate refused has no score to compare.
  if (!Number.isFinite(after.score)) return;
  const tally = tallies.get(after.release) ?? { outcomes: outcomeTally(), coverage: coverageTally() };
  tallies.set(after.release, tally);
  if (before) tally.outcomes.remove({ score: before.score, actual: newestOf(before).actual });
  tally.outcomes.add({ score: after.score, actual: newestOf(after).actual });
  if (after.kept === undefined) return;
  if (before) tally.coverage.count(after.kept, newestOf(before).actual, -1);
  tally.coverage.count(after.kept, newestOf(after).actual, 1);
}
