import {
  canonicalJson,
  canonicalRowBytes,
  type Digest,
  digestOfBytes,
  type FeatureValue,
  type Json,
  type Page,
} from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { PageRequest } from "../catalog.ts";
import type { AnsweringRelease } from "../served/served-rows.ts";
import type { LeftOut, ServedSegment } from "../served/serving-log.ts";

/** What was served beside what the point-in-time join gives for the same keys and times. It never changes. */
export interface SkewReport extends SkewContent {
  readonly project: string;
  readonly id: string;
  /** Of its artifact: see `reportText`. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The time by which the log had taken the predictions. */
  readonly knownByMs: number;
  readonly actor: string;
  readonly createTimeMs: number;
}

/** What a report says: the same predictions and the same data give the same content. */
export interface SkewContent {
  /** `projects/{project}/deployments/{deployment}`. */
  readonly deployment: string;
  readonly startNs: bigint | undefined;
  readonly endNs: bigint | undefined;
  /** Empty: all. */
  readonly release: string;
  /** Id of the feature service. */
  readonly featureService: string;
  /** The version that was joined. */
  readonly featureServiceVersion: number;
  readonly servedFeatureServiceVersion: number;
  readonly dataVersion: number;
  readonly rowCount: number;
  readonly differingRowCount: number;
  readonly features: readonly FeatureSkew[];
  readonly uncomparedFeatures: readonly string[];
  readonly notes: readonly string[];
  readonly releases: readonly AnsweringRelease[];
  readonly segments: readonly ServedSegment[];
  readonly predictionsDigest: Digest;
  readonly leftOut: LeftOut;
}

/** How often, and by how much, the served values of a feature are not the joined ones. */
export interface Differences {
  readonly differingCount: number;
  readonly servedMissingCount: number;
  readonly joinedMissingCount: number;
  /** Over rows where both are finite numbers. The mean to nine digits: the last ones depend on the order of addition. */
  readonly absoluteDifference: { readonly max: number; readonly mean: number } | undefined;
}

/** One feature as it was served and as it is joined. */
export interface FeatureSkew extends Differences {
  readonly feature: string;
  /** Id of its view. */
  readonly view: string;
  readonly viewVersion: number;
  readonly servedViewVersion: number;
  readonly examples: readonly SkewExample[];
  /** Undefined if a side has no value. */
  readonly distances: Distances | undefined;
  readonly causes: readonly SkewCause[];
  /** Differing rows that were looked at to find causes. */
  readonly examinedRowCount: number;
}

/** One row where the served value is not the joined one. */
export interface SkewExample {
  /** Name of the prediction. */
  readonly prediction: string;
  readonly asOfNs: bigint;
  readonly served: FeatureValue;
  readonly joined: FeatureValue;
}

/** How far the two distributions of a feature are from each other: the measures of libs/stats. */
export interface Distances {
  readonly jensenShannon: number;
  readonly populationStability: number;
  /** Of the percentiles of numbers. */
  readonly wasserstein?: number;
  /** Of the shares of texts and truth values. */
  readonly lInfinity?: number;
}

export type CauseKind = "LATE_DATA" | "TAKEN_BACK" | "NOT_ONLINE" | "VIEW_CHANGED" | "OLDER_DATA" | "UNKNOWN";

/** One reason why values differ. */
export interface SkewCause {
  readonly kind: CauseKind;
  readonly description: string;
  /** Examined rows that it explains. */
  readonly rowCount: number;
  readonly dataVersions: readonly number[];
}

/** The canonical JSON of a report, under the names of the contract: what its digest is of. */
export const reportText = (it: SkewContent): string =>
  canonicalJson({
    deployment: it.deployment,
    release: it.release,
    start_time: textOrNull(it.startNs),
    end_time: textOrNull(it.endNs),
    feature_service: it.featureService,
    feature_service_version: it.featureServiceVersion,
    served_feature_service_version: it.servedFeatureServiceVersion,
    data_version: it.dataVersion,
    row_count: it.rowCount,
    differing_row_count: it.differingRowCount,
    features: it.features.map(featureJson),
    uncompared_features: [...it.uncomparedFeatures],
    notes: [...it.notes],
    releases: it.releases.map(({ release, digest, rowCount }) => ({ release, digest, row_count: rowCount })),
    log_segments: it.segments.map(({ segment, digest, rowCount }) => ({ segment, digest, row_count: rowCount })),
    predictions_digest: it.predictionsDigest,
    left_out: {
      without_entity_count: it.leftOut.withoutEntity,
      later_as_of_count: it.leftOut.laterAsOf,
      without_label_count: it.leftOut.withoutLabel,
      not_sampled_count: it.leftOut.notSampled,
    },
  });

const featureJson = (it: FeatureSkew): Json => ({
  feature: it.feature,
  view: it.view,
  view_version: it.viewVersion,
  served_view_version: it.servedViewVersion,
  differing_count: it.differingCount,
  served_missing_count: it.servedMissingCount,
  joined_missing_count: it.joinedMissingCount,
  absolute_difference_max: it.absoluteDifference?.max ?? null,
  absolute_difference_mean: it.absoluteDifference?.mean ?? null,
  examples: it.examples.map(({ prediction, asOfNs, served, joined }) => ({
    prediction,
    as_of: String(asOfNs),
    served: valueText(served),
    joined: valueText(joined),
  })),
  distances: it.distances ? { ...it.distances } : null,
  causes: it.causes.map(({ kind, description, rowCount, dataVersions }) => ({
    kind,
    description,
    row_count: rowCount,
    data_versions: [...dataVersions],
  })),
  examined_row_count: it.examinedRowCount,
});

const textOrNull = (ns: bigint | undefined): string | null => (ns === undefined ? null : String(ns));

/** The canonical bytes of a value in hexadecimal digits: exact, whatever its type. */
const valueText = (value: FeatureValue): string => canonicalRowBytes([value]).toString("hex");

/** The first 16 hex digits of the digest. */
export const reportId = (text: string): string => digestOfBytes(text).slice("sha256:".length, "sha256:".length + 16);

/**
 * The reports that were made. Laws, checked by `store/skew-report-store.test.ts`:
 * - Of several writers of one id exactly one succeeds; the others fail with ALREADY_EXISTS.
 * - `list` has the newest first.
 */
export interface SkewReports {
  get(project: string, id: string): Promise<SkewReport | undefined>;
  /** Newest first; with an instant, what had been made by then. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest, asOfMs?: number): Promise<Page<SkewReport>>;
  /** True if the artifact of a report of some project has the digest. */
  isReferred(digest: Digest): Promise<boolean>;
  adding(report: SkewReport): readonly Write[];
}
