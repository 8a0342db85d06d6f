import { type FeatureBaseline, metricOf, type Outcome, unusualFeatures } from "@throughline/rollouts";
import { contextOf } from "../contextual.ts";
import { countedRevision } from "../counted-feedback.ts";
import type { Feedback, StoredFeedback } from "../feedback.ts";
import { isHeld, type KeptAnswer } from "../interval-coverage.ts";
import { type Prediction, vectorNames, vectorValues } from "../prediction.ts";
import type { PredictionLog } from "../prediction-log.ts";
import type { LoggedRecord } from "./logged-record.ts";
import type { ObservedRollout } from "./observed-rollout.ts";

/** What an analysis can use of a record: an outcome of one arm, or those of both for one request. */
export type Comparable =
  | {
      readonly kind: "arm";
      readonly release: string;
      /** Undefined for an arm of a bandit that is neither the candidate nor the baseline. */
      readonly isCandidate: boolean | undefined;
      /** Of the candidate, among both. */
      readonly share: number;
      readonly outcome: Outcome;
      /** What the request said of the fields that a bandit reads. Unset if it reads none, and where the log has no request. */
      readonly context?: readonly number[];
    }
  | { readonly kind: "pair"; readonly candidate: Outcome; readonly baseline: Outcome };

export interface OutcomeParts {
  readonly log: Pick<PredictionLog, "records" | "read">;
  readonly feedback: Pick<Feedback, "find" | "settled">;
  /** What was usual of the features of a release; undefined if it does not say it. */
  readonly baselines: (release: string) => Promise<FeatureBaseline | undefined>;
}

/**
 * True if a record takes part: one of both arms while both have a share, any arm of a bandit, or a mirror of the candidate.
 */
export function takesPart(
  { plan, candidate, baseline, timeline, startMs }: ObservedRollout,
  record: LoggedRecord,
): boolean {
  if (plan.isPaired) return record.kind === "shadow" && record.node === "" && record.release === candidate;
  if (record.kind === "shadow") return false;
  if (plan.bandit?.arms.some((it) => it.release === record.release)) return record.timeMs >= startMs;
  if (record.release !== candidate && record.release !== baseline) return false;
  const share = shareAt(timeline, record.timeMs);
  return share > 0 && share < 1;
}

const shareAt = (timeline: ObservedRollout["timeline"], timeMs: number): number =>
  timeline.findLast((it) => it.timeMs <= timeMs)?.share ?? 0;

/** How much feedback is read at a time, and how records of it are waited for. */
export interface Reading {
  readonly rollout: ObservedRollout;
  readonly labelDelayMs: number;
}

/**
 * The outcomes of records that take part, in their order. Of feedback counts what had arrived by the end of the label delay, so that it
 * makes no difference when this is asked.
 */
export async function outcomesOf(
  { log, feedback, baselines }: OutcomeParts,
  { rollout, labelDelayMs }: Reading,
  records: readonly LoggedRecord[],
): Promise<readonly Comparable[]> {
  const { deployment, candidate, baseline } = rollout;
  const ids = records.map((it) => (it.kind === "prediction" ? it.id : it.kind === "shadow" ? it.primary : ""));
  const known = labelDelayMs > 0 ? await labelsOf(feedback, deployment, ids) : [];
  const asked = askedOf(rollout.plan);
  const found: Comparable[] = [];
  for (const [i, record] of records.entries()) {
    const label = labelAt(known[i], record.timeMs + labelDelayMs);
    if (record.kind === "shadow") {
      const primary = await log.read(deployment, record.primary);
      if (primary === undefined) continue;
      const [score = Number.NaN] = record.scores;
      const mirrored = { score, scores: record.scores, latencyMs: record.latencyUs / 1_000 };
      const latencyMs = primary.latencyUs / 1_000;
      const answered = { score: primary.score, scores: scoresOf(primary), latencyMs, isFailure: false };
      found.push({
        kind: "pair",
        candidate: { ...mirrored, isFailure: record.scores.length === 0, ...labelOf(label, record.kept) },
        baseline: { ...answered, ...label },
      });
      continue;
    }
    const { release, propensity } = record;
    const isRead = record.kind === "prediction" && asked.whole;
    const whole = isRead ? await log.read(deployment, record.id) : undefined;
    const outcome: Outcome =
      record.kind === "failure"
        ? { score: Number.NaN, latencyMs: Number.NaN, isFailure: true }
        : {
            score: record.score,
            latencyMs: record.latencyUs / 1_000,
            isFailure: false,
            ...label,
            ...wholeOf(asked, whole),
            ...(asked.drift && whole && unusualOf(whole, await baselines(record.release))),
          };
    const isCandidate = release === candidate ? true : release === baseline ? false : undefined;
    const isOfRequest = asked.context.length > 0;
    const share = isOfRequest ? shareOfRequest(propensity, isCandidate) : shareAt(rollout.timeline, record.timeMs);
    // Of what chance did not choose, such as before this router knew of the rollout, the log may not have the fields.
    const hasContext = whole !== undefined && propensity !== undefined;
    const context = hasContext && contextOf(asked.context, (name) => whole.entity[name]);
    found.push({ kind: "arm", release, isCandidate, share, outcome, ...(context && { context }) });
  }
  return found;
}

/** With a context: of two arms the one has what the other has not. 0 where the caller named the release, and chance had no say. */
const shareOfRequest = (propensity: number | undefined, isCandidate: boolean | undefined): number =>
  propensity === undefined ? 0 : isCandidate ? propensity : 1 - propensity;

/** What of a plan's metrics is only told by whole predictions. */
interface Asked {
  /** Any of it. */
  readonly whole: boolean;
  readonly drift: boolean;
  readonly anomalies: boolean;
  readonly scores: boolean;
  /** Fields of the request. */
  readonly context: readonly string[];
}

function askedOf({ analyses, bandit }: ObservedRollout["plan"]): Asked {
  const sources = analyses.map((it) => it.source);
  const reward = bandit ? [{ kind: "EXPRESSION", expression: bandit.reward } as const] : [];
  const anomalies = sources.some((it) => it.kind === "ANOMALY");
  const drift = sources.some((it) => it.kind === "FEATURE_DRIFT");
  const scores = [...sources, ...reward].some((it) => metricOf(it).needsScores);
  const context = bandit?.contextFields ?? [];
  return { whole: anomalies || drift || scores || context.length > 0, anomalies, drift, scores, context };
}

function wholeOf(asked: Asked, prediction: Prediction | undefined): Pick<Outcome, "isAnomalous" | "scores"> {
  if (prediction === undefined) return {};
  return {
    ...(asked.anomalies && { isAnomalous: isAnomalous(prediction) }),
    ...(asked.scores && { scores: scoresOf(prediction) }),
  };
}

/** The features of a prediction beside the baseline of its release. */
function unusualOf(prediction: Prediction, baseline: FeatureBaseline | undefined): Pick<Outcome, "unusual"> {
  if (baseline === undefined) return {};
  const values = vectorValues(prediction);
  return {
    unusual: unusualFeatures(
      baseline,
      vectorNames(prediction).map((it, i) => [it, values[i] ?? null] as const),
    ),
  };
}

const scoresOf = ({ score, trace }: Prediction): readonly number[] => trace?.scores ?? [score];

/** Whether features were missing or stale, an outlier gate spoke up, or nodes had nothing to give. */
function isAnomalous({ vector, trace }: Prediction): boolean {
  const features = [...vector, ...(trace?.enriched.flatMap((it) => it.features) ?? [])];
  const isOutlier = trace?.verdicts.some((it) => it.isOutlier) ?? false;
  return isOutlier || (trace?.absent.length ?? 0) > 0 || features.some((it) => it.status !== "present");
}

type Label = Pick<Outcome, "actual" | "reward" | "isCovered">;

/** The label of a mirrored prediction for its mirror, which has an interval of its own or none. */
function labelOf({ isCovered: _, ...label }: Label, kept: KeptAnswer | undefined): Label {
  return kept && label.actual !== undefined ? { ...label, isCovered: isHeld(kept, label.actual) } : label;
}

async function labelsOf(
  feedback: Pick<Feedback, "find">,
  deployment: string,
  ids: readonly string[],
): Promise<readonly (StoredFeedback | undefined)[]> {
  const wanted = [...new Set(ids.filter((it) => it !== ""))];
  const found = await feedback.find(deployment, wanted);
  const byId = new Map(wanted.map((id, i) => [id, found[i]]));
  return ids.map((id) => byId.get(id));
}

function labelAt(stored: StoredFeedback | undefined, dueMs: number): Label {
  const revision = countedRevision(stored, { asOfNs: 0n, delayNs: undefined, knownByMs: dueMs });
  if (revision === undefined) return {};
  const { actual, reward } = revision;
  return {
    actual,
    ...(reward !== undefined && { reward }),
    ...(stored?.kept && { isCovered: isHeld(stored.kept, actual) }),
  };
}
