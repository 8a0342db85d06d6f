import { expect, test } from "vitest";
import { timeoutMsOf } from "./grpc-status.ts";

test.for([
  ["250m", 250],
  ["2S", 2_000],
  ["1M", 60_000],
  ["99999999H", 359_999_996_400_000],
  ["1500u", 1.5],
  ["0n", 0],
  ["007m", 7],
] as const)("%s leaves %d ms", ([text, ms]) => {
  expect(timeoutMsOf(text)).toBeCloseTo(ms, 9);
});

test.for(["", "m", "5", "5s", "-5m", "+5m", "5.0m", "5 m", "٣m", "123456789m", "5mm", "5__proto__"])(
  "%o is no time",
  (text) => {
    expect(timeoutMsOf(text)).toBeUndefined();
  },
);
