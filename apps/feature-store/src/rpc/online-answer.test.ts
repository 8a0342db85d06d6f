import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetOnlineFeaturesResponseSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { digestOfJson, type FeatureValue } from "@throughline/kernel";
import { WRITTEN } from "@throughline/rpc";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BoundService, bindService } from "../domain/feature-service.ts";
import type { Feature } from "../domain/feature-view.ts";
import { onlineLayout } from "../domain/online-layout.ts";
import { onlinePlan } from "../domain/online-plan.ts";
import { findRows, readOnline } from "../domain/online-read.ts";
import type { OnlineRow } from "../domain/online-rows.ts";
import type { OnlineStore } from "../domain/online-store.ts";
import { changesOf } from "../domain/online-write.ts";
import type { ValueType } from "../domain/value-type.ts";
import { sampleView } from "../laws/sample-definitions.ts";
import { openLmdbOnlineStore } from "../store/lmdb-online-store.ts";
import { vectorsToProto } from "./convert-vectors.ts";
import { isSelfWritten, OnlineAnswer } from "./online-answer.ts";

const digest = digestOfJson("a definition");
/** Columns of the two views: of floats alone, and of all types. */
const FLOATS: readonly ValueType[] = ["float64", "float64", "float64"];
const ALL: readonly ValueType[] = ["float64", "string", "int64", "timestamp", "bytes", "bool"];
const featuresOf = (types: readonly ValueType[]): Feature[] =>
  types.map((type, i) => ({ kind: "column", name: `c${i}`, column: `c${i}`, description: "", type, columnType: type }));

interface Shape {
  readonly ttlNs: bigint | undefined;
  /** Which of the views' features, in this order, and whether a feature of the request is among them. */
  readonly order: readonly string[];
}

let runs = 0;
/** A service of a project of its own, so that it has its own entries. */
function serviceOf({ ttlNs, order }: Shape): BoundService {
  const project = `p${runs++}`;
  const views = [sampleView({ project, id: "floats", source: "floats", ttlNs, features: featuresOf(FLOATS) })];
  views.push(sampleView({ project, id: "all", source: "all", ttlNs, features: featuresOf(ALL) }));
  const read = views.filter((view) => order.some((it) => it.startsWith(`${view.id}__`)));
  const selections = read.map(({ id }) => {
    const features = order.filter((it) => it.startsWith(`${id}__`)).map((it) => it.slice(`${id}__`.length));
    return { view: id, version: 1, features, keyFields: {}, digest };
  });
  const requestFeatures = order.includes("now") ? [{ name: "now", type: "float64" as const, description: "" }] : [];
  const said = { project, id: "s", version: 3, digest, description: "", createTimeMs: 1, requestFeatures };
  return bindService({ ...said, views: selections, features: order }, read);
}

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 12 });
const float = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY));
const anyOf: Readonly<Record<ValueType, fc.Arbitrary<FeatureValue>>> = {
  float64: float,
  string: fc.oneof(fc.string({ unit: "grapheme", maxLength: 9 }), fc.constant("é".repeat(70))),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((ns) => ({ ns })),
  bytes: fc.uint8Array({ maxLength: 4 }).map((it) => new Uint8Array(it)),
  bool: fc.boolean(),
};
const valuesOf = (types: readonly ValueType[]) => fc.tuple(...types.map((it) => maybe(anyOf[it])));
/** Hardly ever different, so that rows have the times of the rows before them. */
const step = fc.oneof({ weight: 5, arbitrary: fc.constant(1n) }, { weight: 1, arbitrary: fc.bigInt(-3n, 9n) });
const row = fc.record({
  id: fc.bigInt(1n, 9n),
  event: step,
  delay: fc.constantFrom(0n, 0n, 0n, 2_000_000_000n),
  floats: valuesOf(FLOATS),
  all: valuesOf(ALL),
});
type SampleRow = typeof row extends fc.Arbitrary<infer T> ? T : never;
const names = [...FLOATS.map((_, i) => `floats__c${i}`), ...ALL.map((_, i) => `all__c${i}`), "now"];
const shape = fc.record({
  ttlNs: fc.constantFrom(undefined, 4n),
  order: fc.oneof(
    fc.constant(names.slice(0, FLOATS.length)),
    fc.shuffledSubarray(names.slice(0, FLOATS.length), { minLength: 1 }),
    fc.shuffledSubarray(names, { minLength: 1 }),
  ),
});

let folder: string;
let online: OnlineStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "online-answer-"));
  online = await openLmdbOnlineStore(folder);
});
afterAll(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

async function fill({ views }: BoundService, rows: readonly SampleRow[]): Promise<void> {
  for (const { view } of views) {
    const layout = onlineLayout(view);
    const entries = rows.map(
      (it, i): OnlineRow => ({
        keys: [it.id],
        eventNs: it.event,
        knowledgeNs: it.event + it.delay,
        dataVersion: 1,
        rowNumber: i,
        latest: it[view.id as "floats" | "all"],
        summed: [],
        exact: [],
        tiled: [],
      }),
    );
    const changes = changesOf(layout, entries);
    await online.apply({ changes, state: { name: layout.id, advance: () => "applied" } });
  }
}

test("an answer writes itself as the library writes its messages, and they are those of the values, byte by byte", async () => {
  const asked = fc.array(maybe(fc.bigInt(0n, 10n)), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), asked, shape, step, async (rows, ids, shaped, ageNs) => {
      const bound = serviceOf(shaped);
      await fill(bound, rows);
      const plan = onlinePlan(bound);
      expect(isSelfWritten(plan)).toBe(true);
      const fields = new Map<string, readonly FeatureValue[]>([
        ["id", ids],
        ["now", ids.map((id) => (id === 2n ? null : Number(id) - 3))],
      ]);
      const read = { fields, rowCount: ids.length, asOfNs: 2_000_000_004n + ageNs };
      const answer = new OnlineAnswer(bound.service, await findRows(online, plan, read));
      const written = Buffer.from(answer[WRITTEN]()).toString("hex");
      expect(Buffer.from(toBinary(GetOnlineFeaturesResponseSchema, answer)).toString("hex")).toBe(written);
      const named = ids.map((_, i) => new Map([...fields].map(([name, of]) => [name, of[i] ?? null])));
      const message = create(GetOnlineFeaturesResponseSchema, {
        features: [...bound.service.features],
        vectors: vectorsToProto(await readOnline(online, plan, { rows: named, asOfNs: read.asOfNs })),
        version: 3n,
        digest,
      });
      expect(Buffer.from(toBinary(GetOnlineFeaturesResponseSchema, message)).toString("hex")).toBe(written);
    }),
    { numRuns: 300 },
  );
});
