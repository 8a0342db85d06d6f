import type { Telemetry } from "@throughline/telemetry";
import type { BatchTally } from "../domain/batch/batch-tally.ts";

/** How rows of batches are answered: alone they cost many times as much. */
export function measureBatches(meter: Telemetry["meter"], tally: Pick<BatchTally, "together" | "alone">): void {
  const description =
    "Rows of batches that were answered, together with others or alone; of those alone the reason, which is LEFT_OUT where nothing failed";
  meter.createObservableCounter("throughline_batch_rows_total", { description }).addCallback((it) => {
    it.observe(tally.together(), { answered: "together" });
    for (const [reason, rows] of tally.alone()) it.observe(rows, { answered: "alone", reason });
  });
}
