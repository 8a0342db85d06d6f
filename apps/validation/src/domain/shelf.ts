import type { Page } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { RequestIdentity } from "@throughline/store";

/** Things of one kind that never change: statistics, schemas, drift reports, evaluations. */
export interface Kept {
  readonly name: string;
  readonly createTimeMs: number;
}

/** Which page of which things. */
export interface ShelfPage {
  readonly size: number;
  readonly token: string;
  readonly subject?: string;
  /** Only what had been made by then. */
  readonly asOfMs?: number;
}

/** Something to keep, with what is told of it on the thread. */
export interface Addition<T extends Kept> {
  readonly thing: T;
  readonly record: LineageRecord;
  /** The call that asked for it, if its repetition must answer the same. */
  readonly request?: RequestIdentity;
}

/**
 * Keeps things under their names. Laws, checked on every database:
 *
 * - A thing and its lineage record are one commit.
 * - Adding what is there already changes nothing, records nothing, and returns what is there. If that has another digest,
 *   it fails with NAME_TAKEN.
 * - A repeated request gets the thing that the first one made; with other parameters it fails with REQUEST_ID_REUSED.
 * - Lists are newest first, of one project, and their pages have bounded sizes: a page may end before `size`.
 */
export interface Shelf<T extends Kept> {
  add(addition: Addition<T>): Promise<T>;
  find(name: string): Promise<T | undefined>;
  /** `project` is its id. With a subject only what is about it, where things have one. */
  list(project: string, page: ShelfPage): Promise<Page<T>>;
}
