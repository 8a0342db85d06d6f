import { type Digest, digestOfBytes, pageTokens } from "@throughline/kernel";
import { lineageOutbox } from "@throughline/lineage";
import { idempotent, type Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { Kept, Shelf } from "../domain/shelf.ts";
import { lineageOf } from "../domain/thread.ts";
import { shelf } from "./shelf.ts";

interface Thing extends Kept {
  readonly digest: Digest;
  readonly text: string;
}

const clock = { now: () => 1_000 };

for (const database of everyDatabase()) {
  describe(`Shelf laws: ${database.name}`, () => {
    let store: Store;
    let things: Shelf<Thing>;
    let sent: string[];
    let flush: () => Promise<void>;

    beforeEach(async () => {
      store = await database.empty();
      const outbox = lineageOutbox(store, { name: "validation" });
      things = shelf<Thing>({
        store,
        outbox,
        pageTokens: pageTokens(Buffer.alloc(32)),
        once: idempotent({ store, clock }),
        collection: "validation_things",
        projectOf: (name) => name.split("/")[1] as string,
        digestOf: (it) => it.digest,
      });
      sent = [];
      flush = async () => {
        const delivery = outbox.deliver(async (record) => void sent.push(record.execution.resource));
        await delivery.flush();
        await delivery.close();
      };
    });

    const thing = (name: string, text = name, createTimeMs = 1): Thing => ({
      name,
      text,
      digest: digestOfBytes(text),
      createTimeMs,
    });

    const addition = (it: Thing, requestId = "", asked = "") => ({
      thing: it,
      record: lineageOf({
        project: "p",
        kind: "VALIDATE",
        resource: it.name,
        actor: "a",
        timeMs: it.createTimeMs,
        inputs: [],
      }),
      request: { requestId, method: "Add", principal: "p", requestDigest: digestOfBytes(asked) },
    });

    test("a thing is found under its name, and its record is sent once", async () => {
      const first = thing("projects/p/things/a");
      expect(await things.find(first.name)).toBeUndefined();
      expect(await things.add(addition(first))).toEqual(first);
      expect(await things.add(addition({ ...first, createTimeMs: 9 }))).toEqual(first);
      expect(await things.find(first.name)).toEqual(first);
      await flush();
      expect(sent).toEqual([first.name]);
    });

    test("another thing under the same name is refused", async () => {
      await things.add(addition(thing("projects/p/things/a")));
      const other = things.add(addition(thing("projects/p/things/a", "other")));
      await expect(other).rejects.toMatchObject({ reason: "NAME_TAKEN" });
    });

    test("of ten writers of one thing all get it, and one record is sent", async () => {
      const copies = Array.from({ length: 10 }, (_, i) => thing("projects/p/things/a", "same", i));
      const kept = await Promise.all(copies.map((it) => things.add(addition(it))));
      expect(new Set(kept.map((it) => it.createTimeMs)).size).toBe(1);
      await flush();
      expect(sent).toHaveLength(1);
    });

    test("a repeated request gets what the first one made; with other parameters it is refused", async () => {
      const first = thing("projects/p/things/a");
      await things.add(addition(first, "r"));
      expect(await things.add(addition(thing("projects/p/things/b"), "r"))).toEqual(first);
      expect(await things.find("projects/p/things/b")).toBeUndefined();
      const other = things.add(addition(thing("projects/p/things/c"), "r", "other"));
      await expect(other).rejects.toMatchObject({ reason: "REQUEST_ID_REUSED" });
    });

    test("lists are newest first, of one project, in pages that give everything once", async () => {
      for (let i = 0; i < 23; i++) await things.add(addition(thing(`projects/p/things/${i}`, `${i}`, i)));
      await things.add(addition(thing("projects/q/things/1", "q")));
      const seen: number[] = [];
      let token = "";
      do {
        const page = await things.list("p", { size: 12, token });
        seen.push(...page.items.map((it) => it.createTimeMs));
        token = page.nextPageToken;
      } while (token !== "");
      expect(seen).toEqual(Array.from({ length: 23 }, (_, i) => 22 - i));
      const foreign = (await things.list("p", { size: 1, token: "" })).nextPageToken;
      await expect(things.list("q", { size: 1, token: foreign })).rejects.toMatchObject({ reason: "BAD_PAGE_TOKEN" });
    });

    test("a page of large things ends early", async () => {
      const large = "x".repeat(300_000);
      for (let i = 0; i < 30; i++) await things.add(addition(thing(`projects/p/things/${i}`, `${i}${large}`, i)));
      const page = await things.list("p", { size: 1_000, token: "" });
      expect(page.items.length).toBeLessThan(30);
      expect(page.nextPageToken).not.toBe("");
    });
  });
}
