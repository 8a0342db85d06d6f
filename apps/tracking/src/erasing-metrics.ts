import type { Log, Telemetry } from "@throughline/telemetry";
import type { ByteSweeping } from "./domain/byte-sweeping.ts";

/** Counts what sweeps of bytes do. */
export function measureErasing(meter: Telemetry["meter"], sweeping: ByteSweeping): void {
  const erased = meter.createCounter("throughline_storage_erased_bytes_total", {
    description: "Bytes of objects that nobody needed and that were erased",
  });
  const condemned = meter.createCounter("throughline_storage_condemned_bytes_total", {
    description: "Bytes of objects that nobody needs and that were condemned",
  });
  const waiting = meter.createGauge("throughline_storage_condemned_bytes", {
    description: "Bytes of condemned objects whose time of grace was not over at the last sweep",
  });
  const failures = meter.createCounter("throughline_storage_sweep_failures_total", {
    description: "Sweeps that failed, such as for a service that did not answer",
  });
  sweeping.listen({
    swept(counts) {
      erased.add(counts.erasedBytes);
      condemned.add(counts.condemnedBytes);
      waiting.record(counts.waitingBytes + counts.condemnedBytes);
    },
    failed: () => failures.add(1),
  });
}

/** Tells of sweeps that did something, and of those that failed. */
export function logErasing(log: Log, sweeping: ByteSweeping): void {
  sweeping.listen({
    swept(counts) {
      const { condemnedCount, takenBackCount, erasedCount } = counts;
      if (condemnedCount + takenBackCount + erasedCount > 0) log.info({ event: "storage swept", ...counts });
    },
    failed: (error) => log.error({ event: "storage not swept" }, error),
  });
}
