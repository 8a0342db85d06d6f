import { setImmediate as nextTurn } from "node:timers/promises";
import type { PredictRequest } from "./predict.ts";
import type { Prediction } from "./prediction.ts";

/** Rows of one request that are under way at once: enough to fill batches of a model, and few of what may wait for it. */
const UNDER_WAY = 64;

/** The door that calls come through. */
export interface Door {
  /** True: one more is let in, and `leave` is called at its end. */
  enter(): boolean;
  leave(): void;
  refusal(): Error;
}

export interface PredictingRows {
  readonly predict: (request: PredictRequest) => Promise<Prediction>;
  readonly door: Door;
}

/**
 * Predicts for several rows, each by itself, and gives what came of each in their order. Each row passes the door as a call of its own would,
 * but the first: the call has passed for it.
 */
export async function predictRows(
  { predict, door }: PredictingRows,
  rows: readonly PredictRequest[],
): Promise<readonly PromiseSettledResult<Prediction>[]> {
  const outcomes: PromiseSettledResult<Prediction>[] = [];
  const answer = async (place: number): Promise<Prediction> => {
    const row = rows[place] as PredictRequest;
    if (place === 0) return predict(row);
    if (!door.enter()) throw door.refusal();
    try {
      return await predict(row);
    } finally {
      door.leave();
    }
  };
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < rows.length) {
      const place = next++;
      const [outcome] = await Promise.allSettled([answer(place)]);
      outcomes[place] = outcome;
      // What came in meanwhile has its turn.
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: Math.min(UNDER_WAY, rows.length) }, worker));
  return outcomes;
}
