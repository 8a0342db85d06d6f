import type { EncodedWrite } from "./encoded-write.ts";
import { isKept } from "./waiting-points.ts";
import type { Writer } from "./writer.ts";
import type { Unsettled } from "./writer-protocol.ts";

/**
 * Changes of so many subjects of an index, or of so many characters, are sorted in without waiting for a search: it is to find few to wait
 * for. Those of one subject are sorted in as one.
 */
const SUBJECTS_MAX = 128;
const LENGTH_MAX = 256 * 1024;
/** The same of points of a family of series. */
const POINTS_MAX = 512;

/** How many rows of an index a change touches, and of a series a point, roughly. */
const ROWS_OF_CHANGE = 30;
const ROWS_OF_POINT = 5;

/** Knows what waits to be sorted in, and has that done before anybody needs it, or when there is much. */
export interface Settling {
  /** Something was opened in which so many changes or points wait. */
  opened(what: Unsettled, waiting: number): void;
  /** These were written, or will be before anything that is asked from now on. */
  wrote(writes: readonly EncodedWrite[]): void;
  /** Resolves when all that was written before is sorted in. */
  settled(what: Unsettled): Promise<void>;
}

interface State {
  readonly what: Unsettled;
  /** Changes or points. */
  waiting: number;
  /** Subjects of changes, and the length of their texts. */
  subjects: Set<string>;
  length: number;
  underWay: Promise<void> | undefined;
}

export function settling(writer: Pick<Writer, "settle">): Settling {
  const states = { index: new Map<string, State>(), series: new Map<string, State>() };

  const settle = (state: State): void => {
    const { what, waiting } = state;
    state.waiting = 0;
    state.length = 0;
    state.subjects = new Set();
    const rows = waiting * (what.kind === "index" ? ROWS_OF_CHANGE : ROWS_OF_POINT);
    const done = writer.settle(what, rows).finally(() => {
      if (state.underWay === done) state.underWay = undefined;
    });
    state.underWay = done;
    // They wait still, and whoever needs them next tells why.
    done.catch(() => {
      state.waiting += waiting;
    });
  };

  return {
    opened(what, waiting) {
      states[what.kind].set(what.name, { what, waiting, subjects: new Set(), length: 0, underWay: undefined });
    },
    wrote(writes) {
      for (const write of writes) {
        const state = stateOf(write);
        if (state !== undefined && isMuch(state, write)) settle(state);
      }
    },
    async settled({ kind, name }) {
      const state = states[kind].get(name);
      if (state === undefined) return;
      if (state.waiting > 0) settle(state);
      await state.underWay;
    },
  };

  /** What a write waits in; undefined if it does not. */
  function stateOf(write: EncodedWrite): State | undefined {
    if (write.kind === "search") return states.index.get(write.index);
    return write.kind === "append" && isKept(write.points) ? states.series.get(write.series) : undefined;
  }
}

/** Counts a write that waits, and says whether that is enough to begin. */
function isMuch(state: State, write: EncodedWrite): boolean {
  if (write.kind === "append") {
    state.waiting += write.points.length;
    return state.waiting >= POINTS_MAX;
  }
  if (write.kind !== "search") return false;
  state.waiting += 1;
  state.length += write.change.length;
  state.subjects.add(write.subject);
  return state.subjects.size >= SUBJECTS_MAX || state.length >= LENGTH_MAX;
}
