/** Work that is done beside the answers, and never at their cost: with bounds, and what is beyond them is left out and counted. */
export interface MirrorQueue {
  /**
   * Takes the work, or gives false if too much waits already. The work handles its own failures. `leftOut` is told of work that will
   * never be done: at once, or when the queue closes before its turn.
   */
  offer(work: () => Promise<void>, leftOut?: () => void): boolean;
  counts(): MirrorCounts;
  /** Aborts when the queue closes: work that is not done by then is to end. */
  readonly closing: AbortSignal;
  /** Resolves when nothing is at work any more; what still waits is left out. */
  close(): Promise<void>;
}

export interface MirrorCounts {
  readonly done: number;
  readonly dropped: number;
  readonly waiting: number;
  readonly working: number;
}

export interface MirrorQueueOptions {
  readonly workingMax: number;
  readonly waitingMax: number;
}

interface Waiting {
  readonly work: () => Promise<void>;
  readonly leftOut: (() => void) | undefined;
}

export function mirrorQueue({ workingMax, waitingMax }: MirrorQueueOptions): MirrorQueue {
  const waiting: Waiting[] = [];
  const underWay = new Set<Promise<void>>();
  let [done, dropped] = [0, 0];
  const closing = new AbortController();

  const drop = ({ leftOut }: Waiting): void => {
    dropped += 1;
    leftOut?.();
  };
  const start = (): void => {
    while (underWay.size < workingMax) {
      const next = waiting.shift();
      if (next === undefined) return;
      const running = next.work().finally(() => {
        underWay.delete(running);
        done += 1;
        start();
      });
      underWay.add(running);
    }
  };
  return {
    offer(work, leftOut) {
      if (closing.signal.aborted || waiting.length >= waitingMax) {
        drop({ work, leftOut });
        return false;
      }
      waiting.push({ work, leftOut });
      // The answer's own turn of the event loop is over before any of it begins.
      setImmediate(start);
      return true;
    },
    closing: closing.signal,
    counts: () => ({ done, dropped, waiting: waiting.length, working: underWay.size }),
    async close() {
      closing.abort();
      for (const it of waiting.splice(0)) drop(it);
      await Promise.all(underWay);
    },
  };
}
