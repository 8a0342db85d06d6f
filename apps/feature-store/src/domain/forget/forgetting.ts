import { type Digest, DomainError, type Page } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { PageRequest } from "../catalog.ts";

/** The record of a forgetting. It never says who was forgotten. */
export interface Forgetting {
  readonly project: string;
  readonly id: string;
  /** Id of the entity. */
  readonly entity: string;
  /** A keyed hash of the entity and the key values. */
  readonly subject: string;
  readonly state: "running" | "done";
  readonly actor: string;
  readonly reason: string;
  readonly createTimeMs: number;
  /** Undefined while it is running. */
  readonly endTimeMs?: number;
  readonly sources: readonly ForgottenRows[];
  readonly affected: readonly Affected[];
  readonly isAffectedTruncated: boolean;
  readonly unaffectedTrainingSets: number;
  readonly loadedDigests: readonly Digest[];
  readonly remaining: readonly string[];
}

/** What was removed of one source. */
export interface ForgottenRows {
  readonly source: string;
  readonly rowCount: number;
  readonly fileCount: number;
  readonly dataVersions: readonly number[];
  readonly tombstones: readonly Digest[];
  /** True if the online values were computed anew since the last file was written anew. */
  readonly isOnline: boolean;
}

/** Something that had used removed rows. */
export interface Affected {
  readonly kind: string;
  readonly resource: string;
  readonly digest: Digest | undefined;
  /** Of training sets: rows about the entity; -1 if it cannot be told. 0 of everything else. */
  readonly rowCount: number;
}

/** A file that was written anew, or is to be removed, or was. */
export interface ForgottenFile {
  readonly project: string;
  readonly source: string;
  /** Id of the forgetting. */
  readonly forgetting: string;
  /** The file that held the rows. */
  readonly digest: Digest;
  /** The file in its place. */
  readonly replacement: Digest;
  readonly removedRows: number;
  /** The file with the digests of the removed rows. */
  readonly tombstones: Digest;
  /** True if its bytes are gone, or something else needs them. */
  readonly isSettled: boolean;
}

/**
 * The records of forgettings and the files that they wrote anew. Laws, checked by `store/privacy-stores.test.ts`:
 * - A record is kept once; of several writers of one state of it exactly one succeeds, the others fail with REVISION_CONFLICT.
 * - A file that was written anew is known from the commit on that put another in its place.
 * - Of what reads files and commits what it made of them, nothing commits rows that were forgotten meanwhile: see `unforgotten`.
 */
export interface Forgettings {
  get(project: string, id: string): Promise<Forgetting | undefined>;
  /** Newest first. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<Forgetting>>;
  /** One that is not done, for one of these subjects. */
  running(project: string, entity: string, subjects: readonly string[]): Promise<Forgetting | undefined>;
  /** Writes that begin a record. */
  beginning(forgetting: Forgetting): readonly Write[];
  /** The record as it is to be, and writes that fail with REVISION_CONFLICT if somebody changes it first. Fails with NOT_FOUND. */
  changing(
    named: Pick<Forgetting, "project" | "id">,
    change: (forgetting: Forgetting) => Forgetting,
  ): Promise<{ readonly forgetting: Forgetting; readonly writes: readonly Write[] }>;
  /** Writes that make files known as forgotten. */
  forgetting(project: string, files: readonly ForgottenFile[]): Promise<readonly Write[]>;
  /** Every file of a forgetting. */
  files(project: string, id: string): AsyncIterable<ForgottenFile>;
  settle(file: ForgottenFile): Promise<void>;
  /** True if it is a file of tombstones. */
  isReferred(digest: Digest): Promise<boolean>;
  /**
   * Writes that belong to the commit of what was made of these files. Fails with DATA_FORGOTTEN if one of them is read no more
   * because rows of it were forgotten; the commit with REVISION_CONFLICT if that happens before it.
   */
  unforgotten(project: string, digests: readonly Digest[]): Promise<readonly Write[]>;
}

/** Rows were forgotten while something was made of them. */
export const dataForgotten = (digest: string): DomainError =>
  new DomainError(
    "conflict",
    "DATA_FORGOTTEN",
    `Rows of the segment ${digest} were forgotten while it was read, and what was made of them is not kept. Ask again.`,
    { metadata: { digest } },
  );

/** More files than one commit can put others in the place of. */
export const forgetTooLarge = (source: string, count: number, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "FORGET_TOO_LARGE",
    `Source ${source} reads ${count} files with the entity's rows, and one commit replaces at most ${most}. Compact the source, then ask again.`,
    { metadata: { source, count: String(count), most: String(most) } },
  );

/** What was written is not what was read without the removed rows. */
export const forgetBroken = (source: string): DomainError =>
  new DomainError(
    "precondition",
    "FORGET_BROKEN",
    `A file of source ${source} was not replaced: the rows that were written are not the others that were read. This is a bug; report it with the source's segments.`,
    { metadata: { source } },
  );
