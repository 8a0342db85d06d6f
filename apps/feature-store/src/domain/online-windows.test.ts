import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalRowBytes, digestOfJson, type FeatureValue } from "@throughline/kernel";
import { bruteForce, isNearly, type PlacedValue, resultType } from "@throughline/windows";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleView } from "../laws/sample-definitions.ts";
import { openLmdbOnlineStore } from "../store/lmdb-online-store.ts";
import { bindService } from "./feature-service.ts";
import type { AggregateFeature, FeatureView } from "./feature-view.ts";
import { onlineLayout } from "./online-layout.ts";
import { onlinePlan } from "./online-plan.ts";
import { readOnline } from "./online-read.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineStore } from "./online-store.ts";
import { changesOf } from "./online-write.ts";
import { aggregateOf, type WindowKind } from "./window-feature.ts";

const MINUTE_NS = 60_000_000_000n;
const WINDOWS_NS = [1n, 90n * 1_000_000_000n, 61n * MINUTE_NS, 25n * 60n * MINUTE_NS, 100n * 24n * 60n * MINUTE_NS];
const KINDS: readonly Pick<WindowKind, "function" | "k" | "quantile" | "accuracy">[] = [
  { function: "sum" },
  { function: "mean" },
  { function: "variance" },
  { function: "standardDeviation" },
  { function: "min" },
  { function: "max" },
  { function: "first", k: 2 },
  { function: "last", k: 1 },
  { function: "top", k: 1 },
  { function: "distinct" },
  { function: "approximateDistinct", accuracy: 0.05 },
  { function: "quantile", quantile: 0.5, accuracy: 0.01 },
];
const FEATURES = WINDOWS_NS.flatMap((windowNs, w) =>
  KINDS.map((kind): AggregateFeature => {
    const aggregate = { kind: "aggregate" as const, ...kind, column: "x", windowNs };
    const type = resultType(aggregateOf(aggregate), "float64");
    return { ...aggregate, name: `${kind.function}_${w}`, description: "", columnType: "float64", type };
  }),
);
const digest = digestOfJson("a definition");
const viewNamed = (project: string) => sampleView({ project, features: FEATURES });

let folder: string;
let online: OnlineStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "online-windows-"));
  online = await openLmdbOnlineStore(folder);
});
afterAll(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

/** Times near the ends of tiles of all lengths, before and after 1970, and at the ends of all times. */
const time = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(0n, MINUTE_NS, 60n * MINUTE_NS, 1_440n * MINUTE_NS),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.constantFrom(-MINUTE_NS, -1n, 0n, 1n, 30_000_000_000n),
    )
    .map(([length, times, off]) => length * times + off),
  { weight: 1, arbitrary: fc.constantFrom(-(2n ** 63n), -(2n ** 63n) + 5n, 2n ** 63n - 1n) },
);
const rows = fc.array(
  fc.record({ time, value: fc.option(fc.oneof(fc.constantFrom(0.1, -0.2, 0.3, Number.NaN), fc.double())) }),
  { maxLength: 40 },
);

const onlineRow = (value: FeatureValue, knowledgeNs: bigint, i: number): OnlineRow => ({
  keys: [1n],
  eventNs: knowledgeNs,
  knowledgeNs,
  dataVersion: 1 + Math.floor(i / 4),
  rowNumber: i % 4,
  latest: [],
  summed: [],
  exact: [value],
  tiled: [value],
});

let runs = 0;

test("every window has what the oracle finds, from tiles and rows that came in any order and by any changes", async () => {
  const timeline = rows.chain((all) => {
    const numbered = all.map((it, i) => onlineRow(it.value, it.time, i));
    const order = fc.shuffledSubarray(numbered, { minLength: numbered.length });
    return fc.record({ order, sizes: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), asOfNs: time });
  });
  await fc.assert(
    fc.asyncProperty(timeline, async ({ order, sizes, asOfNs }) => {
      const view = viewNamed(`p${runs++}`);
      const layout = onlineLayout(view);
      const left = [...order];
      for (const size of [...sizes, order.length]) {
        const changes = changesOf(layout, left.splice(0, size));
        await online.apply({ changes, state: { name: layout.id, advance: () => "applied" } });
      }
      const names = FEATURES.map((it) => it.name);
      const [vector] = await readOnline(online, planOf(view, names), { rows: [new Map([["id", 1n]])], asOfNs });
      FEATURES.forEach((feature, i) => {
        const inside = order.filter((it) => it.knowledgeNs <= asOfNs && it.knowledgeNs > asOfNs - feature.windowNs);
        check(feature, inside, vector?.values[i]?.value ?? null);
      });
    }),
    { numRuns: 60 },
  );
});

const planOf = (view: FeatureView, features: readonly string[]) =>
  onlinePlan(
    bindService(
      {
        project: view.project,
        id: "f",
        version: 1,
        digest,
        requestFeatures: [],
        description: "",
        createTimeMs: 1,
        views: [{ view: "v", version: 1, features, keyFields: {}, digest }],
        features: features.map((it) => `v__${it}`),
      },
      [view],
    ),
  );

function check(feature: AggregateFeature, inside: readonly OnlineRow[], found: FeatureValue): void {
  const aggregate = aggregateOf(feature);
  const values = inside.flatMap(({ tiled, dataVersion, ...place }): PlacedValue[] => {
    const value = tiled[0] ?? null;
    return value === null ? [] : [{ ...place, segment: dataVersion, value }];
  });
  const expected = bruteForce(aggregate, values, false);
  if (expected === undefined) expect([feature.name, isNearly(aggregate, values, found)]).toEqual([feature.name, true]);
  else expect([feature.name, textOf(found)]).toEqual([feature.name, textOf(expected)]);
}

const textOf = (value: FeatureValue): string => canonicalRowBytes([value]).toString("hex");
