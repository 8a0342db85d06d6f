import type { Generation, GenerationLog } from "./generation-log.ts";
import type { Generations } from "./generations.ts";
import type { ReadGeneration } from "./read-generation.ts";

/** How often it is looked: reads are right so soon after a revert that another process acknowledged. */
const LOOK_EVERY_MS = 400;

/** What following needs. `readingOf` tells what is kept of a source. */
export interface FollowDeps {
  readonly log: Pick<GenerationLog, "everything">;
  readonly generations: Pick<Generations, "change">;
  readingOf(project: string, source: string): Promise<ReadGeneration>;
  /** Told of all that are in the log each time. */
  found(generations: readonly Generation[]): Promise<void>;
}

/**
 * Learns of the reverts of other processes: what they made current is read here too. Sources without a generation in the log
 * are read as they always were.
 */
export function followGenerations({ log, generations, readingOf, found }: FollowDeps): { close(): Promise<void> } {
  let underWay: Promise<void> = Promise.resolve();
  let isLooking = false;
  const look = async (): Promise<void> => {
    const sources = new Map<string, readonly [project: string, source: string]>();
    const all: Generation[] = [];
    for await (const it of log.everything()) all.push(it);
    for (const { project, source } of all) sources.set(`${project}/${source}`, [project, source]);
    for (const [project, source] of sources.values())
      generations.change(project, source, await readingOf(project, source));
    await found(all);
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    // What fails is looked at again soon.
    underWay = look()
      .catch(() => {})
      .finally(() => {
        isLooking = false;
      });
  }, LOOK_EVERY_MS);
  // It must not keep a process alive that has nothing else to do.
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await underWay;
    },
  };
}
