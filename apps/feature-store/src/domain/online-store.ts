/** One online entry of a series. */
export interface OnlineEntry {
  /** Since when it holds: knowledge time, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly value: Uint8Array;
}

/** Asks for the entry of a series that holds at a time: the last one whose time is not after it. */
export interface Seek {
  readonly series: Uint8Array;
  readonly timeNs: bigint;
}

/** Asks for all entries of a series whose times are from `fromNs` to `untilNs`, both inclusive. */
export interface Span {
  readonly series: Uint8Array;
  readonly fromNs: bigint;
  readonly untilNs: bigint;
}

/** What is asked at once. */
export interface OnlineQuestions {
  readonly seeks: readonly Seek[];
  readonly spans: readonly Span[];
}

/** The answers, in the order of the questions. */
export interface OnlineAnswers {
  /** Undefined where no entry holds. */
  readonly seeks: readonly (OnlineEntry | undefined)[];
  /** In the order of their times. */
  readonly spans: readonly (readonly OnlineEntry[])[];
}

/** What changes in one series from a time on. */
export interface SeriesChange {
  readonly series: Uint8Array;
  readonly fromNs: bigint;
  /**
   * Decides from what is there: the entry before `fromNs` (if any), then all entries from it on, in order. No edit lies before
   * `fromNs`. Pure: it may be called again when another change came first.
   */
  edit(tail: SeriesTail): readonly SeriesEdit[];
}

/** See SeriesChange. */
export interface SeriesTail {
  readonly before: OnlineEntry | undefined;
  readonly entries: readonly OnlineEntry[];
}

/** Puts an entry, or removes the one of that time if the value is undefined. */
export interface SeriesEdit {
  readonly timeNs: bigint;
  readonly value: Uint8Array | undefined;
}

/** Changes that are applied together with a note of how far the work is. */
export interface OnlineChange {
  /** Of different series. */
  readonly changes: readonly SeriesChange[];
  readonly state: {
    /** Changes of one series always have the same note. */
    readonly name: string;
    /** Decides what to note, or undefined if nothing of the change may be applied (because it was, before). Pure, as `edit`. */
    advance(before: string | undefined): string | undefined;
  };
}

/**
 * Online values: for each series (a view and an entity key) entries in the order of knowledge time. Laws, checked by
 * `testOnlineStore`:
 * - All answers of one `read` are from one state: no reader sees a part of a change.
 * - A change is applied whole with its note, or not at all; a change that resolved survives the end of the process, and all
 *   later reads see it. Changes are applied one after the other.
 * - Series are compared byte for byte, also where one is the beginning of another.
 * - Times are 64 bits with sign; entries before 1970 come before those after it.
 *
 * Of a store that several processes may have open (see the adapter) all this holds across them: what one of them acknowledged
 * the others read from then on, and changes under one note go one after the other, whoever makes them. So of several who
 * bring the same rows online, each step is decided by its note, and counts once. Which layouts and generations are read is
 * not known here: each process learns it elsewhere, and what another one removes it must have stopped reading.
 */
export interface OnlineStore {
  /** At once where the store is in this process. */
  read(questions: OnlineQuestions): OnlineAnswers | Promise<OnlineAnswers>;
  /** Returns the number of entries written, or undefined if `advance` said no. */
  apply(change: OnlineChange): Promise<number | undefined>;
  /** A note, as the last change left it. */
  state(name: string): Promise<string | undefined>;
  close(): Promise<void>;
}
