import type { Telemetry } from "@throughline/telemetry";
import type { MirrorTally, ReleaseMirror } from "../domain/mirror.ts";

/** How the mirrors of shadow rollouts go. */
export function measureShadows(meter: Telemetry["meter"], shadows: Pick<ReleaseMirror, "totals">): void {
  const observed = (outcome: keyof MirrorTally, description: string) =>
    meter
      .createObservableCounter(`throughline_shadow_requests_${outcome}_total`, { description })
      .addCallback((it) => it.observe(shadows.totals()[outcome]));
  observed("answered", "Requests that candidates of shadow rollouts answered.");
  observed("failed", "Requests that candidates of shadow rollouts failed, or were too slow for.");
  observed("dropped", "Requests that were not mirrored: too many waited, or the candidate was not loaded.");
}
