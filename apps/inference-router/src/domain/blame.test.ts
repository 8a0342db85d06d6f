import { readFileSync } from "node:fs";
import { DomainError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { blameOfReason, isReleaseFailure } from "./blame.ts";

/** Where the refusals of requests, of feedback and of exports are made. */
const FILES = ["errors.ts", "log-errors.ts", "request-rows.ts", "graph/errors.ts", "../host/errors.ts"];

const reasonsIn = (file: string): readonly string[] => {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return [...text.matchAll(/"([A-Z]+(?:_[A-Z]+)+|CANCELLED)"/g)].flatMap((it) => it[1] ?? []);
};

test("the table says of every refusal whose fault it is", () => {
  const reasons = FILES.flatMap(reasonsIn);
  expect(reasons.length).toBeGreaterThan(35);
  expect(reasons.filter((it) => blameOfReason(it) === undefined)).toEqual([]);
});

const refused = (reason: Uppercase<string>) => new DomainError("invalid", reason, "no");
const [alone, compared] = [false, true].map((isCompared) => ({ isCompared, byTensors: true }));

test.each([
  ["a request with too many rows is nobody's but the caller's", "TOO_MANY_ROWS", [false, false]],
  ["a request that does not fit counts where another release might have taken it", "INPUTS_INVALID", [false, true]],
  ["a model that crashes is the release's", "MODEL_CRASHED", [true, true]],
  ["a caller who waited no longer may have waited long", "DEADLINE_EXCEEDED", [true, true]],
  ["a log that takes no more is the platform's", "PREDICTION_LOG_BUSY", [false, false]],
  ["what another service says of a request is the release's, which asked", "ENTITY_UNKNOWN", [true, true]],
] as const)("%s", (_, reason, counted) => {
  expect([alone, compared].map((it) => it && isReleaseFailure(refused(reason), it))).toEqual(counted);
});

test("nothing out of inputs that are no numbers is the caller's, and out of others, or features, the release's", () => {
  for (const reason of ["MODEL_OUTPUT_INVALID", "NODE_OUTPUT_INVALID", "EXPRESSION_WITHOUT_VALUE"] as const) {
    const failed = (hasNone: boolean, isCompared = false) =>
      isReleaseFailure(refused(reason), { isCompared, byTensors: true, hasNoNumber: () => hasNone });
    expect([failed(true), failed(false), failed(true, true)]).toEqual([false, true, true]);
    expect(isReleaseFailure(refused(reason), { isCompared: false, byTensors: false })).toBe(true);
  }
  const unseen = (): boolean => expect.fail("nobody has to look");
  const nothing = refused("MODEL_OUTPUT_INVALID");
  expect(isReleaseFailure(nothing, { isCompared: true, byTensors: true, hasNoNumber: unseen })).toBe(true);
  const crashed = { isCompared: false, byTensors: true, hasNoNumber: () => true };
  expect(isReleaseFailure(refused("MODEL_CRASHED"), crashed)).toBe(true);
});

test("a model that refuses the features of its own release has failed, and a bug is a failure", () => {
  expect(isReleaseFailure(refused("INPUTS_REFUSED"), { isCompared: false, byTensors: false })).toBe(true);
  expect(isReleaseFailure(refused("INPUTS_REFUSED"), { isCompared: false, byTensors: true })).toBe(false);
  expect(isReleaseFailure(new TypeError("x"), { isCompared: false, byTensors: true })).toBe(true);
});
