import { Crowd, type Member } from "@throughline/kernel";
import { ACTOR_HEADER } from "@throughline/rpc";
import { callerDeadline, callerGone } from "../domain/errors.ts";
import type { CallContext, Entity } from "../domain/features.ts";

/** One row that a caller wants features for. */
export interface WantedRow {
  readonly entity: Entity;
  readonly asOfNs: bigint;
}

/** Fetches rows of one instant for one actor in one call. Answers in the order of the rows. */
export type FetchRows<R> = (
  rows: readonly Entity[],
  asOfNs: bigint,
  call: Pick<CallContext, "headers" | "actor">,
) => Promise<readonly R[]>;

/** The largest request that the feature store takes. */
const ROWS_MAX = 1_000;

interface Waiting<R> extends Place {
  readonly entity: Entity;
  readonly resolve: (answer: R) => void;
}

/**
 * Puts rows that are asked for in one turn of the event loop into one call, if they are of one instant and for one actor.
 * A lone row goes alone. If a call for several fails, each is asked for again by itself, so that nobody's row fails
 * another's.
 */
export function featureBatches<R>(fetch: FetchRows<R>): (row: WantedRow, call: CallContext) => Promise<R> {
  const batches = new Map<string, Waiting<R>[]>();
  const callers = callerWatch();

  const answered = (it: Waiting<R>, answer: R): void => {
    callers.delete(it);
    it.resolve(answer);
  };
  const alone = (it: Waiting<R>, asOfNs: bigint, call: Pick<CallContext, "headers" | "actor">): void => {
    const fail = (error: Error): void => {
      callers.delete(it);
      it.reject(error);
    };
    fetch([it.entity], asOfNs, call).then(([answer]) => answered(it, answer as R), fail);
  };
  const flush = async (key: string, batch: readonly Waiting<R>[], asOfNs: bigint): Promise<void> => {
    if (batches.get(key) === batch) batches.delete(key);
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return alone(first, asOfNs, first.call);
    try {
      const rows = batch.map((it) => it.entity);
      const answers = await fetch(rows, asOfNs, first.call);
      batch.forEach((it, i) => void answered(it, answers[i] as R));
    } catch {
      // Here the call of the first is being handled: the others bring their own trace.
      for (const it of batch) alone(it, asOfNs, { headers: it.call.headers });
    }
  };
  return ({ entity, asOfNs }, call) => {
    const key = `${asOfNs} ${call.actor ?? call.headers.get(ACTOR_HEADER) ?? ""}`;
    const known = batches.get(key);
    const batch = known !== undefined && known.length < ROWS_MAX ? known : [];
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const waiting: Waiting<R> = { entity, call, resolve, reject, place: -1 };
    callers.add(waiting);
    batch.push(waiting);
    if (batch.length === 1) {
      batches.set(key, batch);
      setImmediate(() => void flush(key, batch, asOfNs));
    }
    return promise;
  };
}

/** Somebody who waits for features. */
interface Place extends Member {
  readonly call: CallContext;
  readonly reject: (error: Error) => void;
}

/** How often callers are asked whether they still wait. Their signals are made by that, which quick answers spare them. */
const WATCH_MS = 20;

/** Callers whose time is over do not wait for the others of their batch: they are rejected while they are in the set. */
function callerWatch(): { add(place: Place): void; delete(place: Place): void } {
  const places = new Crowd<Place>();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (places.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    for (const it of places) {
      const { signal } = it.call;
      if (!signal.aborted) continue;
      places.delete(it);
      const isLate = (signal.reason as Error | undefined)?.name === "TimeoutError";
      it.reject(isLate ? callerDeadline("the feature store") : callerGone());
    }
  };
  return {
    add(place) {
      timer ??= setInterval(look, WATCH_MS).unref();
      places.add(place);
    },
    delete: (place) => places.delete(place),
  };
}
