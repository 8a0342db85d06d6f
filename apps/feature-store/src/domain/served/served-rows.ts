import type { Digest, Json } from "@throughline/kernel";
import type { LeftOut, ServedPredictions, ServedSegment, ServedWindow } from "./serving-log.ts";

/** Where the rows of a training set come from that were served. */
export interface ServedRows {
  /** What was asked for, with the time by which everything was known. */
  readonly window: ServedWindow;
  readonly releases: readonly AnsweringRelease[];
  readonly segments: readonly ServedSegment[];
  /** The file that the log's owner wrote. */
  readonly predictionsDigest: Digest;
  readonly labeledCount: number;
  readonly leftOut: LeftOut;
  readonly checks: ServedChecks;
}

/** A release that answered some of the rows. */
export interface AnsweringRelease {
  readonly release: string;
  readonly digest: Digest;
  readonly rowCount: number;
}

/** What was checked of rows that were served, over all of them. */
export interface ServedChecks {
  /** Merkle root over the row digests in the log. */
  readonly loggedRowsDigest: Digest;
  /** Rows that were asked for as of a later instant than they were given at. */
  readonly laterAsOfCount: number;
  /** Rows whose label became known later than the delay allows. */
  readonly lateLabelCount: number;
}

/** Where rows come from, as far as the log's owner tells. */
export const answeringReleases = ({ releases }: ServedPredictions): readonly AnsweringRelease[] =>
  releases.map(({ release, digest, rowCount }) => ({ release, digest, rowCount }));

/**
 * What of the origin makes one training set another than the next: not the time by which everything was known, since the same
 * predictions and labels are the same whenever one looked.
 */
export const servedManifest = ({ window, segments, labeledCount, leftOut }: ServedRows): Json => ({
  deployment: window.deployment,
  startNs: window.startNs === undefined ? null : String(window.startNs),
  endNs: window.endNs === undefined ? null : String(window.endNs),
  release: window.release,
  labelDelayNs: window.labelDelayNs === undefined ? null : String(window.labelDelayNs),
  labeledOnly: window.labeledOnly,
  segments: segments.map(({ segment, digest, rowCount }) => ({ segment, digest, rowCount })),
  labeledCount,
  leftOut: { ...leftOut },
});

/** The parts of a certificate that only served rows have, under the names of the contract. */
export const servedChecksJson = (it: ServedChecks): Json => ({
  logged_rows_digest: it.loggedRowsDigest,
  later_as_of_count: it.laterAsOfCount,
  late_label_count: it.lateLabelCount,
});
