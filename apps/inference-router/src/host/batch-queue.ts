import type { ModelRun, Priority } from "../domain/model-host.ts";
import type { RunTold } from "../domain/model-statistics.ts";
import type { Tensor } from "../domain/tensor.ts";
import { runTogether, sameNames } from "./tensor-frames.ts";

/** A request that waits for the model, or is at it. Times are those of `performance.now()`. */
export interface Waiting {
  readonly run: ModelRun;
  readonly tell: RunTold | undefined;
  readonly rows: number;
  /** Of its tensors. */
  readonly bytes: number;
  /** False: it runs alone. */
  isBatchable: boolean;
  readonly priority: Priority;
  readonly arrivedAt: number;
  /** When its caller will have given up; infinite if nobody knows. */
  readonly deadlineAt: number;
  readonly resolve: (outputs: readonly Tensor[]) => void;
  readonly reject: (error: Error) => void;
  /** True once its caller no longer waits. */
  isAbandoned: boolean;
}

/**
 * Requests that wait, taken out in batches. Laws:
 * - Requests of one priority come out in the order of their arrival, but for those that join a batch they fit into.
 * - A higher priority comes first, until the lower one has waited longer by its handicap: none is starved.
 */
export interface BatchQueue {
  add(waiting: Waiting): void;
  /** Puts requests back that are to run alone, before all others. */
  putBack(all: readonly Waiting[]): void;
  rows(): number;
  bytes(): number;
  /** Rows that would come out before a new request of this priority. */
  rowsBefore(priority: Priority): number;
  /** When the oldest request came; undefined if nobody waits. */
  oldestAt(): number | undefined;
  /** The next request and those that fit to it, up to `rowsMax` rows; undefined if nobody waits. */
  take(rowsMax: number): readonly Waiting[] | undefined;
  /** Takes out the newest request of a lower priority than this; undefined if there is none. */
  giveWay(priority: Priority): Waiting | undefined;
  /** Takes out those that have given up or are told to. */
  remove(isGone: (waiting: Waiting) => boolean): void;
  drain(): readonly Waiting[];
}

/** By how much later a request of this priority counts as come. */
export const HANDICAP_MS: Readonly<Record<Priority, number>> = { high: 0, normal: 200, low: 2_000 };

/** Most bytes that different requests bring to one run: what one message may have. */
const BATCH_BYTES_MAX = 64 * 1024 * 1024;

interface Room {
  rows: number;
  bytes: number;
}

/** From the first to be taken to the last. */
const ORDER: readonly Priority[] = ["high", "normal", "low"];

export function batchQueue(): BatchQueue {
  const lines: Record<Priority, Waiting[]> = { high: [], normal: [], low: [] };
  const rowsIn: Record<Priority, number> = { high: 0, normal: 0, low: 0 };
  const alone: Waiting[] = [];

  let bytes = 0;

  const count = (taken: readonly Waiting[]): void => {
    for (const it of taken) {
      rowsIn[it.priority] -= it.rows;
      bytes -= it.bytes;
    }
  };
  /** Takes from one line what fits to the first request. */
  const fill = (batch: Waiting[], line: Waiting[], room: Room): void => {
    const first = batch[0] as Waiting;
    let kept = 0;
    let i = 0;
    for (; i < line.length && room.rows > 0; i++) {
      const it = line[i] as Waiting;
      if (it.rows <= room.rows && it.bytes <= room.bytes && fitsTo(first, it)) {
        batch.push(it);
        room.rows -= it.rows;
        room.bytes -= it.bytes;
      } else line[kept++] = it;
    }
    line.splice(kept, i - kept);
  };
  return {
    add(waiting) {
      lines[waiting.priority].push(waiting);
      rowsIn[waiting.priority] += waiting.rows;
      bytes += waiting.bytes;
    },
    putBack(all) {
      for (const it of all) {
        it.isBatchable = false;
        rowsIn[it.priority] += it.rows;
        bytes += it.bytes;
        alone.push(it);
      }
    },
    rows: () => rowsIn.high + rowsIn.normal + rowsIn.low,
    bytes: () => bytes,
    rowsBefore(priority) {
      if (priority === "high") return rowsIn.high;
      return rowsIn.high + rowsIn.normal + (priority === "low" ? rowsIn.low : 0);
    },
    oldestAt() {
      let oldest = alone[0]?.arrivedAt;
      for (const priority of ORDER) {
        const first = lines[priority][0]?.arrivedAt;
        if (first !== undefined && (oldest === undefined || first < oldest)) oldest = first;
      }
      return oldest;
    },
    take(rowsMax) {
      const again = alone.shift();
      if (again) {
        count([again]);
        return [again];
      }
      const order = byTurn(lines);
      const first = order[0]?.shift();
      if (first === undefined) return undefined;
      const batch = [first];
      const room: Room = { rows: rowsMax - first.rows, bytes: BATCH_BYTES_MAX - first.bytes };
      if (first.isBatchable) for (const line of order) fill(batch, line, room);
      count(batch);
      return batch;
    },
    giveWay(priority) {
      const lower = ORDER.slice(ORDER.indexOf(priority) + 1).reverse();
      const line = lower.map((it) => lines[it]).find((it) => it.length > 0);
      const last = line?.pop();
      if (last) count([last]);
      return last;
    },
    remove(isGone) {
      for (const line of [alone, ...ORDER.map((it) => lines[it])]) {
        const gone = line.filter(isGone);
        if (gone.length === 0) continue;
        count(gone);
        line.splice(0, line.length, ...line.filter((it) => !gone.includes(it)));
      }
    },
    drain() {
      const all = [...alone.splice(0), ...ORDER.flatMap((it) => lines[it].splice(0))];
      count(all);
      return all;
    },
  };
}

/** The lines in which somebody waits, the one whose first request has its turn first. */
function byTurn(lines: Readonly<Record<Priority, Waiting[]>>): Waiting[][] {
  const turn = (line: readonly Waiting[]): number => {
    const [first] = line;
    return first === undefined ? Number.POSITIVE_INFINITY : first.arrivedAt + HANDICAP_MS[first.priority];
  };
  const waited = ORDER.map((it) => lines[it]).filter((it) => it.length > 0);
  return waited.length < 2 ? waited : waited.sort((a, b) => turn(a) - turn(b));
}

const fitsTo = (first: Waiting, it: Waiting): boolean =>
  it.isBatchable && sameNames(first.run.outputs, it.run.outputs) && runTogether(first.run.tensors, it.run.tensors);
