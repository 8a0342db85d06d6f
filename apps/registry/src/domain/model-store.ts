import type { Write } from "@throughline/store";
import type { Change, ListPage, NumberedChange, PageRequest } from "./change.ts";
import type { ModelVersion } from "./model.ts";

/** What is stored of a model itself; its versions and aliases are stored by themselves. */
export interface ModelRecord {
  readonly project: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createTimeMs: number;
}

export interface StoredModel {
  readonly name: string;
  readonly revision: number;
  readonly change: Change;
  readonly record: ModelRecord;
}

/**
 * Models. Laws:
 * - Of two models of one name the second fails with ALREADY_EXISTS; of two changes of one revision, with REVISION_CONFLICT.
 * - `get` at an instant gives what the newest change not after it left, undefined if there was none.
 * - Names are compared byte for byte. Lists are ordered by name.
 */
export interface ModelStore {
  insert(name: string, record: ModelRecord, change: Change): Promise<readonly Write[]>;
  replace(stored: StoredModel, record: ModelRecord, change: Change): readonly Write[];
  get(name: string, asOfMs?: number): Promise<StoredModel | undefined>;
  list(project: string, page: PageRequest): Promise<ListPage<StoredModel>>;
}

/** The newest version of a model. Number 0 if there is none. */
export interface Newest {
  readonly version: number;
  readonly timeMs: number;
}

/**
 * Versions of models. Laws:
 * - Of several writers of one number exactly one succeeds, so that numbers are dense and never used twice.
 * - A version never changes. Lists start with the newest.
 */
export interface VersionStore {
  newest(model: string, asOfMs?: number): Promise<Newest>;
  /** Of many models at once, in their order. At most 1,000. */
  newestOf(models: readonly string[]): Promise<readonly number[]>;
  /** Writes the version that follows `newest`. */
  append(version: ModelVersion, newest: Newest): readonly Write[];
  get(model: string, version: number): Promise<ModelVersion | undefined>;
  list(model: string, page: PageRequest): Promise<ListPage<ModelVersion>>;
}

/** What an alias names since its last change. Version 0: nothing. */
export interface AliasRecord {
  readonly model: string;
  readonly alias: string;
  readonly version: number;
}

/** One entry of an alias's history. */
export interface AliasChange {
  readonly change: NumberedChange;
  readonly version: number;
}

/**
 * Aliases of models. Laws:
 * - Of several writers that saw the same state of an alias exactly one succeeds.
 * - The history has every change, newest first, with revisions from 1 without gaps.
 */
export interface AliasStore {
  get(model: string, alias: string, asOfMs?: number): Promise<AliasChange | undefined>;
  /** Writes the change that follows `current`, undefined for the first. */
  set(record: AliasRecord, current: AliasChange | undefined, change: Change): Promise<readonly Write[]>;
  /** Every alias that ever was in these models (at most 1,000 models), with the version it names at the instant. */
  all(models: readonly string[], asOfMs?: number): Promise<readonly AliasRecord[]>;
  /** At most `limit` (up to 1,000) changes. */
  history(model: string, alias: string, limit: number): Promise<readonly AliasChange[]>;
}

/** Most different aliases that a model may ever have had. */
export const ALIASES_MAX = 1_000;
