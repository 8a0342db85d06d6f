import { type PassResult, passes, type Send, type WaitingRecords } from "./delivery-pass.ts";

const IDLE_MS_LEAST = 10;
/** From one pass that had something to send to the next: what is written meanwhile is sent together. */
const GATHER_MS = 50;
const IDLE_MS_MOST = 1_000;
const RETRY_MS_LEAST = 100;
const RETRY_MS_MOST = 30_000;

/** A delivery at work. */
export interface Delivery {
  /**
   * Sends what waits now. Fails with the first failure; what could not be sent goes on waiting.
   */
  flush(): Promise<void>;
  /** Stops after the record that is under way. What still waits is sent by the next process. */
  close(): Promise<void>;
}

/** Starts the loop. `expect` tells that a record is about to be written. */
export function startDelivery(records: WaitingRecords, send: Send): Delivery & { expect(): void } {
  const stop = new AbortController();
  const pass = passes(records, send, stop.signal);
  let timer: NodeJS.Timeout | undefined;
  let idleMs = IDLE_MS_LEAST;
  let failures = 0;
  /** A pass that is due so soon is not put off by what is written until then, or it would never come. */
  let isSoon = false;
  let underWay: Promise<PassResult> = Promise.resolve({ delivered: 0 });

  const next = (delayMs: number) => {
    clearTimeout(timer);
    isSoon = delayMs <= GATHER_MS;
    if (!stop.signal.aborted) timer = setTimeout(() => void turn(), delayMs).unref();
  };
  const run = (): Promise<PassResult> => {
    underWay = underWay.then(pass);
    return underWay;
  };
  const turn = async () => {
    isSoon = false;
    const { delivered, failure } = await run();
    failures = failure === undefined ? 0 : failures + 1;
    idleMs = delivered > 0 ? GATHER_MS : Math.min(idleMs * 2, IDLE_MS_MOST);
    next(failures > 0 ? retryDelayMs(failures) : idleMs);
  };
  next(0);

  return {
    expect() {
      // During a pause after failures the receiver is left in peace.
      if (failures > 0 || isSoon) return;
      idleMs = IDLE_MS_LEAST;
      next(IDLE_MS_LEAST);
    },
    async flush() {
      const { failure } = await run();
      if (failure !== undefined) throw failure.cause;
    },
    async close() {
      stop.abort();
      clearTimeout(timer);
      await underWay;
    },
  };
}

/** How long to wait after so many failures in a row: twice as long each time, up to half a minute. */
export const retryDelayMs = (failures: number): number =>
  Math.min(RETRY_MS_LEAST * 2 ** Math.min(failures - 1, 20), RETRY_MS_MOST);
