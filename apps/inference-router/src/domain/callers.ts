import { setImmediate as nextTurn } from "node:timers/promises";

/** Who waits for an answer of this process, and turns of the event loop for work that nobody waits for. */
export interface Callers {
  /** Somebody waits from now on, until `end`. */
  begin(): void;
  end(): void;
  /**
   * Resolves in a turn of the event loop of its own: as soon as nobody waits for an answer, but at the latest after GIVE_WAY_MS, so that such work
   * goes on, slowly, where somebody always waits. What is done then should take no more than a fraction of a millisecond.
   */
  giveWay(): Promise<void>;
  /** Does work of so many steps, each of some microseconds, in turns of SLICE_MS that all give way. */
  inSlices(steps: number, step: (index: number) => void): Promise<void>;
}

const GIVE_WAY_MS = 20;
const SLICE_MS = 0.5;

export function callers(): Callers {
  let waiting = 0;
  let whenNobody = (): void => {};
  let last: Promise<void> = Promise.resolve();
  const nobody = (withinMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      whenNobody = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const turn = async (): Promise<void> => {
    await nextTurn();
    const until = performance.now() + GIVE_WAY_MS;
    for (let now = performance.now(); waiting > 0 && now < until; now = performance.now()) {
      await nobody(until - now);
      // The answer that was waited for leaves first, and whoever came meanwhile is seen.
      await nextTurn();
    }
  };
  const giveWay = (): Promise<void> => {
    last = last.then(turn);
    return last;
  };
  return {
    giveWay,
    begin() {
      waiting += 1;
    },
    end() {
      waiting -= 1;
      if (waiting === 0) whenNobody();
    },
    async inSlices(steps, step) {
      for (let i = 0; i < steps; ) {
        await giveWay();
        for (const until = performance.now() + SLICE_MS; i < steps && performance.now() < until; i++) step(i);
      }
    },
  };
}
