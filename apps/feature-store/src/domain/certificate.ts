import { canonicalJson, type Digest, type Json } from "@throughline/kernel";
import type { LeakageCertificate as JoinCertificate } from "@throughline/tables";

/** How the closeness of a feature to a label is measured. */
export type SuspicionMeasure = "PEARSON" | "CORRELATION" | "CORRELATION_RATIO" | "CRAMERS_V" | "INFORMATION";

/** A feature that says too much about a label. */
export interface SuspectFeature {
  readonly feature: string;
  readonly label: string;
  /** Absolute Pearson correlation, to six digits: the last ones depend on the order of addition. 0 if one of them is no number. */
  readonly correlation: number;
  /** Absent in certificates of before there were several measures, like what follows: it was Pearson's. */
  readonly measure?: SuspicionMeasure;
  /** By that measure, in [0, 1], to six digits. */
  readonly strength?: number;
  readonly rowCount?: number;
  /** In [0, 1], to six digits. */
  readonly shareToldByMissing?: number;
}

/** What divides the rows of a training set into rows to train on and to test on. */
export type TimeSplit =
  /** Nanoseconds since 1970: cut-offs before it are trained on, the others are tested on. */
  | { readonly by: "time"; readonly timeNs: bigint }
  /** A column of the spine with `train` or `test` in it. */
  | { readonly by: "column"; readonly column: string };

/** When the labels became known. Times are nanoseconds. */
export interface LabelTimeCheck {
  /** Empty: the cut-off stands for it. */
  readonly column: string;
  readonly delayNs: bigint;
  readonly rowCount: number;
  readonly unknownRowCount: number;
  readonly knownAtCutoffRowCount: number;
  /** From the cut-off on; undefined if there is no row. */
  readonly leastWaitNs: bigint | undefined;
  readonly mostWaitNs: bigint | undefined;
}

/** Whether a split is one of time. Times are nanoseconds since 1970. */
export interface TimeSplitCheck {
  readonly split: TimeSplit;
  readonly held: boolean;
  readonly usesLabelTimes: boolean;
  readonly trainRowCount: number;
  readonly testRowCount: number;
  readonly unknownRowCount: number;
  readonly lastTrainNs: bigint | undefined;
  readonly firstTestNs: bigint | undefined;
  readonly lateTrainRowCount: number;
  readonly earlyTestRowCount: number;
  readonly testEntityCount: number;
  readonly sharedEntityCount: number;
}

/** Rows for which a view had no value. */
export interface ViewAbsence {
  readonly view: string;
  readonly version: number;
  readonly unknownRowCount: number;
  readonly expiredRowCount: number;
}

/** What else is checked about a training set: it fails nothing, and gates demand it. What is absent was not checked. */
export interface FurtherChecks {
  readonly labelTimes?: LabelTimeCheck;
  readonly timeSplit?: TimeSplitCheck;
  readonly absences?: readonly ViewAbsence[];
  /** Nanoseconds since 1970. */
  readonly cutoffs?: { readonly firstNs: bigint; readonly lastNs: bigint };
  readonly comparedRowCount?: number;
}

/** What was checked about a training set. */
export interface Certificate extends FurtherChecks {
  readonly passed: boolean;
  readonly seed: number;
  readonly sampledRowCount: number;
  readonly mismatchCount: number;
  readonly laterKnowledgeCount: number;
  readonly suspects: readonly SuspectFeature[];
  readonly trainingSetDigest: Digest;
}

/** What was found besides the join's law. */
export interface Found extends FurtherChecks {
  readonly suspects: readonly SuspectFeature[];
  readonly trainingSetDigest: Digest;
}

/** A certificate from what the table engine checked and what else was found. Nothing but the join's law fails it. */
export function certificateOf(checked: JoinCertificate, found: Found): Certificate {
  // The engine names the first differing values and counts the rows; any of them fails the certificate.
  const mismatchCount = Math.max(checked.mismatchedRows, checked.mismatches.length);
  const laterKnowledgeCount = checked.rowsWithLaterKnowledge;
  return {
    passed: mismatchCount === 0 && laterKnowledgeCount === 0,
    seed: checked.seed,
    sampledRowCount: checked.sampledRows,
    mismatchCount,
    laterKnowledgeCount,
    ...found,
  };
}

/**
 * The canonical JSON of a certificate, under the names of the contract. Times and lengths of time are nanoseconds, as texts: no number of
 * JSON holds them.
 */
export const certificateText = (it: Certificate): string =>
  canonicalJson({
    passed: it.passed,
    seed: it.seed,
    sampled_row_count: it.sampledRowCount,
    mismatch_count: it.mismatchCount,
    later_knowledge_count: it.laterKnowledgeCount,
    suspects: it.suspects.map(suspectJson),
    training_set_digest: it.trainingSetDigest,
    ...(it.labelTimes && { label_times: labelTimesJson(it.labelTimes) }),
    ...(it.timeSplit && { time_split: timeSplitJson(it.timeSplit) }),
    ...(it.absences && {
      absences: it.absences.map(({ view, version, unknownRowCount, expiredRowCount }) => ({
        view,
        view_version: version,
        unknown_row_count: unknownRowCount,
        expired_row_count: expiredRowCount,
      })),
    }),
    ...(it.cutoffs && {
      first_cutoff_time: String(it.cutoffs.firstNs),
      last_cutoff_time: String(it.cutoffs.lastNs),
    }),
    ...(it.comparedRowCount !== undefined && { compared_row_count: it.comparedRowCount }),
  });

const suspectJson = ({ feature, label, correlation, ...it }: SuspectFeature): Json => ({
  feature,
  label,
  correlation,
  ...(it.measure !== undefined && { measure: it.measure }),
  ...(it.strength !== undefined && { strength: it.strength }),
  ...(it.rowCount !== undefined && { row_count: it.rowCount }),
  ...(it.shareToldByMissing !== undefined && { share_told_by_missing: it.shareToldByMissing }),
});

const labelTimesJson = (it: LabelTimeCheck): Json => ({
  column: it.column,
  delay: String(it.delayNs),
  row_count: it.rowCount,
  unknown_row_count: it.unknownRowCount,
  known_at_cutoff_row_count: it.knownAtCutoffRowCount,
  least_wait: textOrNull(it.leastWaitNs),
  most_wait: textOrNull(it.mostWaitNs),
});

const timeSplitJson = (it: TimeSplitCheck): Json => ({
  split: it.split.by === "time" ? { time: String(it.split.timeNs) } : { column: it.split.column },
  held: it.held,
  uses_label_times: it.usesLabelTimes,
  train_row_count: it.trainRowCount,
  test_row_count: it.testRowCount,
  unknown_row_count: it.unknownRowCount,
  last_train_time: textOrNull(it.lastTrainNs),
  first_test_time: textOrNull(it.firstTestNs),
  late_train_row_count: it.lateTrainRowCount,
  early_test_row_count: it.earlyTestRowCount,
  test_entity_count: it.testEntityCount,
  shared_entity_count: it.sharedEntityCount,
});

const textOrNull = (ns: bigint | undefined): string | null => (ns === undefined ? null : String(ns));
