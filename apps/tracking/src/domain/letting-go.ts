import type { Digest } from "@throughline/kernel";
import type { Tracking } from "./ports.ts";

/** Bytes that a project needs no more for one reason: it is written with the removal, and sweeps take it up. */
export interface LettingGo {
  readonly id: string;
  readonly project: string;
  readonly digests: readonly Digest[];
  readonly timeMs: number;
  /** Name of the resource whose removal or change it was. */
  readonly by: string;
}

/** Says that a removal lets bytes go. */
export const lettingGo = (
  { clock, newId }: Pick<Tracking, "clock" | "newId">,
  { digests, ...rest }: Pick<LettingGo, "project" | "digests" | "by">,
): LettingGo => ({ id: newId(), ...rest, digests: [...new Set(digests)], timeMs: clock.now() });
