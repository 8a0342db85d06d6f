import { digestOfJson } from "@throughline/kernel";
import { expect, test } from "vitest";
import { problems } from "../problems.ts";
import type { OnDemandView } from "./on-demand-view.ts";
import { withOnDemand } from "./select.ts";

const digest = digestOfJson("a definition");

/** An on-demand view of other views and columns than those with another number. */
const viewOf = (number: number, { views, columns }: { views: number; columns: number }): OnDemandView => ({
  project: "p",
  id: `od${number}`,
  version: 1,
  digest,
  views: Array.from({ length: views }, (_, i) => {
    return { view: `v${number}_${i}`, version: 1, features: ["a"], keyFields: {}, digest };
  }),
  requestColumns: Array.from({ length: columns }, (_, i) => ({
    name: `c${number}_${i}`,
    type: "int64",
    description: "",
  })),
  outputs: [{ name: "o", description: "", expression: "1", type: "int64" }],
  description: "",
  owner: "",
  cost: 1,
  createTimeMs: 1,
});

test("a service reads no more with its on-demand views than it may name by itself", () => {
  const read = (count: number, of: { views: number; columns: number }) => {
    const wrong = problems();
    const found = Array.from({ length: count }, (_, i) => viewOf(i, of));
    const selections = found.map(({ id }) => ({ view: id, version: 0, features: [] }));
    const { views, requestFeatures } = withOnDemand({ views: [], requestFeatures: [] }, { selections, found }, wrong);
    wrong.throwIfAny();
    return [views.length, requestFeatures.length];
  };
  expect(read(4, { views: 50, columns: 200 })).toEqual([200, 800]);
  expect(() => read(5, { views: 41, columns: 0 })).toThrow("it reads 205 views, and at most 200 are possible");
  expect(() => read(6, { views: 0, columns: 200 })).toThrow(
    "1200 columns of the request, and at most 1000 are possible",
  );
});
