import type { FeatureValue } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { association, associations } from "./association.ts";
import { categoricalColumn, type DataColumn, dataColumn, sampledRows, shuffleStart, takeRows } from "./column.ts";
import { countedInformation, cramersV } from "./contingency.ts";
import { binned, information } from "./information.ts";
import { nearestInformation } from "./nearest.ts";
import { chooseFeatures, duplicates, pruneByAssociation } from "./redundancy.ts";
import { spreadOf } from "./spread.ts";

const number = fc.oneof({ weight: 5, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) }, fc.constant(null));
const word = fc.constantFrom("a", "b", "c", null);
const rows = (count: number): fc.Arbitrary<DataColumn> =>
  fc.oneof(
    fc.array(number, { minLength: count, maxLength: count }).map((it) => dataColumn("n", it)),
    fc.array(word, { minLength: count, maxLength: count }).map((it) => dataColumn("c", it)),
  );
const named = (name: string, column: DataColumn): DataColumn => ({ ...column, name });
const normals = (count: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
};
const numeric = (name: string, values: Float64Array): DataColumn => ({ kind: "numeric", name, values });

describe("columns", () => {
  test("of numbers, whole numbers and times are numeric; of texts, bytes and booleans categories", () => {
    expect(dataColumn("x", [1n, 2.5, null, Number.NaN, Number.POSITIVE_INFINITY, { ns: 1_500_000_000n }])).toEqual({
      kind: "numeric",
      name: "x",
      values: Float64Array.of(1, 2.5, Number.NaN, Number.NaN, Number.NaN, 1.5),
    });
    expect(dataColumn("x", [true, false, null, true])).toMatchObject({
      codes: Int32Array.of(0, 1, -1, 0),
      categories: 2,
    });
    expect(dataColumn("x", [Uint8Array.of(1), Uint8Array.of(1)])).toMatchObject({ categories: 1 });
  });
  test.each<[string, readonly FeatureValue[]]>([
    ["both", [1, "1"]],
    ["lists", [[1]]],
  ])("of %s are refused", (_, values) => {
    expect(() => dataColumn("x", values)).toThrow(expect.objectContaining({ reason: "MIXED_COLUMN" }));
  });
  test("a sample has each row once, in order, and is the same for the same seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 300 }), fc.nat(), (count, most, seed) => {
        const sample = sampledRows(count, most, seed);
        expect(sample).toHaveLength(Math.min(count, most));
        expect([...sample]).toEqual([...new Set(sample)].sort((a, b) => a - b));
        expect(sampledRows(count, most, seed)).toEqual(sample);
      }),
    );
  });
});

test("all orders of a shuffle are as likely", () => {
  const random = seededRandom(12);
  const counts = new Map<string, number>();
  for (let n = 0; n < 6_000; n++) {
    const order = Uint32Array.of(0, 1, 2);
    shuffleStart(order, 3, random);
    counts.set(order.join(""), (counts.get(order.join("")) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // 1,000 each, scattering by 29.
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});

describe("associations", () => {
  test("lie in [0, 1], are symmetric, and come out the same by the quick way", () => {
    fc.assert(
      fc.property(rows(25), rows(25), (a, b) => {
        const found = association(a, b);
        expect(found.strength).toBeGreaterThanOrEqual(0);
        expect(found.strength).toBeLessThanOrEqual(1);
        expect(association(b, a).strength).toBeCloseTo(found.strength, 9);
        const quick = associations([a, b]);
        expect(quick(a, b).strength).toBeCloseTo(found.strength, 9);
        expect(quick(a, b).rows).toBe(found.rows);
        expect(quick(a, a).strength).toBeCloseTo(association(a, a).strength, 9);
      }),
    );
  });
  test("of numbers do not change with scale, and a rising curve is a full one", () => {
    const x = normals(200, 1);
    const scaled = x.map((it) => -1e200 * it);
    const curve = x.map((it) => Math.exp(3 * it));
    expect(association(numeric("x", x), numeric("y", scaled)).strength).toBeCloseTo(1, 9);
    expect(association(numeric("x", x), numeric("y", curve)).strength).toBeCloseTo(1, 9);
  });
  test("a column with a new category in every row tells nothing", () => {
    const ids = categoricalColumn(
      "id",
      Array.from({ length: 300 }, (_, i) => `${i}`),
    );
    const label = categoricalColumn(
      "label",
      Array.from({ length: 300 }, (_, i) => `${i % 2}`),
    );
    expect(association(ids, label).strength).toBe(0);
    expect(association(ids, numeric("n", normals(300, 2))).strength).toBe(0);
    expect(information(ids, label, { seed: 1 }).strength).toBeLessThan(0.3);
  });
  test("renamed categories are fully associated", () => {
    const codes = Int32Array.from({ length: 90 }, (_, i) => i % 3);
    expect(
      cramersV(
        codes,
        codes.map((it) => 7 - it),
      ),
    ).toBeCloseTo(1, 9);
  });
});

describe("information", () => {
  test("of normal values is what the formula says, within 0.1 nats for 2,000 rows", () => {
    for (const correlation of [0, 0.5, 0.9]) {
      const [x, e] = [normals(2_000, 3), normals(2_000, 4)];
      const y = x.map((it, i) => correlation * it + Math.sqrt(1 - correlation ** 2) * (e[i] ?? 0));
      const found = information(numeric("x", x), numeric("y", y), { seed: 1 });
      expect(Math.abs(found.nats + 0.5 * Math.log(1 - correlation ** 2))).toBeLessThan(0.1);
      if (correlation > 0) expect(Math.abs(found.strength - correlation)).toBeLessThan(0.05);
    }
  });
  test("is seen where there is no correlation", () => {
    const x = normals(1_000, 5);
    const y = numeric(
      "y",
      x.map((it) => it * it),
    );
    expect(association(numeric("x", x), y).strength).toBeLessThan(0.2);
    expect(information(numeric("x", x), y, { seed: 1 }).strength).toBeGreaterThan(0.95);
  });
  test("of being missing is counted: a value that is there only for one class tells the class", () => {
    const label = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? "paid" : "open"));
    const values = label.map((it, i) => (it === "paid" ? i % 7 : null));
    const found = information(dataColumn("payment", values), dataColumn("label", label), { seed: 1 });
    expect(found.strength).toBeGreaterThan(0.98);
    expect(found.natsOfMissing / found.nats).toBeGreaterThan(0.98);
  });
  test("of values is weighed with how often there is one", () => {
    const random = seededRandom(15);
    const x = normals(2_000, 13);
    const e = normals(2_000, 14);
    const label = numeric(
      "y",
      x.map((it, i) => it + 0.2 * (e[i] ?? 0)),
    );
    const whole = information(numeric("x", x), label, { seed: 1 });
    const half = information(
      numeric(
        "x",
        x.map((it) => (random() < 0.5 ? Number.NaN : it)),
      ),
      label,
      { seed: 1 },
    );
    expect(half.natsOfMissing).toBeLessThan(0.05);
    expect(half.nats / whole.nats).toBeCloseTo(0.5, 1);
  });
  test("is not negative, at most the entropy of a label of categories by counts, and needs labels", () => {
    fc.assert(
      fc.property(rows(30), rows(30), (feature, label) => {
        const { nats, strength } = information(feature, label, { seed: 7 });
        expect(nats).toBeGreaterThanOrEqual(0);
        expect(strength).toBeGreaterThanOrEqual(0);
        expect(strength).toBeLessThanOrEqual(1);
        expect(information(feature, label, { seed: 7 }).nats).toBe(nats);
      }),
    );
    const none = dataColumn("label", [null, null]);
    expect(information(dataColumn("x", [1, 2]), none, { seed: 1 })).toMatchObject({ nats: 0, rows: 0 });
  });
  test("of nearest neighbours is symmetric, and order does not matter", () => {
    const values = fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: -3, max: 3 })), {
      minLength: 5,
      maxLength: 40,
    });
    fc.assert(
      fc.property(values, fc.nat(), (points, seed) => {
        const [x, y] = [Float64Array.from(points, ([it]) => it), Float64Array.from(points, ([, it]) => it)];
        const found = nearestInformation(x, y, 3);
        expect(nearestInformation(y, x, 3)).toBeCloseTo(found, 12);
        const order = Array.from({ length: x.length }, (_, i) => (i + seed) % x.length);
        const turned = [x, y].map((it) => Float64Array.from(order, (at) => it[at] ?? 0)) as [
          Float64Array,
          Float64Array,
        ];
        expect(nearestInformation(...turned, 3)).toBeCloseTo(found, 12);
      }),
    );
  });
  test("bins hold about as many rows each, equal numbers share one, missing has its own", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 80 }), (values) => {
        const column = dataColumn("x", values.some((it) => it !== null) ? values : [...values, 1]);
        const codes = binned(column, 5);
        expect(new Set(codes).size).toBeLessThanOrEqual(6);
        if (column.kind !== "numeric") return;
        for (const [i, a] of column.values.entries())
          for (const [j, b] of column.values.entries()) {
            if (a <= b) expect(codes[i]).toBeLessThanOrEqual(codes[j] ?? -1);
            if (Number.isNaN(a)) expect(codes[i]).toBe(-1);
          }
      }),
      { numRuns: 40 },
    );
    const codes = binned(numeric("x", normals(1_000, 6)), 10);
    for (let bin = 0; bin < 10; bin++) expect(codes.filter((it) => it === bin).length).toBe(100);
  });
});

describe("duplicates and redundancy", () => {
  test("copies are found whatever else is there; others are not", () => {
    fc.assert(
      fc.property(rows(20), rows(20), (a, b) => {
        const same = duplicates([named("a", a), named("b", b), named("copy", a)]);
        expect(same.flat()).toContain("copy");
        const shifted = takeRows(
          a,
          Array.from({ length: 20 }, (_, i) => (i + 1) % 20),
        );
        const expected = JSON.stringify(shifted) === JSON.stringify(a);
        if (a.kind === "numeric") expect(duplicates([named("a", a), named("s", shifted)]).length > 0).toBe(expected);
      }),
    );
  });
  test("0 and -0 are equal, renamed categories are too, missing equals missing alone", () => {
    const columns = [
      dataColumn("zero", [0, 1, null]),
      dataColumn("minus", [-0, 1, null]),
      dataColumn("there", [0, 1, 0]),
      dataColumn("yes", ["yes", "no", null]),
      dataColumn("ja", ["ja", "nein", null]),
      dataColumn("no", ["no", "yes", "yes"]),
    ];
    expect(duplicates(columns)).toEqual([
      ["zero", "minus"],
      ["yes", "ja"],
    ]);
  });
  test("pruning keeps no two that reach the threshold, leaves out nothing without reason, and keeps the more relevant", () => {
    const columns = fc.array(rows(20), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(columns, fc.double({ min: 0.2, max: 1, noNaN: true }), (some, threshold) => {
        const all = some.map((it, i) => named(`f${i}`, it));
        const { kept, redundant } = pruneByAssociation(all, (name) => Number(name.slice(1)) % 3, threshold);
        expect([...kept, ...redundant.map((it) => it.name)].sort()).toEqual(all.map((it) => it.name));
        for (const it of redundant) {
          expect(it.strength).toBeGreaterThanOrEqual(threshold);
          expect(Number(it.keptInstead.slice(1)) % 3).toBeGreaterThanOrEqual(Number(it.name.slice(1)) % 3);
        }
      }),
    );
  });
  test("mRMR takes the copy of a chosen feature last, although it is as relevant", () => {
    const [x, e] = [normals(500, 8), normals(500, 9)];
    const label = numeric(
      "y",
      x.map((it, i) => it + 0.5 * (e[i] ?? 0)),
    );
    const columns = [numeric("x", x), numeric("copy", x), numeric("e", e), numeric("noise", normals(500, 10))];
    const chosen = chooseFeatures(columns, label, 4);
    expect(chosen.map((it) => it.name)).toEqual(["x", "e", "noise", "copy"]);
    expect(chosen[0]?.relevance).toBeCloseTo(chosen[3]?.relevance ?? 0, 12);
    expect(chooseFeatures(columns, label, 2)).toEqual(chosen.slice(0, 2));
  });
  test("counts do not depend on how far apart the numbers of categories lie", () => {
    const codes = fc.array(fc.tuple(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -1, max: 3 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(codes, (pairs) => {
        const [a, b] = [Int32Array.from(pairs, ([it]) => it), Int32Array.from(pairs, ([, it]) => it)];
        const near = countedInformation(a, b);
        const apart = countedInformation(
          a.map((it) => it * 60_000),
          b.map((it) => it * 60_000 - 7),
        );
        expect(apart.plain).toBeCloseTo(near.plain, 12);
        expect(apart.corrected).toBeCloseTo(near.corrected, 12);
      }),
    );
  });
  test("hundreds of categories cost about what few do, however few rows there are", () => {
    const random = seededRandom(5);
    const codes = (categories: number) => Int32Array.from({ length: 500 }, () => Math.floor(random() * categories));
    const leastMs = (a: Int32Array, b: Int32Array): number =>
      Math.min(
        ...Array.from({ length: 100 }, () => {
          const begun = performance.now();
          countedInformation(a, b);
          return performance.now() - begun;
        }),
      );
    const [few, many] = [leastMs(codes(20), codes(20)), leastMs(codes(250), codes(250))];
    expect(many).toBeLessThan(15 * few);
  });
  test("independent categories have about no corrected information", () => {
    let [plain, corrected] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(seed);
      const codes = () => Int32Array.from({ length: 1_000 }, () => Math.floor(random() * 12));
      const found = countedInformation(codes(), codes());
      plain += found.plain / 20;
      corrected += found.corrected / 20;
    }
    // 121 degrees of freedom over 2,000: 0.0605 on average, scattering by 0.0078 each; what falls below 0 is cut.
    expect(plain).toBeGreaterThan(0.055);
    expect(corrected).toBeLessThan(0.0055);
  });
});

describe("spread", () => {
  test("counts missing as a value, and gives the variance of the others", () => {
    expect(spreadOf(dataColumn("x", [1, 1, 3, null, null, null]))).toMatchObject({
      rows: 6,
      missing: 3,
      distinct: 2,
      commonest: { estimate: 0.5 },
      variance: expect.closeTo(8 / 9, 12),
    });
    expect(spreadOf(dataColumn("x", ["a", "b", "a"]))).toMatchObject({ distinct: 2, commonest: { estimate: 2 / 3 } });
  });
});
