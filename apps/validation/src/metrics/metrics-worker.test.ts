import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { sliceMetrics } from "../domain/slice-metrics.ts";
import { metricsWorker } from "./metrics-worker.ts";

const OPTIONS = { threshold: 0.5, level: 0.95 } as const;

function rows(count: number) {
  const random = seededRandom(count);
  const scores = Float64Array.from({ length: count }, random);
  return { scores, labels: Uint8Array.from(scores, (it) => (random() < it ? 1 : 0)) };
}

test("the thread answers as the function does, call after call", async () => {
  await using engine = metricsWorker(new AbortController().signal);
  for (const count of [500, 0, 20]) {
    expect(await engine.metrics(rows(count), OPTIONS)).toEqual(sliceMetrics(rows(count), OPTIONS));
  }
});

test("a call under way fails when the signal aborts, and so does one made afterwards", async () => {
  const abort = new AbortController();
  await using engine = metricsWorker(abort.signal);
  const underWay = engine.metrics(rows(200_000), OPTIONS);
  abort.abort(new Error("enough"));
  await expect(underWay).rejects.toThrow("thread ended");
  await expect(engine.metrics(rows(10), OPTIONS)).rejects.toThrow("enough");
});

test("a call that breaks fails, and does not end the process", async () => {
  await using engine = metricsWorker(new AbortController().signal);
  const broken = { ...OPTIONS, level: 1n as unknown as number };
  await expect(engine.metrics(rows(10), broken)).rejects.toThrow("BigInt");
});
