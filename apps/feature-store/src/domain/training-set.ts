import { type Digest, digestOfJson, type Page } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Column } from "@throughline/tables";
import type { PageRequest } from "./catalog.ts";
import type { Certificate } from "./certificate.ts";
import { privacyIdentity, type SetPrivacy } from "./privacy/carry-training-set.ts";
import { type ServedRows, servedManifest } from "./served/served-rows.ts";

/** Rows to train on, as they would have been known at each row's cut-off. It never changes. */
export interface TrainingSet {
  readonly project: string;
  readonly id: string;
  /** Digest of everything about it but its name and time: two requests that give the same give one training set. */
  readonly manifestDigest: Digest;
  /** Merkle root over the row digests. */
  readonly digest: Digest;
  readonly fileDigest: Digest;
  readonly sizeBytes: number;
  /** Id of the feature service. */
  readonly featureService: string;
  readonly featureServiceVersion: number;
  readonly featureServiceDigest: Digest;
  readonly spineDigest: Digest;
  readonly dataVersion: number;
  readonly rowCount: number;
  readonly columns: readonly Column[];
  readonly cutoffColumn: string;
  readonly labelColumns: readonly string[];
  readonly certificate: Certificate;
  readonly certificateDigest: Digest;
  readonly segmentDigests: readonly Digest[];
  /** Undefined: no policy spoke about a column, and no purpose was named. */
  readonly privacy?: SetPrivacy;
  /** Where the rows come from that were served. Undefined: they were joined to a spine. */
  readonly servedRows?: ServedRows;
  readonly createTimeMs: number;
}

/** A training set before it has a name. */
export type MadeTrainingSet = Omit<TrainingSet, "id" | "manifestDigest" | "createTimeMs">;

/** See TrainingSet.manifestDigest. */
export const manifestDigest = (made: MadeTrainingSet): Digest =>
  digestOfJson({
    digest: made.digest,
    fileDigest: made.fileDigest,
    featureService: made.featureService,
    featureServiceVersion: made.featureServiceVersion,
    featureServiceDigest: made.featureServiceDigest,
    spineDigest: made.spineDigest,
    dataVersion: made.dataVersion,
    cutoffColumn: made.cutoffColumn,
    labelColumns: made.labelColumns,
    certificateDigest: made.certificateDigest,
    segmentDigests: made.segmentDigests,
    ...(made.servedRows && { servedRows: servedManifest(made.servedRows) }),
    ...(made.privacy && { privacy: privacyIdentity(made.privacy) }),
  });

/**
 * The id of the n-th (from 1) training set of a digest: the first 16 hex digits, and from the second on `-2`, `-3`, since
 * the same features may stand beside other labels.
 */
export function trainingSetId(digest: Digest, ordinal: number): string {
  const short = digest.slice("sha256:".length, "sha256:".length + 16);
  return ordinal === 1 ? short : `${short}-${ordinal}`;
}

/**
 * The training sets that were made. Laws, checked by `testTrainingSets`:
 * - Of several writers of one id, or of one manifest in a project, exactly one succeeds; the others fail with
 *   ALREADY_EXISTS.
 * - `list` has the newest first.
 */
export interface TrainingSets {
  get(project: string, id: string): Promise<TrainingSet | undefined>;
  ofManifest(project: string, manifestDigest: Digest): Promise<TrainingSet | undefined>;
  /** Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<TrainingSet>>;
  /** True if a training set of some project has the file, as its rows or as its certificate. */
  isReferred(digest: Digest): Promise<boolean>;
  adding(trainingSet: TrainingSet): readonly Write[];
}
