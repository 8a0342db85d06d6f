import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { mirrorQueue } from "./graph/mirror-queue.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { type Answered, mirrorNodes } from "./mirror-nodes.ts";
import type { ShadowEntry } from "./prediction.ts";

test("mirror nodes are offered in the turn after the answer, and the release is in use from the answer on", async () => {
  const done: string[] = [];
  let inUse = 0;
  const use: LoadedRelease["use"] = async (work) => {
    inUse += 1;
    const result = await work();
    inUse -= 1;
    return result;
  };
  const queue = mirrorQueue({ workingMax: 8, waitingMax: 8 });
  const offered: number[] = [];
  const mirrors: typeof queue = {
    ...queue,
    offer(work, leftOut) {
      offered.push(offered.length);
      return queue.offer(work, leftOut);
    },
  };
  const log = { appendShadow: async (_: string, { node }: ShadowEntry) => void done.push(node) } as never;
  const answered = { mirrors: ["a", "b"], mirror: async () => [0.5] };
  const asked = { deployment: "d", chosen: { use }, answered, prediction: { id: "p", asOfNs: 0n } };
  mirrorNodes({ log, mirrors, clock: { now: () => 0 } }, { ...asked, headers: new Headers() } as unknown as Answered);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect([offered.length, inUse]).toEqual([0, 1]);
  await nextTurn();
  expect([offered.length, inUse]).toEqual([2, 1]);
  while (inUse > 0) await nextTurn();
  expect(done.toSorted()).toEqual(["a", "b"]);
});
