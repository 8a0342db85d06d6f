import type { Write } from "@throughline/store";
import type { Change, ListPage, NumberedChange, PageRequest } from "./change.ts";

/** Something that people write about a model, as one change left it. */
export interface Written<T> {
  readonly name: string;
  readonly record: T;
  readonly change: NumberedChange;
}

/** One entry of a history. `record` is absent if the change removed it. */
export type WrittenEntry<T> = Omit<Written<T>, "record"> & { readonly record?: T };

/**
 * What people write about models, with its history: gates, canvases, cards, statements. Laws:
 * - Of several writers of one revision exactly one succeeds. Revisions are dense from 1, and go on after a removal.
 * - `get` at an instant gives what the newest change not after it left, undefined if there was none.
 * - Histories have every change, newest first.
 */
export interface WrittenStore<T> {
  get(name: string, asOfMs?: number): Promise<Written<T> | undefined>;
  /** Everything that is there of a model, or was at an instant, by name: at most 1,000. */
  ofModel(model: string, asOfMs?: number): Promise<readonly Written<T>[]>;
  /** Writes what follows `current`, undefined for the first. */
  set(name: string, record: T, change: Following<T>): Promise<readonly Write[]>;
  remove(current: Written<T>, change: Change): readonly Write[];
  /** At most 1,000 changes at a time. */
  history(name: string, page: PageRequest): Promise<ListPage<WrittenEntry<T>>>;
}

/** A change with what it follows. */
export interface Following<T> extends Change {
  readonly current: Written<T> | undefined;
}
