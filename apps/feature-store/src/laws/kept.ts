import { type PageTokens, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import type { Database } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { Kept, KeptDocument } from "../store/kept-store.ts";

/** A kind of what is kept. */
export interface KeptKind<T> {
  /** The name of its port. */
  readonly port: string;
  /** One of them, with values of each kind that a document cannot hold as they are. */
  make(id: string, createTimeMs: number, project?: string): T;
  open(store: Store, tokens: PageTokens): Kept<T>;
}

/** Checks the laws of what is made once and kept under an id. */
export function testKept<T extends KeptDocument>(database: Database, { port, make, open }: KeptKind<T>): void {
  describe(`${port} laws: ${database.name}`, () => {
    let store: Store;
    let all: Kept<T>;
    beforeEach(async () => {
      store = await database.empty();
      all = open(store, pageTokens(Buffer.from("a secret of the tests")));
    });

    test("what was added is found as it was, by its project alone, and by the digest of its artifact", async () => {
      await store.batch(all.adding(make("a", 1)));
      expect(await all.get("p", "a")).toEqual(make("a", 1));
      expect(await all.get("q", "a")).toBeUndefined();
      expect(await all.isReferred(make("a", 1).digest)).toBe(true);
      expect(await all.isReferred(make("b", 1).digest)).toBe(false);
    });

    test("of several writers of one id exactly one succeeds", async () => {
      const outcomes = await Promise.allSettled([1, 2, 3].map((time) => store.batch(all.adding(make("a", time)))));
      expect(outcomes.filter((it) => it.status === "fulfilled")).toHaveLength(1);
      for (const it of outcomes)
        if (it.status === "rejected") expect(it.reason).toMatchObject({ reason: "ALREADY_EXISTS" });
    });

    test("the newest come first, page by page, and projects never meet", async () => {
      for (const it of [make("b", 2), make("a", 1), make("c", 3), make("z", 9, "q")]) await store.batch(all.adding(it));
      const page = await all.list("p", { size: 2, token: "" });
      expect(page.items.map((it) => it.id)).toEqual(["c", "b"]);
      const rest = await all.list("p", { size: 2, token: page.nextPageToken });
      expect([rest.items.map((it) => it.id), rest.nextPageToken]).toEqual([["a"], ""]);
      await expect(all.list("q", { size: 2, token: page.nextPageToken })).rejects.toMatchObject({
        reason: "BAD_PAGE_TOKEN",
      });
    });
  });
}
