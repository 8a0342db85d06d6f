import {
  type LeakageCertificate,
  type SuspectFeature,
  SuspicionMeasure,
  type TimeSplitCheck,
  type TrainingSet,
} from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { count, duration, figure, instant, percent, spanMs } from "./format.ts";

/** One statement of a certificate, and whether it speaks for the training set. */
export interface Finding {
  readonly tone: "good" | "bad" | "look";
  readonly text: string;
}

/** The leakage certificate of a training set in plain words. */
export function certificateFindings(set: TrainingSet): readonly Finding[] {
  const it = set.certificate;
  if (!it) return [{ tone: "look", text: "This training set has no certificate: nobody checked it for leaks." }];
  return [laterKnowledge(it, set.rowCount), sample(it), ...suspects(it), ...labelTimes(it), ...timeSplit(it)];
}

const laterKnowledge = ({ laterKnowledgeCount }: LeakageCertificate, rows: bigint): Finding =>
  laterKnowledgeCount === 0n
    ? {
        tone: "good",
        text: `No value in any of the ${count(rows)} rows was learned after the moment its row predicts from.`,
      }
    : {
        tone: "bad",
        text: `${count(laterKnowledgeCount)} values were learned after the moment their row predicts from: the model would know the future.`,
      };

const sample = (it: LeakageCertificate): Finding =>
  it.mismatchCount === 0n
    ? {
        tone: "good",
        text: `${count(it.sampledRowCount)} rows, chosen with seed ${it.seed}, were joined a second time by a plain, slow method. All values agree.`,
      }
    : {
        tone: "bad",
        text: `${count(it.sampledRowCount)} rows were joined a second time by a plain, slow method, and ${count(it.mismatchCount)} values differ.`,
      };

function suspects({ suspects: found, comparedRowCount }: LeakageCertificate): readonly Finding[] {
  if (found.length > 0) return found.map((it) => ({ tone: "look", text: suspicionText(it) }));
  const on = comparedRowCount > 0n ? ` ${count(comparedRowCount)} rows were compared, whatever the types.` : "";
  return [{ tone: "good", text: `No feature is implausibly close to a label.${on}` }];
}

const suspicionText = (it: SuspectFeature): string => {
  const by = `${measureWords(it.measure)} ${figure(it.measure === SuspicionMeasure.UNSPECIFIED ? it.correlation : it.strength)}`;
  const missing =
    it.shareToldByMissing > 0.5
      ? ` ${percent(it.shareToldByMissing)} of it is told by whether there is a value at all: it may be written only once the label is known.`
      : "";
  return `${it.feature} says almost everything about ${it.label} (${by}).${missing} Check that it is really known in advance.`;
};

const MEASURES: Readonly<Record<SuspicionMeasure, string>> = {
  [SuspicionMeasure.UNSPECIFIED]: "correlation",
  [SuspicionMeasure.PEARSON]: "correlation",
  [SuspicionMeasure.CORRELATION]: "rank or linear correlation at least",
  [SuspicionMeasure.CORRELATION_RATIO]: "correlation ratio",
  [SuspicionMeasure.CRAMERS_V]: "Cramer's V",
  [SuspicionMeasure.INFORMATION]: "mutual information, as a strength of",
};

/** What a suspicion was measured by. */
export const measureWords = (measure: SuspicionMeasure): string => MEASURES[measure];

function labelTimes({ labelTimes: it }: LeakageCertificate): readonly Finding[] {
  if (!it) return [{ tone: "look", text: "Nobody said when the labels became known, so that was not checked." }];
  const waits = it.leastWait
    ? ` Labels were known from ${lengthOf(spanMs(it.leastWait))} to ${lengthOf(spanMs(it.mostWait))} after it.`
    : "";
  const known: Finding =
    it.knownAtCutoffRowCount === 0n
      ? { tone: "good", text: `No label was known at the moment its row predicts from.${waits}` }
      : {
          tone: "bad",
          text: `${count(it.knownAtCutoffRowCount)} labels were known already at the moment their row predicts from.${waits}`,
        };
  const unknown: Finding = {
    tone: "look",
    text: `Of ${count(it.unknownRowCount)} labels it is not known when they became known.`,
  };
  return it.unknownRowCount > 0n ? [known, unknown] : [known];
}

const lengthOf = (ms: number): string => (ms < 0 ? `${duration(-ms)} before` : duration(ms));

function timeSplit({ timeSplit: it }: LeakageCertificate): readonly Finding[] {
  if (!it)
    return [{ tone: "look", text: "No split into rows to train on and to test on was named, so none was checked." }];
  const sides = `${count(it.trainRowCount)} rows to train on and ${count(it.testRowCount)} to test on, ${splitText(it)}`;
  const split: Finding = it.held
    ? { tone: "good", text: `The split is one of time: ${sides}. ${learnedText(it)}` }
    : { tone: "bad", text: `The split is not one of time: ${sides}. ${brokenText(it)}` };
  const shared: Finding = {
    tone: "look",
    text: `${count(it.sharedEntityCount)} of the ${count(it.testEntityCount)} entities to test on have rows to train on too: what is known of them by heart does not count for new ones.`,
  };
  return it.sharedEntityCount > 0n ? [split, shared] : [split];
}

const splitText = ({ split }: TimeSplitCheck): string =>
  split?.by.case === "time" ? `divided at ${instant(split.by.value)} UTC` : `by the column ${split?.by.value ?? ""}`;

const learnedText = ({ usesLabelTimes, lastTrainTime, firstTestTime }: TimeSplitCheck): string =>
  `The last ${usesLabelTimes ? "label to train on was known" : "row to train on is"} at ${instant(lastTrainTime)}, the first row to test on is of ${instant(firstTestTime)} UTC.`;

function brokenText(it: TimeSplitCheck): string {
  if (it.trainRowCount === 0n || it.testRowCount === 0n) return "One of the sides is empty.";
  if (it.lateTrainRowCount === 0n && it.earlyTestRowCount === 0n)
    return `Of ${count(it.unknownRowCount)} rows the time is not known.`;
  const late = it.usesLabelTimes ? "have labels that became known" : "are";
  return `${count(it.lateTrainRowCount)} rows to train on ${late} after the first row to test on, and ${count(it.earlyTestRowCount)} rows to test on are before the last of them.`;
}
