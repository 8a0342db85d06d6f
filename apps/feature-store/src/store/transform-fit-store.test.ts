import { digestOfJson, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { TransformFit, TransformFits } from "../domain/transforms/transform-fit.ts";
import { transformFitStore } from "./transform-fit-store.ts";

const tokens = pageTokens(Buffer.from("a secret of the tests"));

const fit = (id: string, createTimeMs: number, project = "p"): TransformFit => ({
  project,
  id,
  digest: digestOfJson([project, id]),
  sizeBytes: 2,
  actor: "a",
  createTimeMs,
  definition: JSON.stringify({ steps: [{ "a.b": "$c" }] }),
  definitionDigest: digestOfJson("definition"),
  constantsDigest: digestOfJson("constants"),
  trainingSet: "t",
  trainingSetFileDigest: digestOfJson("file"),
  rowCount: 3,
  passCount: 1,
  inputs: [{ name: "x", type: "float64" }],
  outputs: [{ name: "y", type: "float32", width: 1, elementNames: ["x"] }],
  needs: { opset: 13, isMl: false, isRuntimeOnly: false },
});

/** Checks the laws of TransformFits. */
function testTransformFits(adapter: string, empty: () => Promise<Store>): void {
  describe(`TransformFits laws: ${adapter}`, () => {
    let store: Store;
    let fits: TransformFits;
    beforeEach(async () => {
      store = await empty();
      fits = transformFitStore(store, tokens);
    });

    test("what was added is found as it was, by its project alone, and by the digest of its artifact", async () => {
      await store.batch(fits.adding(fit("a", 1)));
      expect(await fits.get("p", "a")).toEqual(fit("a", 1));
      expect(await fits.get("q", "a")).toBeUndefined();
      expect(await fits.isReferred(fit("a", 1).digest)).toBe(true);
      expect(await fits.isReferred(fit("b", 1).digest)).toBe(false);
    });

    test("of several writers of one id exactly one succeeds", async () => {
      const outcomes = await Promise.allSettled([1, 2, 3].map((time) => store.batch(fits.adding(fit("a", time)))));
      expect(outcomes.filter((it) => it.status === "fulfilled")).toHaveLength(1);
      for (const it of outcomes)
        if (it.status === "rejected") expect(it.reason).toMatchObject({ reason: "ALREADY_EXISTS" });
    });

    test("the newest come first, page by page, and projects never meet", async () => {
      for (const [id, time] of [
        ["b", 2],
        ["a", 1],
        ["c", 3],
      ] as const)
        await store.batch(fits.adding(fit(id, time)));
      await store.batch(fits.adding(fit("z", 9, "q")));
      const page = await fits.list("p", { size: 2, token: "" });
      expect(page.items.map((it) => it.id)).toEqual(["c", "b"]);
      const rest = await fits.list("p", { size: 2, token: page.nextPageToken });
      expect([rest.items.map((it) => it.id), rest.nextPageToken]).toEqual([["a"], ""]);
      await expect(fits.list("q", { size: 2, token: page.nextPageToken })).rejects.toMatchObject({
        reason: "BAD_PAGE_TOKEN",
      });
    });
  });
}

for (const database of everyDatabase()) testTransformFits(database.name, () => database.empty());
