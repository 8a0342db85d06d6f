import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toCalendar, toParent, toPrefix, toRange } from "./generalise.ts";

const at = (text: string): { ns: bigint } => ({ ns: BigInt(Date.parse(text)) * 1_000_000n });

describe("ranges", () => {
  const age = toRange([18, 30, 65]);
  test.each([
    [17.999, "(-inf, 18)"],
    [18, "[18, 30)"],
    [29n, "[18, 30)"],
    [64.5, "[30, 65)"],
    [65n, "[65, inf)"],
    [Number.NEGATIVE_INFINITY, "(-inf, 18)"],
    [Number.POSITIVE_INFINITY, "[65, inf)"],
    [null, null],
    [Number.NaN, undefined],
    ["18", undefined],
  ])("%s lies in %s", (value, range) => expect(age(value)).toBe(range));

  test("whole numbers beyond 2^53 are compared exactly", () => {
    const near = toRange([2 ** 53]);
    expect([near(2n ** 53n - 1n), near(2n ** 53n), near(2n ** 53n + 1n)]).toEqual([
      "(-inf, 9007199254740992)",
      "[9007199254740992, inf)",
      "[9007199254740992, inf)",
    ]);
  });
});

describe("calendars, in UTC", () => {
  const late = { ns: at("2026-11-30T23:59:59.999Z").ns + 999_999n };
  test.each([
    ["day", "2026-11-30T00:00:00Z"],
    ["month", "2026-11-01T00:00:00Z"],
    ["quarter", "2026-10-01T00:00:00Z"],
    ["year", "2026-01-01T00:00:00Z"],
  ] as const)("the last nanosecond of November lies in the %s from %s", (unit, start) => {
    expect(toCalendar(unit)(late)).toEqual(at(start));
  });
  test("a nanosecond before 1970 lies in 1969, and the year 50 stays the year 50", () => {
    expect(toCalendar("year")({ ns: -1n })).toEqual(at("1969-01-01T00:00:00Z"));
    expect(toCalendar("month")(at("0050-06-15T00:00:00Z"))).toEqual(at("0050-06-01T00:00:00Z"));
  });
  test("a start is its own start, is not later, and nothing lies between", () => {
    const unit = fc.constantFrom("day", "month", "quarter", "year" as const) as fc.Arbitrary<"day">;
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), unit, (ns, it) => {
        const start = toCalendar(it)({ ns }) as { ns: bigint };
        expect(start.ns <= ns).toBe(true);
        expect(toCalendar(it)(start)).toEqual(start);
        expect(ns - start.ns < 366n * 86_400_000_000_000n).toBe(true);
      }),
    );
  });
  test("what is no time has no calendar", () => {
    expect([toCalendar("day")("2026-11-30"), toCalendar("day")(null)]).toEqual([undefined, null]);
  });
});

describe("codes", () => {
  test("keep their first characters; what is not longer has no coarser form", () => {
    const area = toPrefix(3);
    expect(["10115", "10117", "101", "", null, 10115n].map((it) => area(it))).toEqual([
      "101*",
      "101*",
      undefined,
      undefined,
      null,
      undefined,
    ]);
    expect(toPrefix(1)("😀😁")).toBe("😀*");
  });
  test("become their parents; what the table has not is not shown", () => {
    const parent = toParent(new Map([["J45.0", "J45"]]));
    expect(["J45.0", "J45", null].map((it) => parent(it))).toEqual(["J45", undefined, null]);
  });
});
