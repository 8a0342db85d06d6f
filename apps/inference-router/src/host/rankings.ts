import type { DeathRecord } from "./death-record.ts";
import type { ModelProcess } from "./model-process.ts";
import type { Rank } from "./process-priority.ts";

interface RankingsOptions {
  /** How processes of the model rank now. */
  readonly rank: () => Rank;
  readonly deaths: Pick<DeathRecord, "distrustLeftMs">;
  /** Those at work. */
  readonly alive: ReadonlySet<ModelProcess>;
  /** Starts one more, and ends the given one when the new one is at work. */
  readonly replace: (process: ModelProcess) => Promise<void>;
}

/** Keeps the processes of one model at the rank that it has, also when that comes with time. */
export function rankings({ rank, deaths, alive, replace }: RankingsOptions) {
  const leaving = new Set<ModelProcess>();
  let later: NodeJS.Timeout | undefined;
  /** What cannot be brought forward gives way to a process that starts there. */
  const giveWay = async (process: ModelProcess): Promise<void> => {
    if (leaving.has(process)) return;
    leaving.add(process);
    // If the next one does not start, this one goes on as it is, until the next look.
    await replace(process).catch(() => {});
    leaving.delete(process);
  };
  const look = (): void => {
    clearTimeout(later);
    const wanted = rank();
    for (const it of alive) if (!it.rank(wanted)) void giveWay(it);
    const leftMs = deaths.distrustLeftMs();
    if (leftMs > 0) later = setTimeout(look, leftMs + 1).unref();
  };
  return { look, close: () => clearTimeout(later) };
}
