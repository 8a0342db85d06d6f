import type { Background } from "./background.ts";
import type { Generation, GenerationLog, GenerationState } from "./generation-log.ts";

/** What it needs. */
export interface GivingUpDeps {
  readonly log: Pick<GenerationLog, "giveUp">;
  /** How long one that is prepared may be silent. */
  readonly othersMs: number;
  readonly learn: (project: string, source: string) => Promise<void>;
  readonly work: Pick<Background, "remove">;
  /** True if this process is preparing it. */
  isOwn(generation: Generation): boolean;
}

/** What a record said, and since when. */
interface Sight {
  readonly state: GenerationState;
  readonly timeMs: number | undefined;
  readonly sinceMs: number;
}

/** So many times the silence of what is prepared, others leave what is retired to whoever retired it. */
const RETIRED_FACTOR = 3;

/**
 * Ends what other processes left that are gone: what they prepared, and what they retired and did not remove. To be told of all that
 * is in the log, again and again. Only the time counts for which this process found a record unchanged: clocks of machines differ.
 */
export function givingUp(deps: GivingUpDeps): (found: readonly Generation[]) => Promise<void> {
  const { log, othersMs, learn, work } = deps;
  let sights = new Map<string, Sight>();
  return async (found) => {
    const nowMs = performance.now();
    const sight = (it: Generation): Sight => {
      const { state, timeMs } = it;
      const before = sights.get(idOf(it));
      return before?.state === state && before.timeMs === timeMs ? before : { state, timeMs, sinceMs: nowMs };
    };
    sights = new Map(found.map((it) => [idOf(it), sight(it)]));
    for (const it of found) {
      const silentMs = nowMs - (sights.get(idOf(it))?.sinceMs ?? nowMs);
      const isLeft = it.state === "preparing" && silentMs > othersMs && !deps.isOwn(it);
      if (!isLeft && !(it.state === "retired" && silentMs > RETIRED_FACTOR * othersMs)) continue;
      // Every layout that it may lie over must be known, or it stays attached there.
      await learn(it.project, it.source);
      const retired = isLeft ? await log.giveUp(it) : it;
      if (retired) work.remove(retired);
      // What fails is taken up again.
      sights.delete(idOf(it));
    }
  };
}

const idOf = ({ project, source, generation }: Generation): string => `${project}/${source}/${generation}`;
