import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { PredictRequest } from "./predict.ts";
import { predictRows } from "./predict-rows.ts";
import type { Prediction } from "./prediction.ts";

const request = (score: number): PredictRequest => ({
  deployment: "d",
  requestId: "",
  entity: { score },
  call: { signal: new AbortController().signal, headers: new Headers() },
});

test("each row but the first passes the door as a call does, and one that it refuses fails alone", async () => {
  let inside = 0;
  let most = 0;
  const door = {
    enter: () => inside < 2 && ++inside > 0,
    leave: () => void inside--,
    refusal: () => new Error("full"),
  };
  const predict = async ({ entity }: PredictRequest): Promise<Prediction> => {
    most = Math.max(most, inside);
    await nextTurn();
    if (entity["score"] === 1) throw new Error("failed");
    return { score: entity["score"] } as Prediction;
  };
  const outcomes = await predictRows({ predict, door }, [0, 1, 2, 3].map(request));
  expect(outcomes.map((it) => (it.status === "rejected" ? it.reason.message : it.value.score))).toEqual([
    ...[0, "failed", 2, "full"],
  ]);
  expect([inside, most]).toEqual([0, 2]);
});
