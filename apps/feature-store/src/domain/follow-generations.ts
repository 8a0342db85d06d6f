import type { GenerationLog } from "./generation-log.ts";
import type { Generations } from "./generations.ts";

/** How often it is looked: reads are right so soon after a revert that another process acknowledged. */
const LOOK_EVERY_MS = 400;

/** Learns of the reverts of other processes: what they made current is read here too. */
export function followGenerations(
  log: Pick<GenerationLog, "everything">,
  generations: Pick<Generations, "change">,
): { close(): Promise<void> } {
  let underWay: Promise<void> = Promise.resolve();
  let isLooking = false;
  const look = async (): Promise<void> => {
    for await (const { state, project, source, generation, since = 0 } of log.everything()) {
      if (state === "current") generations.change(project, source, { generation, since });
    }
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
