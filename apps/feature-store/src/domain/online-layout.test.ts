import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleView } from "../laws/sample-definitions.ts";
import type { AggregateFeature } from "./feature-view.ts";
import { onlineLayout, seriesKinds, seriesOf } from "./online-layout.ts";
import { typeOf } from "./value-type.ts";
import { aggregateOf } from "./window-feature.ts";

type Window = Pick<AggregateFeature, "function" | "columnType" | "k">;

const viewOf = (windows: readonly Window[], windowNs = 60n) =>
  sampleView({
    features: [
      { kind: "column", name: "n", column: "n", description: "", type: "int64" },
      ...windows.map((it, i): AggregateFeature => {
        const window = { kind: "aggregate" as const, column: it.function === "count" ? "" : "n", windowNs, ...it };
        return { ...window, ...aggregateOf(window), name: `w${i}`, description: "", type: "int64" };
      }),
    ],
  });
const count: Window = { function: "count" };
const whole = (of: Window["function"], k?: number): Window => ({
  function: of,
  columnType: "int64",
  ...(k !== undefined && { k }),
});

describe("a layout", () => {
  test("of counts and whole sums has the name that it had before there were tiles, so that what is online stays", () => {
    const layout = onlineLayout(viewOf([count, whole("sum"), whole("mean")]));
    expect(layout.id).toBe("e46fecfec9606bbf9a1ed297");
    expect(seriesKinds(layout)).toEqual(["latest", "sums"]);
  });

  test("is shared by windows of other lengths, and by features that need the same states", () => {
    const layout = onlineLayout(viewOf([whole("last", 3), whole("min"), whole("variance")]));
    const other = onlineLayout(
      viewOf([whole("last", 1), whole("min"), whole("max"), whole("last", 3), whole("variance")], 7n),
    );
    expect(other.id).toBe(layout.id);
    expect(seriesKinds(layout)).toEqual(["latest", "sums", "rows", 0, 1, 2]);
  });

  test("is another when more must be kept", () => {
    const few = onlineLayout(viewOf([whole("last", 3)]));
    expect(onlineLayout(viewOf([whole("last", 4)])).id).not.toBe(few.id);
    expect(onlineLayout(viewOf([whole("last", 3), whole("variance")])).id).not.toBe(few.id);
  });
});

/** Values that print alike in many types, and others. */
const keyValue: fc.Arbitrary<FeatureValue> = fc.oneof(
  fc.constantFrom<FeatureValue>(
    1n,
    "1",
    1,
    1.5,
    "1.5",
    true,
    "true",
    0,
    -0,
    0n,
    "0",
    false,
    "",
    Number.POSITIVE_INFINITY,
  ),
  fc.constantFrom<FeatureValue>({ ns: 1n }, { ns: 0n }, Uint8Array.of(1), Uint8Array.of(0x31), Uint8Array.of()),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array({ maxLength: 12 }),
);
const keysArb = fc.array(keyValue, { minLength: 1, maxLength: 3 });

/** A text that tells types apart by their names, and values as they print. */
const textOf = (it: FeatureValue): string => {
  const value = it instanceof Uint8Array ? Buffer.from(it).toString("hex") : it;
  return `${typeOf(it)} ${typeof value === "object" && value !== null && "ns" in value ? value.ns : value}`;
};

test("keys of two types or two values are never one series, and zeros of both signs are", () => {
  const hex = (keys: readonly FeatureValue[]): string =>
    Buffer.from(seriesOf({ id: "00" }, "latest", keys)).toString("hex");
  fc.assert(
    fc.property(keysArb, keysArb, (a, b) => {
      const areSame = JSON.stringify(a.map(textOf)) === JSON.stringify(b.map(textOf));
      expect(hex(a) === hex(b)).toBe(areSame);
      expect(hex([0, ...a])).toBe(hex([-0, ...a]));
    }),
    { numRuns: 3_000 },
  );
});
