import { type Clock, LIMITS } from "@throughline/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { type Idempotent, idempotent } from "../idempotency.ts";
import type { Collection, Store } from "../port.ts";
import { OTHERS } from "./things.ts";

/** Checks the laws of remembered requests. `open` returns an empty store. */
export function testIdempotency(name: string, open: () => Promise<Store>): void {
  describe(`requests: ${name}`, () => {
    let store: Store;
    let others: Collection<{ readonly text: string }>;
    let now: number;
    let requests: Idempotent;
    const clock: Clock = { now: () => now };
    beforeEach(async () => {
      now = 1_000;
      store = await open();
      others = store.collection(OTHERS);
      requests = idempotent({ store, clock });
    });
    const identity = { requestId: "r", method: "m", principal: "p", requestDigest: "d" };
    let worked = 0;
    const work = (id: string) => async () => {
      worked += 1;
      return { writes: [others.writes.insert(id, { text: "t" })], response: { id, worked } };
    };

    test("a repeated call answers as the first and changes nothing", async () => {
      const first = await requests.run(identity, work("a"));
      expect(await requests.run(identity, work("b"))).toEqual(first);
      expect(await others.count()).toBe(1);
    });

    test("the same id with another request is refused, and means another call elsewhere", async () => {
      await requests.run(identity, work("a"));
      const reused = { kind: "invalid", reason: "REQUEST_ID_REUSED" };
      await expect(requests.run({ ...identity, requestDigest: "e" }, work("b"))).rejects.toMatchObject(reused);
      await requests.run({ ...identity, principal: "q", requestDigest: "e" }, work("b"));
      await requests.run({ ...identity, method: "n", requestDigest: "e" }, work("c"));
      expect(await others.count()).toBe(3);
    });

    test("calls without an id are not remembered", async () => {
      await requests.run({ ...identity, requestId: "" }, work("a"));
      await requests.run({ ...identity, requestId: "" }, work("b"));
      expect(await others.count()).toBe(2);
    });

    test("of ten equal calls at once one applies, in one process and in several", async () => {
      for (const processes of [[requests], [requests, idempotent({ store, clock }), idempotent({ store, clock })]]) {
        const requestId = `with ${processes.length}`;
        const calls = Array.from({ length: 10 }, (_, i) => {
          const each = processes[i % processes.length] as Idempotent;
          return each.run({ ...identity, requestId }, work(`${requestId} ${i}`));
        });
        const answers = await Promise.all(calls);
        expect(new Set(answers.map((it) => it.id)).size).toBe(1);
        const { documents } = await others.find({ where: { field: "text", eq: "t" }, limit: 100 });
        expect(documents.filter((it) => it.id.startsWith(requestId)).map((it) => it.id)).toEqual([answers[0]?.id]);
      }
    });

    test("a duplicate that would fail on what the first one did gets the answer of the first", async () => {
      const processes = [requests, idempotent({ store, clock })];
      const answers = await Promise.all(processes.map((it) => it.run(identity, work("same"))));
      expect(answers[0]?.id).toBe("same");
      expect(answers[1]).toEqual(answers[0]);
    });

    test("a call that fails leaves nothing, and may be tried again with its id", async () => {
      await others.insert("taken", { text: "t" });
      await expect(requests.run(identity, work("taken"))).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
      await expect(requests.run(identity, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
      expect((await requests.run(identity, work("free"))).id).toBe("free");
    });

    test("an id is remembered for 24 hours, and then means a new call", async () => {
      await requests.run(identity, work("a"));
      now += LIMITS.requestIdMsKept - 1;
      expect((await requests.run(identity, work("b"))).id).toBe("a");
      now += 1;
      expect((await requests.run({ ...identity, requestDigest: "e" }, work("b"))).id).toBe("b");
    });

    test("forgotten requests are removed as new ones come", async () => {
      const remember = async (from: number) => {
        for (let i = from; i < from + 20; i++) await requests.run({ ...identity, requestId: `${i}` }, work(`${i}`));
      };
      await remember(0);
      now += LIMITS.requestIdMsKept;
      await remember(20);
      const kept = store.collection<{ readonly expireTimeMs: number }>({
        name: "store_requests",
        indexes: [{ name: "by_expiry", fields: ["expireTimeMs"] }],
      });
      expect(await kept.count()).toBe(20);
    });
  });
}
