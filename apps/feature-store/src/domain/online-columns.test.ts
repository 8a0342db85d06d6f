import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOfJson, type FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleView } from "../laws/sample-definitions.ts";
import { openLmdbOnlineStore } from "../store/lmdb-online-store.ts";
import { bindService } from "./feature-service.ts";
import type { Feature, FeatureView } from "./feature-view.ts";
import { readColumns } from "./online-columns.ts";
import { onlineLayout } from "./online-layout.ts";
import { onlinePlan } from "./online-plan.ts";
import { readOnline } from "./online-read.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineStore } from "./online-store.ts";
import { changesOf } from "./online-write.ts";
import type { ServicePlan } from "./service-plans.ts";
import type { ValueType } from "./value-type.ts";

const TYPES: readonly ValueType[] = ["float64", "string", "int64", "timestamp", "bytes", "bool"];
const latestFeature = (type: ValueType): Feature => ({
  kind: "column",
  name: `latest_${type}`,
  column: type,
  description: "",
  type,
  columnType: type,
});
const aggregate = (name: "count" | "mean" | "last"): Feature => ({
  kind: "aggregate",
  name,
  function: name,
  column: name === "count" ? "" : "x",
  windowNs: 5n,
  description: "",
  columnType: "float64",
  type: name === "count" ? "int64" : "float64",
  ...(name === "last" && { k: 1 }),
});
const digest = digestOfJson("a definition");

/** A view of everything, the same without its first columns, and request features. */
function planOf(project: string): ServicePlan {
  const features = [...TYPES.map(latestFeature), aggregate("count"), aggregate("mean"), aggregate("last")];
  const view = sampleView({ project, ttlNs: 4n, features });
  const names = ["last", "latest_bool", "latest_float64", "mean", "latest_timestamp", "count", "latest_bytes"];
  const rest = ["latest_string", "latest_int64"];
  const bound = bindService(
    {
      project,
      id: "f",
      version: 1,
      digest,
      description: "",
      createTimeMs: 1,
      requestFeatures: [{ name: "now", type: "float64", description: "" }],
      views: [{ view: "v", version: 1, features: [...names, ...rest], keyFields: { id: "item" }, digest }],
      features: [...names.map((it) => `v__${it}`), "now", ...rest.map((it) => `v__${it}`)],
    },
    [view],
  );
  return { bound, plan: onlinePlan(bound) };
}

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 6 });
const latest = fc.tuple(
  maybe(fc.double()),
  maybe(fc.string({ unit: "grapheme", maxLength: 5 })),
  maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  maybe(fc.bigInt({ min: -3n, max: 3n }).map((ns) => ({ ns }))),
  maybe(fc.uint8Array({ maxLength: 4 }).map((it) => new Uint8Array(it))),
  maybe(fc.boolean()),
);
const step = fc.bigInt({ min: 0n, max: 9n });
const row = fc.record({
  id: fc.bigInt({ min: 1n, max: 3n }),
  event: step,
  delay: fc.bigInt({ min: 0n, max: 3n }),
  latest,
});

let folder: string;
let online: OnlineStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "online-columns-"));
  online = await openLmdbOnlineStore(folder);
});
afterAll(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

let runs = 0;

async function filled(rows: readonly (typeof row extends fc.Arbitrary<infer T> ? T : never)[]): Promise<ServicePlan> {
  const made = planOf(`p${runs++}`);
  const [selection] = made.bound.views;
  const layout = onlineLayout(selection?.view as FeatureView);
  const entries = rows.map(
    (it, i): OnlineRow => ({
      keys: [it.id],
      eventNs: it.event,
      knowledgeNs: it.event + it.delay,
      dataVersion: 1,
      rowNumber: i,
      latest: it.latest,
      summed: [],
      exact: [it.latest[0]],
      tiled: [it.latest[0]],
    }),
  );
  const changes = changesOf(layout, entries);
  await online.apply({ changes, state: { name: layout.id, advance: () => "applied" } });
  return made;
}

test("columns have the values, statuses and event times that rows have, whatever is asked for and when", async () => {
  const ids = fc.array(fc.option(fc.bigInt({ min: 0n, max: 4n })), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 12 }),
      ids,
      fc.bigInt({ min: 0n, max: 15n }),
      async (all, asked, asOfNs) => {
        const made = await filled(all);
        const now = asked.map((id): FeatureValue => (id === 2n ? null : 0.5));
        const rows = asked.map(
          (id, i) =>
            new Map<string, FeatureValue>([
              ["item", id],
              ["now", now[i] ?? null],
            ]),
        );
        const vectors = await readOnline(online, made.plan, { rows, asOfNs });
        const fields = new Map<string, readonly FeatureValue[]>([
          ["item", asked],
          ["now", now],
        ]);
        const { columns, eventTimesNs } = await readColumns(online, made, { fields, convert: false, asOfNs });
        const order = made.bound.features.map((it) => (it.from === "view" ? it.feature.name : it.name));
        const byName = new Map(columns.map((it) => [it.name, it]));
        vectors.forEach(({ values }, i) => {
          const found = order.map((name) => [byName.get(name)?.values[i], byName.get(name)?.statuses[i]]);
          expect(found).toEqual(values.map((it) => [it.value, it.status]));
          const eventNs = values[order.indexOf("latest_bool")]?.eventNs;
          expect(eventTimesNs[0]?.[i]).toBe(eventNs ?? 0n);
        });
        expect(columns.slice(0, 2).map((it) => [it.name, it.values])).toEqual([
          ["item", asked],
          ["now", now],
        ]);
      },
    ),
    { numRuns: 150 },
  );
});

describe("fields", () => {
  const read = async (fields: Readonly<Record<string, readonly FeatureValue[]>>, convert: boolean) => {
    const { columns } = await readColumns(online, await filled([]), {
      fields: new Map(Object.entries(fields)),
      convert,
      asOfNs: 1n,
    });
    return columns.slice(0, 2).map((it) => it.values);
  };

  test("values of other types are refused, or taken for what they stand for", async () => {
    const given = { item: ["7", 3, 2n], now: [1n, "2.5", 0.5] };
    await expect(read(given, false)).rejects.toMatchObject({
      reason: "INVALID_FIELD",
      violations: [
        { path: `fields["item"].values[0]` },
        { path: `fields["item"].values[1]` },
        { path: `fields["now"].values[0]` },
        { path: `fields["now"].values[1]` },
      ],
    });
    expect(await read(given, true)).toEqual([
      [7n, 3n, 2n],
      [1, 2.5, 0.5],
    ]);
    await expect(read({ item: [0.5, "x", true], now: [0, 0, 0] }, true)).rejects.toMatchObject({
      violations: [{}, {}, {}],
    });
  });

  test("all that are needed must be there, in one length", async () => {
    const cases = [{ item: [1n] }, { item: [], now: [] }, { item: [1n, 2n], now: [0] }];
    for (const it of cases) await expect(read(it, true)).rejects.toMatchObject({ reason: "INVALID_FIELD" });
  });
});
