import type { IncomingMessage } from "node:http";
import { LIMITS } from "@throughline/kernel";
import { expect, test } from "vitest";
import { callerDeadline, leftUntil } from "./caller-time.ts";

const leftOf = (headers: Record<string, string>): number =>
  leftUntil(callerDeadline({ headers } as unknown as IncomingMessage));

test.for([
  ["250m", 250],
  ["2S", 2_000],
  ["1H", LIMITS.deadlineMsMax],
  ["soon", LIMITS.deadlineMsMax],
  ["-1m", LIMITS.deadlineMsMax],
  ["", LIMITS.deadlineMsMax],
] as const)("of a caller who says %o about %d ms are left", ([said, ms]) => {
  const left = leftOf({ "grpc-timeout": said });
  // gRPC has no parts of milliseconds, and refuses what is no whole number.
  expect(Number.isInteger(left)).toBe(true);
  expect(left).toBeLessThanOrEqual(ms);
  expect(left).toBeGreaterThan(ms / 2);
});

test("who says nothing has as long as any call", () => {
  expect(leftOf({})).toBeGreaterThan(LIMITS.deadlineMsMax / 2);
});

test("who has no time has a moment, in which the call is told so", () => {
  expect(leftOf({ "grpc-timeout": "0m" })).toBe(1);
});
