import type { LettingGo } from "./byte-sweep-store.ts";
import type { Tracking } from "./ports.ts";

/** Says that a removal lets bytes go. */
export const lettingGo = (
  { clock, newId }: Pick<Tracking, "clock" | "newId">,
  { digests, ...rest }: Pick<LettingGo, "project" | "digests" | "by">,
): LettingGo => ({ id: newId(), ...rest, digests: [...new Set(digests)], timeMs: clock.now() });
