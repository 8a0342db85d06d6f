import { concatRows, splitRows, type Tensor } from "../domain/tensor.ts";

/** A request that waits for the model, or is at it. */
export interface Waiting {
  readonly tensors: readonly Tensor[];
  readonly outputs: readonly string[];
  readonly rows: number;
  /** Requests of equal keys may run together. Undefined: alone. */
  readonly key: string | undefined;
  readonly resolve: (outputs: readonly Tensor[]) => void;
  readonly reject: (error: Error) => void;
  /** True once its caller no longer waits. */
  isAbandoned: boolean;
}

/** Requests in the order of their arrival, taken out in batches. */
export interface BatchQueue {
  add(waiting: Waiting): void;
  rows(): number;
  /** The next request and those of the same key behind it, up to `rowsMax` rows. Undefined if nobody waits. */
  take(rowsMax: number): readonly Waiting[] | undefined;
  drain(): readonly Waiting[];
}

export function batchQueue(): BatchQueue {
  let waiting: Waiting[] = [];
  let rows = 0;
  return {
    add(it) {
      waiting.push(it);
      rows += it.rows;
    },
    rows: () => rows,
    take(rowsMax) {
      const first = waiting.findIndex((it) => !it.isAbandoned);
      const live = first === -1 ? undefined : waiting[first];
      if (live === undefined) {
        waiting = [];
        rows = 0;
        return undefined;
      }
      const batch: Waiting[] = [];
      const rest: Waiting[] = [];
      let taken = 0;
      for (const it of waiting) {
        if (it.isAbandoned) continue;
        const fits = it === live || (it.key !== undefined && it.key === live.key && taken + it.rows <= rowsMax);
        if (fits) {
          batch.push(it);
          taken += it.rows;
        } else rest.push(it);
      }
      waiting = rest;
      rows = rest.reduce((sum, it) => sum + it.rows, 0);
      return batch;
    },
    drain() {
      const all = waiting;
      waiting = [];
      rows = 0;
      return all;
    },
  };
}

/** The inputs of a batch as one run of the model. */
export function batchInputs(batch: readonly Waiting[]): readonly Tensor[] {
  const [first] = batch;
  if (first === undefined || batch.length === 1) return first?.tensors ?? [];
  return first.tensors.map((_, i) => concatRows(batch.map((it) => it.tensors[i] as Tensor)));
}

/** Hands each request its rows of the outputs. */
export function settleBatch(batch: readonly Waiting[], outputs: readonly Tensor[]): void {
  const counts = batch.map((it) => it.rows);
  const parts = outputs.map((it) => splitRows(it, counts));
  batch.forEach((it, i) => {
    it.resolve(parts.map((part) => part[i] as Tensor));
  });
}
