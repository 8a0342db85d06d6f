import type { FieldPath, Filter, Order } from "./filter.ts";
import type { Position } from "./position.ts";
import type { SearchIndex, SearchWrite } from "./search.ts";
import type { AppendWrite, Series } from "./series.ts";

declare const VALUE: unique symbol;

/** Declares a collection of values of type `T`: its name and what is looked up in it. */
export interface CollectionDefinition<T extends object> {
  /** `[a-z][a-z0-9_]{0,47}`, unique in the store: by convention `<service>_<things>`. */
  readonly name: string;
  readonly indexes: readonly IndexDefinition<T>[];
  /** Never present: carries the type of the values. */
  readonly [VALUE]?: T;
}

/**
 * An index over fields, in the order given; the document's id comes last by itself. A find whose filter fixes the first
 * fields by `eq` and whose order is the fields after them is answered from the index alone, page by page.
 */
export interface IndexDefinition<T> {
  /** `[a-z][a-z0-9_]{0,31}`, unique in the collection. Changing the fields under the same name builds it anew. */
  readonly name: string;
  readonly fields: readonly FieldPath<T>[];
  /**
   * No two documents may hold the same values in the fields. Only documents in which every field is set take part, so
   * that an optional field can be unique where it is used.
   */
  readonly unique?: boolean;
}

/** One stored document. */
export interface Document<T> {
  readonly id: string;
  /** 1 when inserted, one more with each change. */
  readonly revision: number;
  readonly value: T;
}

export interface Query<T> {
  /** Everything, if left out. */
  readonly where?: Filter<T>;
  /** The id breaks ties in the direction of the last field; alone and ascending if left out. */
  readonly orderBy?: readonly Order<T>[];
  /** Continues where an earlier page ended. */
  readonly after?: Position;
  /** Most documents to return, 1 to STORE_LIMITS.documentsMax. */
  readonly limit: number;
}

/** One page of documents. `next` is absent on the last page. */
export interface Found<T> {
  readonly documents: readonly Document<T>[];
  readonly next?: Position;
}

/** One change, as plain data. Made by `writes` of collections and search indexes and by `series.write`, applied by `store.batch`. */
export type Write = DocumentWrite | AppendWrite | SearchWrite;

export type DocumentWrite = ValueWrite | RevisionWrite;

/** A write of a document whatever its revision. */
export interface ValueWrite {
  readonly kind: "insert" | "put";
  readonly collection: string;
  readonly id: string;
  readonly value: object;
}

/** A write that needs the document to be at a revision. */
export type RevisionWrite = { readonly collection: string; readonly id: string; readonly revision: number } & (
  | { readonly kind: "replace"; readonly value: object }
  | { readonly kind: "remove" | "check" }
);

/** Makes the writes of one collection, for a batch. */
export interface Writes<T> {
  /** Adds a document. Fails with ALREADY_EXISTS if the id is taken, or a unique index is. */
  insert(id: string, value: T): DocumentWrite;
  /** Changes the document if it is at `revision`. Fails with NOT_FOUND, REVISION_CONFLICT or ALREADY_EXISTS. */
  replace(id: string, revision: number, value: T): DocumentWrite;
  /** Adds the document or replaces it whatever its revision. Fails with ALREADY_EXISTS for a unique index. */
  put(id: string, value: T): DocumentWrite;
  /** Removes the document if it is at `revision`. Fails with NOT_FOUND or REVISION_CONFLICT. */
  remove(id: string, revision: number): DocumentWrite;
  /** Changes nothing, and makes the batch fail with NOT_FOUND or REVISION_CONFLICT unless the document is at `revision`. */
  check(id: string, revision: number): DocumentWrite;
}

/**
 * Documents of one kind. Laws, checked by `testDocumentStore`:
 *
 * - A write that has resolved survives the end of every process, and all later reads see it.
 * - Of several writers of one revision exactly one succeeds; the others fail with REVISION_CONFLICT.
 * - Ids are compared byte for byte, and so are texts in filters, orders and indexes.
 * - A value comes back as it was: null, booleans, numbers (NaN and infinities too), int64 bigints, texts, arrays and
 *   objects with any keys. Negative zero comes back as zero, a property that is `undefined` as absent.
 * - Following `next` gives every document once, if none changes meanwhile; one that does not change is never missed.
 *
 * Values that cannot be stored are refused with INVALID_VALUE, too large ones with VALUE_TOO_LARGE.
 */
export interface Collection<T extends object> {
  readonly name: string;
  readonly writes: Writes<T>;
  insert(id: string, value: T): Promise<Document<T>>;
  replace(id: string, revision: number, value: T): Promise<Document<T>>;
  put(id: string, value: T): Promise<Document<T>>;
  remove(id: string, revision: number): Promise<void>;
  get(id: string): Promise<Document<T> | undefined>;
  /** The documents in the order of `ids` (at most STORE_LIMITS.documentsMax), undefined for those that are absent. */
  getMany(ids: readonly string[]): Promise<readonly (Document<T> | undefined)[]>;
  find(query: Query<T>): Promise<Found<T>>;
  count(where?: Filter<T>): Promise<number>;
}

/**
 * The documents and series of one service. Every write goes through it: single writes are batches of one.
 *
 * Failures of the storage itself are DomainErrors too: STORAGE_UNAVAILABLE, STORAGE_FULL, STORAGE_FAILED,
 * STORE_CLOSED (nothing was written) and WRITE_OUTCOME_UNKNOWN (read, then decide).
 */
export interface Store {
  /** Which adapter it is. */
  readonly kind: "sqlite" | "mongodb";
  /** Opens a collection, creating what is missing. Opening one twice with different definitions is a bug. */
  collection<T extends object>(definition: CollectionDefinition<T>): Collection<T>;
  /** Opens a family of series; the name follows the rule of collection names. */
  series(name: string): Series;
  /** Opens a search index; the name follows the rule of collection names. */
  searchIndex(name: string): SearchIndex;
  /**
   * Applies writes in their order, all of them or none, in one commit. Returns the revision of each document afterwards
   * (0 where there is none: removals, appends and search indexes). Fails as the first failing write does, with `write` in the metadata:
   * its index.
   */
  batch(writes: readonly Write[]): Promise<readonly number[]>;
  /** Resolves if the storage can be read and written. */
  ping(): Promise<void>;
  /** Ends after the writes that are under way. Later calls fail with STORE_CLOSED. */
  close(): Promise<void>;
}
