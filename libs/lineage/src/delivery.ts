import { isDomainError } from "@throughline/kernel";
import type { Collection, Document, Position } from "@throughline/store";
import type { Waiting } from "./outbox.ts";
import type { LineageRecord } from "./record.ts";

/** Records that are read at a time. */
const PAGE = 100;
/** A record that was refused so often no longer stops those behind it. */
const REFUSALS_IN_ORDER = 5;
/** So many records may be overtaken; with more of them, the receiver is at fault and not the records. */
const OVERTAKEN_MAX = 100;
const IDLE_MS_LEAST = 10;
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

type Send = (record: LineageRecord, signal: AbortSignal) => Promise<void>;

/** Starts the loop. `expect` tells that a record is about to be written. */
export function startDelivery(waiting: Collection<Waiting>, send: Send): Delivery & { expect(): void } {
  const stop = new AbortController();
  const pass = passes(waiting, send, stop.signal);
  let timer: NodeJS.Timeout | undefined;
  let idleMs = IDLE_MS_LEAST;
  let failures = 0;
  let underWay: Promise<PassResult> = Promise.resolve({ delivered: 0 });

  const next = (delayMs: number) => {
    clearTimeout(timer);
    if (!stop.signal.aborted) timer = setTimeout(() => void turn(), delayMs).unref();
  };
  const run = (): Promise<PassResult> => {
    underWay = underWay.then(pass);
    return underWay;
  };
  const turn = async () => {
    const { delivered, failure } = await run();
    failures = failure === undefined ? 0 : failures + 1;
    idleMs = delivered > 0 ? IDLE_MS_LEAST : Math.min(idleMs * 2, IDLE_MS_MOST);
    next(failures > 0 ? retryDelayMs(failures) : idleMs);
  };
  next(0);

  return {
    expect() {
      idleMs = IDLE_MS_LEAST;
      // During a pause after failures the receiver is left in peace.
      if (failures === 0) next(IDLE_MS_LEAST);
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

/** What one pass over the outbox did. It never rejects, so that the loop cannot end by a failure. */
interface PassResult {
  readonly delivered: number;
  readonly failure?: { readonly cause: unknown };
}

function passes(waiting: Collection<Waiting>, send: Send, signal: AbortSignal): () => Promise<PassResult> {
  const refusals = new Map<string, number>();

  /** True if the records behind a refused one may go on. */
  const refuse = (id: string): boolean => {
    const count = (refusals.get(id) ?? 0) + 1;
    if (refusals.size < OVERTAKEN_MAX || refusals.has(id)) refusals.set(id, count);
    return count >= REFUSALS_IN_ORDER && refusals.has(id);
  };

  const deliver = async ({ id, revision, value }: Document<Waiting>) => {
    await send(value.record, signal);
    refusals.delete(id);
    await waiting.remove(id, revision).catch(goneAlready);
  };

  return async () => {
    let delivered = 0;
    let failure: PassResult["failure"];
    let after: Position | undefined;
    try {
      do {
        const page = await waiting.find({
          orderBy: [{ field: "timeMs" }, { field: "sequence" }],
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        for (const document of page.documents) {
          if (signal.aborted) return { delivered, ...(failure && { failure }) };
          try {
            await deliver(document);
            delivered += 1;
          } catch (cause) {
            failure ??= { cause };
            if (!refuse(document.id)) return { delivered, failure };
          }
        }
        after = page.next;
      } while (after !== undefined);
    } catch (cause) {
      failure ??= { cause };
    }
    return { delivered, ...(failure && { failure }) };
  };
}

/** Another replica delivered the record too, or it was written again meanwhile and will be sent again. */
function goneAlready(error: unknown): void {
  if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "REVISION_CONFLICT")) throw error;
}
