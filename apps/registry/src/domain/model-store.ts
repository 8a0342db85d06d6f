import type { Filter, Write } from "@throughline/store";
import type { Change, ListPage, NumberedChange, PageRequest } from "./change.ts";
import type { VersionContent, VersionText } from "./model.ts";
import type { ModelHead } from "./model-head.ts";

/** What is stored of a model itself; its versions and aliases are stored by themselves. */
export interface ModelRecord {
  readonly project: string;
  /** Unique in the project. */
  readonly displayName: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createTimeMs: number;
}

/** What is there, as one change left it. */
export interface Stored<T> {
  readonly name: string;
  readonly revision: number;
  readonly change: Change;
  readonly record: T;
}

export type StoredModel = Stored<ModelRecord>;
export type StoredHead = Stored<ModelHead>;

/** One entry of a history. `record` is absent if the change removed what was there. */
export interface Entry<T> {
  readonly change: NumberedChange;
  readonly record?: T;
}

/** A part of a history, newest first. `next` is where it goes on. */
export type HistoryPage<T> = ListPage<Entry<T>>;

/**
 * Models. Laws:
 * - Of two models of one name, or of one display name in a project, the second fails with ALREADY_EXISTS; of two changes
 *   of one revision, with REVISION_CONFLICT.
 * - `get` at an instant gives what the newest change not after it left, undefined if there was none.
 * - Names are compared byte for byte. Lists are ordered by name.
 * - The names of a removed model are free; its history stays and goes on with the next model of that name.
 */
export interface ModelStore {
  insert(name: string, record: ModelRecord, change: Change): Promise<readonly Write[]>;
  replace(stored: StoredModel, record: ModelRecord, change: Change): readonly Write[];
  remove(stored: StoredModel, change: Change): readonly Write[];
  get(name: string, asOfMs?: number): Promise<StoredModel | undefined>;
  /** In the order of `names`, at most 1,000. */
  getMany(names: readonly string[], asOfMs?: number): Promise<readonly (StoredModel | undefined)[]>;
  /** Those whose names begin with `prefix`, as they were at an instant, by name. */
  listAsOf(prefix: string, asOfMs: number, page: PageRequest): Promise<ListPage<StoredModel>>;
  /** Name of the model that has this display name. */
  named(project: string, displayName: string): Promise<string | undefined>;
  list(project: string, page: PageRequest): Promise<ListPage<StoredModel>>;
  /** Those that a filter holds for, by display name. */
  scan(project: string, where: Filter<ModelRecord>, page: PageRequest): Promise<ListPage<StoredModel>>;
  history(name: string, page: PageRequest): Promise<HistoryPage<ModelRecord>>;
}

/** The heads of models, under the models' names. Laws: as of ModelStore, but that nothing is ever removed. */
export interface HeadStore {
  /** Writes the head that follows `current`. */
  set(
    name: string,
    head: ModelHead,
    following: { readonly current?: StoredHead; readonly change: Change },
  ): Promise<readonly Write[]>;
  get(name: string, asOfMs?: number): Promise<StoredHead | undefined>;
  /** In the order of `names`, at most 1,000. */
  getMany(names: readonly string[], asOfMs?: number): Promise<readonly (StoredHead | undefined)[]>;
  history(name: string, page: PageRequest): Promise<HistoryPage<ModelHead>>;
}

/** What is stored of a version besides its content: what is said of it, and by what it is found. */
export interface VersionRecord extends VersionText {
  readonly project: string;
  readonly model: string;
  readonly version: number;
  readonly run: string;
  readonly sourceUri: string;
  /** Who registered it. */
  readonly author: string;
  readonly createTimeMs: number;
  /** Of the newest change. */
  readonly updateTimeMs: number;
}

export type StoredVersion = Stored<VersionRecord>;

/**
 * Versions of models, under `{model}/versions/{number}`. Laws:
 * - Content never changes and stays when the version is removed. A number is used once.
 * - Of several changes of one revision of what is said of a version exactly one succeeds.
 */
export interface VersionStore {
  insert(content: VersionContent, record: VersionRecord, change: Change): Promise<readonly Write[]>;
  replace(stored: StoredVersion, record: VersionRecord, change: Change): readonly Write[];
  remove(stored: StoredVersion, change: Change): readonly Write[];
  content(name: string): Promise<VersionContent | undefined>;
  /** In the order of `names`, at most 1,000. */
  contents(names: readonly string[]): Promise<readonly (VersionContent | undefined)[]>;
  get(name: string, asOfMs?: number): Promise<StoredVersion | undefined>;
  /** In the order of `names`, at most 1,000. */
  getMany(names: readonly string[], asOfMs?: number): Promise<readonly (StoredVersion | undefined)[]>;
  /** Those whose names begin with `prefix`, as they were at an instant, by name. */
  listAsOf(prefix: string, asOfMs: number, page: PageRequest): Promise<ListPage<StoredVersion>>;
  /** Versions of a model from the number `from` on, newest first. */
  list(model: string, from: number, page: PageRequest): Promise<ListPage<StoredVersion>>;
  /** Versions of a model in a stage from the number `from` on, newest first. */
  inStage(
    model: string,
    stage: string,
    page: { readonly from: number; readonly limit: number },
  ): Promise<readonly StoredVersion[]>;
  /** Those of a project that a filter holds for, last changed first. */
  scan(project: string, where: Filter<VersionRecord>, page: PageRequest): Promise<ListPage<StoredVersion>>;
  history(name: string, page: PageRequest): Promise<HistoryPage<VersionRecord>>;
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
 * The history of aliases of models. Laws:
 * - Of several writers that saw the same state of an alias exactly one succeeds.
 * - The history has every change, newest first, with revisions from 1 without gaps.
 */
export interface AliasStore {
  get(model: string, alias: string): Promise<AliasChange | undefined>;
  /** Writes the change that follows `current`, undefined for the first. */
  set(record: AliasRecord, current: AliasChange | undefined, change: Change): Promise<readonly Write[]>;
  /** How many aliases a model ever had. */
  count(model: string): Promise<number>;
  history(model: string, alias: string, page: PageRequest): Promise<ListPage<AliasChange>>;
}

/** Most different aliases that a model may ever have had. */
export const ALIASES_MAX = 1_000;
