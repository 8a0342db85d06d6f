import type { Json } from "@throughline/kernel";

/** Everything is compared before the processes with these numbers write. */
export const KILLS_PER_WHOLE = 10;

/** What a part of the platform is to hold after a write. Null: it is not there. */
export interface Change {
  /** `kind:name`. */
  readonly cell: string;
  readonly value: Json;
}

/** What is known of a part of the platform, outside of the platform. */
export interface Cell {
  readonly name: string;
  /** What was acknowledged last. */
  readonly value: Json;
  /** What writes without an answer were to make of it, in their order. */
  readonly unanswered: readonly Unanswered[];
}

export interface Unanswered {
  /** The number of the write. */
  readonly write: number;
  readonly value: Json;
}

/** A write that may be sent again where it had no answer: it must not be applied twice. */
export interface Retry<Method extends string = string> {
  readonly method: Method;
  readonly request: Json;
  readonly changes: readonly Change[];
}

/** Where the data of a lane are. */
export interface Place {
  /** Folder for what is in neither store nor blobs. */
  readonly dir: string;
  readonly store: string;
  readonly blobs: string;
  /** Where online values are, as the setting THROUGHLINE_ONLINE_STORE has it; in the folder if left out. */
  readonly online?: string;
  /** Folders where servers on this machine keep the store, the blobs and online values. */
  readonly servers?: { readonly store?: string; readonly blobs?: string; readonly online?: string };
}

/** What the sweep tells a process before it opens anything: one line of JSON. */
export interface Orders {
  readonly place: Place;
  /** From 1, over all processes on the same data. */
  readonly life: number;
  readonly seed: number;
  /** What to compare with what is there. */
  readonly cells: readonly Cell[];
  /** Whether these are all cells there are, so that nothing else may be there. */
  readonly whole: boolean;
  readonly retries: readonly Retry[];
}

/** What a process tells the sweep, each as one line of JSON, written before it goes on. */
export type Line =
  /** The services are open. */
  | { readonly line: "open" }
  /** What a cell holds whose last writes had no answer. */
  | { readonly line: "found"; readonly cell: string; readonly value: Json }
  /** Something is not as it must be. */
  | { readonly line: "problem"; readonly what: string }
  /** Everything was compared; from now on it writes. */
  | { readonly line: "checked"; readonly cells: number }
  /** A write is about to be sent. */
  | {
      readonly line: "begin";
      readonly write: number;
      readonly what: string;
      readonly changes: readonly Change[];
      readonly retry?: Retry;
    }
  /** It was acknowledged; `changes` are those that only the answer told. */
  | { readonly line: "done"; readonly write: number; readonly changes: readonly Change[] }
  /** It was refused, as it may be, and changed nothing. */
  | { readonly line: "refused"; readonly write: number };
