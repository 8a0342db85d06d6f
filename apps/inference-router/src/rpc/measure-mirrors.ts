import type { Telemetry } from "@throughline/telemetry";
import type { MirrorQueue } from "../domain/graph/mirror-queue.ts";

/** How the mirrors of shadow nodes go. */
export function measureMirrors(meter: Telemetry["meter"], mirrors: Pick<MirrorQueue, "counts">): void {
  const observed = (name: string, description: string, value: (counts: ReturnType<MirrorQueue["counts"]>) => number) =>
    meter.createObservableCounter(name, { description }).addCallback((it) => it.observe(value(mirrors.counts())));
  observed("throughline_node_mirrors_done_total", "Mirrors of shadow nodes that ran to their end.", (it) => it.done);
  observed(
    "throughline_node_mirrors_dropped_total",
    "Mirrors of shadow nodes that were left out: too many waited.",
    (it) => it.dropped,
  );
}
