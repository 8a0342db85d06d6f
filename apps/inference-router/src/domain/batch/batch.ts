import { type Digest, DomainError, invalidField, type Json } from "@throughline/kernel";

/** Rows of a file that one release is to answer. */
export interface Batch {
  readonly deployment: string;
  readonly inputDigest: Digest;
  /** `projects/{project}/releases/{release}`. */
  readonly release: string;
  /** The rows bring the release's features themselves. */
  readonly vectors: boolean;
  /** The instant whose knowledge is used for rows without one of their own. */
  readonly asOfNs: bigint;
  /** Empty: no row has an instant of its own. */
  readonly asOfColumn: string;
  readonly columnPrefix: string;
  readonly actor: string;
}

export interface BatchResult {
  readonly digest: Digest;
  readonly rowCount: number;
  /** Rows without a score, by the reason. */
  readonly problemCounts: Readonly<Record<string, number>>;
  readonly releaseDigest: string;
  /** Merkle root over the row digests of the rows that have a score, in row order. */
  readonly rowsDigest: Digest;
}

/** A batch as it is kept for the time after a restart. */
export const batchToJson = ({ asOfNs, ...rest }: Batch): Json => ({ ...rest, asOfNs: String(asOfNs) });

export function batchFromJson(json: Json): Batch {
  const { asOfNs, ...rest } = json as unknown as Omit<Batch, "asOfNs"> & { readonly asOfNs: string };
  return { ...rest, asOfNs: BigInt(asOfNs) };
}

/** Several releases serve, and none was named. */
export const releaseAmbiguous = (deployment: string, releases: readonly string[]): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_AMBIGUOUS",
    `${releases.length} releases serve at ${deployment}: ${releases.join(", ")}. A batch is answered by one of them: name it in release.`,
    { metadata: { deployment, releases: releases.join(",") } },
  );

/** A release of another project. */
export const releaseElsewhere = (release: string, project: string): DomainError =>
  invalidField("release", `${release} is not a release of ${project}. Name one of its own.`);

/** The input's columns are not what the batch needs. Each problem names its column. */
export const columnsUnfit = (problems: readonly string[]): DomainError =>
  invalidField(
    "input_digest",
    `the columns of the file do not fit the batch: ${problems.join("; ")}`,
    "BATCH_COLUMNS_UNFIT",
  );
