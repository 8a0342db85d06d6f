import { digestOfJson } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { sampleView } from "../../laws/sample-definitions.ts";
import { type KeptDescription, UNDESCRIBED } from "../description.ts";
import { bindService } from "../feature-service.ts";
import type { FeatureView } from "../feature-view.ts";
import { costsOf, priceOf, readersOf } from "./feature-facts.ts";
import { type KeptRelease, type ReleasedModels, registryUnreachable } from "./released-models.ts";

const digest = digestOfJson("a definition");
const viewOf = (id: string, names: readonly string[]): FeatureView =>
  sampleView({
    id,
    features: names.map((name) => ({ kind: "column", name, column: name, description: "", type: "int64" })),
  });
const BOUND = bindService(
  {
    project: "p",
    id: "f",
    version: 2,
    digest,
    description: "",
    createTimeMs: 1,
    views: [
      { view: "a", version: 1, features: ["x", "y"], keyFields: {}, digest },
      { view: "b", version: 1, features: ["z"], keyFields: {}, digest },
    ],
    requestFeatures: [{ name: "hour", type: "float64", description: "" }],
    features: ["a__x", "a__y", "b__z", "hour"],
  },
  [viewOf("a", ["x", "y"]), viewOf("b", ["z"])],
);

test.each([
  ["12.50 EUR  a month", { amount: 12.5, unit: "eur a month" }],
  [" 3", { amount: 3, unit: "" }],
  ["one call", undefined],
  ["EUR 12", undefined],
  ["12EUR", undefined],
  ["", undefined],
])("the price in %j", (note, price) => expect(priceOf(note)).toEqual(price));

describe("costs", () => {
  const costs = (notes: Readonly<Record<string, string>>, asked: Readonly<Record<string, number>> = {}) =>
    costsOf(
      {
        get: async ({ id }): Promise<KeptDescription> => ({
          value: { ...UNDESCRIBED, costNote: notes[id] ?? "" },
          revision: 1,
        }),
      },
      BOUND,
      new Map(Object.entries(asked)),
    );

  test("a view's note is shared by its features of the service", async () => {
    const found = await costs({ a: "10 EUR", b: "3 eur" });
    expect([...found.of]).toEqual([
      ["a__x", 5],
      ["a__y", 5],
      ["b__z", 3],
    ]);
    expect(found.notes).toEqual([]);
  });

  test("several units are not compared, words are told, and what the request says goes before", async () => {
    expect(await costs({ a: "10 EUR", b: "3 USD" })).toMatchObject({
      of: new Map(),
      notes: [expect.stringContaining('"eur", "usd"')],
    });
    const wordy = await costs({ a: "10 EUR", b: "dear" });
    expect([...wordy.of.keys()]).toEqual(["a__x", "a__y"]);
    expect(wordy.notes).toEqual([expect.stringContaining("The cost notes of b begin with no number")]);
    const asked = await costs({ a: "10 EUR" }, { hour: 1 });
    expect([[...asked.of], asked.notes]).toEqual([[["hour", 1]], [expect.stringContaining("were not used")]]);
    expect((await costs({})).notes).toEqual([expect.stringContaining("It is not known what the features cost")]);
  });
});

describe("readers", () => {
  const models = (releases: () => AsyncIterable<KeptRelease>): ReleasedModels => ({
    model: async () => undefined,
    releases,
  });
  const release = (name: string, version: number, reads: readonly string[]): KeptRelease => ({
    name,
    reads,
    featureService: "projects/p/featureServices/f",
    featureServiceVersion: version,
  });

  test("only releases of this version count, the newest are named, and what none of them reads is unread", async () => {
    const found = await readersOf(
      models(async function* () {
        yield release("r1", 1, ["a__y"]);
        for (let i = 0; i < 12; i++) yield release(`n${i}`, 2, i === 0 ? ["a__x", "hour"] : ["a__x"]);
        yield { ...release("other", 2, ["b__z"]), featureService: "projects/p/featureServices/g" };
      }),
      BOUND,
    );
    expect(found).toMatchObject({ releaseCount: 12, unread: ["a__y", "b__z"], notes: [] });
    expect(found.of?.get("a__x")).toEqual({ count: 12, newest: Array.from({ length: 10 }, (_, i) => `n${i}`) });
    expect(found.of?.get("hour")).toEqual({ count: 1, newest: ["n0"] });
  });

  test("without releases nothing is called unread, and a registry that is away is told and fails nothing", async () => {
    const none = await readersOf(
      models(async function* () {}),
      BOUND,
    );
    expect(none).toMatchObject({ releaseCount: 0, unread: [], notes: [expect.stringContaining("No release reads")] });
    const away = await readersOf(
      // biome-ignore lint/correctness/useYield: it fails before there is anything to give.
      models(async function* () {
        throw registryUnreachable("it is closed");
      }),
      BOUND,
    );
    expect(away.notes).toEqual([expect.stringContaining("It is not known which releases read the features")]);
    expect([none.of, away.of]).toEqual([undefined, undefined]);
  });
});
