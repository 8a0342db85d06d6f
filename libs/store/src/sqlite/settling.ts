import type { EncodedWrite } from "./encoded-write.ts";
import type { Writer } from "./writer.ts";

/** So many changes of an index are sorted in without waiting for a search: it is to find few to wait for. */
const WAITING_MAX = 128;

/** Knows which changes of search indexes wait, and has them sorted in before anybody searches, or when there are many. */
export interface Settling {
  /** An index was opened in which so many changes wait. */
  opened(index: string, waiting: number): void;
  /** These were written, or will be before anything that is asked from now on. */
  wrote(writes: readonly EncodedWrite[]): void;
  /** Resolves when searches of the index find what was written before. */
  settled(index: string): Promise<void>;
}

interface State {
  waiting: number;
  underWay: Promise<void> | undefined;
}

export function settling(writer: Pick<Writer, "settle">): Settling {
  const indexes = new Map<string, State>();

  const settle = (index: string, state: State): void => {
    const changes = state.waiting;
    state.waiting = 0;
    const done = writer.settle(index, changes).finally(() => {
      if (state.underWay === done) state.underWay = undefined;
    });
    state.underWay = done;
    // They wait still, and the next search tells why.
    done.catch(() => {
      state.waiting += changes;
    });
  };

  return {
    opened: (index, waiting) => void indexes.set(index, { waiting, underWay: undefined }),
    wrote(writes) {
      for (const write of writes) {
        if (write.kind !== "search") continue;
        const state = indexes.get(write.index);
        if (state === undefined) continue;
        state.waiting += 1;
        if (state.waiting >= WAITING_MAX) settle(write.index, state);
      }
    },
    async settled(index) {
      const state = indexes.get(index);
      if (state === undefined) return;
      if (state.waiting > 0) settle(index, state);
      await state.underWay;
    },
  };
}
