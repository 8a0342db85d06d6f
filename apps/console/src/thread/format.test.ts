import { describe, expect, test } from "vitest";
import { ago, basisPoints, bytes, duration, figure, instant, percent, words } from "./format.ts";

const at = (seconds: number) => ({
  $typeName: "google.protobuf.Timestamp" as const,
  seconds: BigInt(seconds),
  nanos: 0,
});

test.each([
  [0, "0"],
  [0.71234567, "0.7123"],
  [123456, "123,456"],
  [123456.789, "123,456.8"],
  [0.00001234, "1.234e-5"],
  [-3.5, "-3.5"],
  [Number.NaN, "–"],
  [undefined, "–"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("the figure %s is written %s", (value, text) => expect(figure(value)).toBe(text));

describe("times", () => {
  test("an instant is in UTC", () => expect(instant(at(1_379_178_300))).toBe("2013-09-14 17:05:00"));
  test("an instant beyond all calendars is a dash", () => expect(instant(at(9e15))).toBe("–"));
  test.each([
    [5, "just now"],
    [-5, "just now"],
    [65, "1 minute ago"],
    [7_300, "2 hours ago"],
    [86_400 * 3, "3 days ago"],
  ])("%i seconds later it was %s", (later, text) => expect(ago(at(1_000), (1_000 + later) * 1_000)).toBe(text));
  test("no time is a dash", () => expect(ago(undefined, 0)).toBe("–"));
  test.each([
    [830, "830 ms"],
    [12_400, "12.4 s"],
    [3_840_000, "1 h 4 min"],
    [86_400_000 * 3, "3 d"],
    [Number.NaN, "–"],
  ])("%d ms are written %s", (ms, text) => expect(duration(ms)).toBe(text));
});

test("shares, sizes and names of states are in words", () => {
  expect(basisPoints(1_000)).toBe("10 %");
  expect(percent(1 / 3)).toBe("33.33 %");
  expect(bytes(1_536n)).toBe("1.5 KiB");
  expect(bytes(12)).toBe("12 B");
  expect(words("NOT_ENOUGH_DATA")).toBe("not enough data");
});
