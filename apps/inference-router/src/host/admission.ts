import { type Digest, isDomainError } from "@throughline/kernel";
import { callerDeadline } from "../domain/errors.ts";
import type { ModelRun, Priority } from "../domain/model-host.ts";
import type { RunTold } from "../domain/model-statistics.ts";
import type { Tensor } from "../domain/tensor.ts";
import type { BatchQueue, Waiting } from "./batch-queue.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { deadlineUnreachable, gaveWay, queueFull } from "./errors.ts";
import type { Pacing } from "./pacing.ts";

/** The door to a model's queue: what cannot be answered in time, or has no room, is refused there and costs no more. */
export interface Admission {
  enter(request: ModelRun, how: Entry): Promise<readonly Tensor[]>;
  /** Counts a refusal and gives it back. */
  refused(error: Error): Error;
  /** How many there were, by reason. */
  readonly refusals: ReadonlyMap<string, number>;
}

interface Entry {
  readonly tell: RunTold;
  readonly priority: Priority;
}

interface AdmissionOptions {
  readonly digest: Digest;
  readonly queue: BatchQueue;
  readonly pacing: Pacing;
  readonly limits: { readonly queueRowsMax: number };
  /** True if rows of different requests may run together. */
  readonly isRowwise: boolean;
  readonly dispatch: Pick<Dispatcher, "wake" | "isIdle" | "count" | "rowsAtWork">;
}

/** How much longer than expected it may take: an answer that is late has cost as much as one that is not. */
const MARGIN = 1.15;

/**
 * The share of its time that a request may spend in the queue. A longer queue makes nobody's answer come sooner, and leaves
 * no room for a run that takes longer than the last ones.
 */
const QUEUE_SHARE = 0.3;

/** What refusals say of times are multiples of this. */
const STEP_MS = 10;
const SHARED_ERRORS_MAX = 256;

/** Most bytes of tensors that may wait for one model. */
const QUEUE_BYTES_MAX = 256 * 1024 * 1024;

export function admission({ digest, queue, pacing, limits, isRowwise, dispatch }: AdmissionOptions): Admission {
  const refusals = new Map<string, number>();
  const waitMs = (rows: number): number => pacing.waitMs(rows, dispatch.count());
  const refused = (error: Error): Error => {
    const reason = isDomainError(error) ? error.reason : "BUG";
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    return error;
  };
  const isFull = ({ rows, bytes }: Waiting): boolean =>
    queue.rows() > 0 && (queue.rows() + rows > limits.queueRowsMax || queue.bytes() + bytes > QUEUE_BYTES_MAX);
  const whenFull = sharedErrors((waitMs) => queueFull({ digest, waitMs, rowsMax: limits.queueRowsMax }));
  const whenLate = sharedErrors((waitMs, leftMs) => deadlineUnreachable({ digest, waitMs, leftMs }));
  /** Requests of lower priorities give way, the newest first. */
  const makeRoom = (waiting: Waiting): void => {
    while (isFull(waiting)) {
      const crowd = { digest, waitMs: waitMs(queue.rows()) };
      const other = queue.giveWay(waiting.priority);
      if (other === undefined) throw refused(whenFull(crowd.waitMs, 0));
      other.reject(refused(gaveWay(crowd)));
    }
  };
  const checkDeadline = (leftMs: number, rows: number, priority: Priority): void => {
    if (leftMs <= 0) throw refused(callerDeadline(`the model ${digest}`));
    // Whoever finds nobody there is let in: the estimate may be of another time.
    if (dispatch.isIdle()) return;
    const before = queue.rowsBefore(priority);
    const aheadMs = waitMs(dispatch.rowsAtWork() + before + rows);
    if (aheadMs * MARGIN > leftMs || waitMs(before) > QUEUE_SHARE * leftMs) throw refused(whenLate(aheadMs, leftMs));
  };
  return {
    refusals,
    refused,
    enter(request, { tell, priority }) {
      const leftMs = request.call?.timeoutMs?.();
      const rows = request.tensors[0]?.shape[0] ?? 1;
      if (leftMs !== undefined) checkDeadline(leftMs, rows, priority);
      const { promise, resolve, reject } = Promise.withResolvers<readonly Tensor[]>();
      const arrivedAt = performance.now();
      let bytes = 0;
      let isOfRows = true;
      for (const it of request.tensors) {
        bytes += it.bytes.byteLength;
        isOfRows &&= it.shape[0] === rows;
      }
      const waiting: Waiting = {
        run: request,
        tell,
        rows,
        bytes,
        isBatchable: isRowwise && isOfRows,
        priority,
        arrivedAt,
        resolve,
        reject,
        isAbandoned: false,
        deadlineAt: leftMs === undefined ? Number.POSITIVE_INFINITY : arrivedAt + leftMs,
      };
      makeRoom(waiting);
      if (leftMs !== undefined) pacing.came(leftMs);
      queue.add(waiting);
      dispatch.wake();
      return promise;
    },
  };
}

/** A long queue refuses many, and making an error takes as long as some answers do: those with about the same times share one. */
function sharedErrors(make: (waitMs: number, leftMs: number) => Error): (waitMs: number, leftMs: number) => Error {
  const made = new Map<string, Error>();
  return (waitMs, leftMs) => {
    const wait = Math.ceil(waitMs / STEP_MS) * STEP_MS;
    const left = Math.floor(leftMs / STEP_MS) * STEP_MS;
    const key = `${wait} ${left}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= SHARED_ERRORS_MAX) made.clear();
    const error = make(wait, left);
    made.set(key, error);
    return error;
  };
}
