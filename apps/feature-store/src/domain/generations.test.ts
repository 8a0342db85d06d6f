import { describe, expect, test } from "vitest";
import { followGenerations } from "./follow-generations.ts";
import type { Generation } from "./generation-log.ts";
import { generations, layoutInGeneration } from "./generations.ts";
import type { OnlineStore } from "./online-store.ts";

/** A store that keeps what it is asked, and answers when it is told to. */
function listening() {
  const asked: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const online: OnlineStore = {
    async read({ seeks }) {
      asked.push(...seeks.map((it) => Buffer.from(it.series).toString("latin1").slice(12)));
      await promise;
      return { seeks: seeks.map(() => undefined), spans: [] };
    },
    apply: async () => 0,
    state: async () => undefined,
    close: async () => {},
  };
  return { online, asked, answer: resolve };
}

const layout = "0".repeat(24);
const seek = { series: Buffer.concat([Buffer.from(layout, "hex"), Buffer.from("rest")]), timeNs: 0n };

describe("generations", () => {
  test("go forward only: what is learnt late of an earlier one changes nothing", () => {
    const subject = generations(listening().online, async () => ({ generation: "", since: 0 }));
    subject.change("p", "s", { generation: "b", since: 9 });
    subject.change("p", "s", { generation: "a", since: 5 });
    expect([subject.current("p", "s"), subject.current("p", "t")]).toEqual(["b", ""]);
  });

  test("settle once the reads of before have ended, whatever is read since", async () => {
    const { online, answer } = listening();
    const subject = generations(online, async () => ({ generation: "", since: 0 }));
    await subject.settled();
    const read = subject.online.read({ seeks: [seek], spans: [] });
    let isSettled = false;
    const settled = subject.settled().then(() => {
      isSettled = true;
    });
    const later = subject.online.read({ seeks: [seek], spans: [] });
    await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    answer();
    await Promise.all([read, later, settled]);
    await subject.settled();
  });

  test("of one layout are other layouts in the store", () => {
    const names = ["", "a", "b"].map((it) => layoutInGeneration(layout, it));
    expect(names[0]).toBe(layout);
    expect(new Set(names).size).toBe(3);
    expect(names.map((it) => it.length)).toEqual([24, 24, 24]);
  });

  test("that another process made current are read here soon", async () => {
    const subject = generations(listening().online, async () => ({ generation: "", since: 0 }));
    const made: Generation[] = [
      { project: "p", source: "s", generation: "", state: "retired", layouts: [] },
      { project: "p", source: "s", generation: "g", state: "current", layouts: [], since: 3 },
      { project: "p", source: "s", generation: "h", state: "preparing", layouts: [] },
    ];
    const told: Generation[] = [];
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    const following = followGenerations({
      log: {
        async *everything() {
          yield* made;
          resolve();
        },
      },
      generations: subject,
      readingOf: async () => ({ generation: "", overlay: "g", since: 3 }),
      found: async (all) => void told.push(...all),
    });
    await looked;
    await following.close();
    expect(told.slice(0, 3)).toEqual(made);
    expect(subject.reading("p", "s")).toEqual({ generation: "", overlay: "g", since: 3 });
  });
});
