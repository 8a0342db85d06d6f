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
}

const GIVE_WAY_MS = 20;

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
  return {
    begin() {
      waiting += 1;
    },
    end() {
      waiting -= 1;
      if (waiting === 0) whenNobody();
    },
    giveWay() {
      last = last.then(turn);
      return last;
    },
  };
}
