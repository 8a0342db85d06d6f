import type { Telemetry } from "@throughline/telemetry";
import type { OpenedLog } from "../log/open-log.ts";

/** Where it is counted how long appends take: around the 0.2 ms that they may. */
const APPEND_SECONDS = [0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.005, 0.02, 0.1] as const;

/** What the prediction log refuses, and what waits outside of it. */
export function measureLog(
  meter: Telemetry["meter"],
  log: Pick<OpenedLog, "counts" | "observeAppends" | "tornBytes">,
): void {
  const total = (name: string, description: string, value: () => number) =>
    meter
      .createObservableCounter(`throughline_log_${name}_total`, { description })
      .addCallback((it) => it.observe(value()));
  const gauge = (name: string, description: string, value: () => number) =>
    meter.createObservableGauge(`throughline_log_${name}`, { description }).addCallback((it) => it.observe(value()));
  const appends = meter.createHistogram("throughline_log_append_seconds", {
    description: "Time until a prediction is in the log, before its answer leaves.",
    advice: { explicitBucketBoundaries: [...APPEND_SECONDS] },
  });
  log.observeAppends((tookMs) => appends.record(tookMs / 1_000));
  total(
    "refused",
    "Records that were refused because too many bytes waited for the disk.",
    () => log.counts().refusedCount,
  );
  total(
    "inputs_refused",
    "Predictions that were refused because too many large inputs waited for the blob store.",
    () => log.counts().inputs?.refusedCount ?? 0,
  );
  total("inputs_stored", "Large inputs that went to the blob store.", () => log.counts().inputs?.storedCount ?? 0);
  gauge(
    "inputs_waiting_bytes",
    "Bytes of large inputs that wait for the blob store.",
    () => log.counts().inputs?.waitingBytes ?? 0,
  );
  gauge("torn_bytes", "Bytes of records that crashes had cut off, when the log was opened.", () => log.tornBytes());
}
