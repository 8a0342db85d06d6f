import { setImmediate as nextTurn } from "node:timers/promises";
import type { PredictRequest } from "./predict.ts";
import type { Prediction } from "./prediction.ts";

/** Rows of one request that are under way at once: enough to fill batches of a model, and few of what may wait for it. */
const UNDER_WAY = 64;

/** Predicts for several rows, each by itself, and gives what came of each in their order. */
export async function predictRows(
  predict: (request: PredictRequest) => Promise<Prediction>,
  rows: readonly PredictRequest[],
): Promise<readonly PromiseSettledResult<Prediction>[]> {
  const outcomes: PromiseSettledResult<Prediction>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < rows.length) {
      const place = next++;
      const [outcome] = await Promise.allSettled([predict(rows[place] as PredictRequest)]);
      outcomes[place] = outcome;
      // What came in meanwhile has its turn.
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: Math.min(UNDER_WAY, rows.length) }, worker));
  return outcomes;
}
