import { describe, expect, test } from "vitest";
import {
  alreadyExists,
  DomainError,
  invalidField,
  invariant,
  isDomainError,
  notFound,
  revisionConflict,
} from "./errors.ts";

describe("DomainError", () => {
  test("carries what programs branch on beside the text", () => {
    expect(revisionConflict("models/a", "3", "4")).toMatchObject({
      name: "DomainError",
      kind: "conflict",
      reason: "REVISION_CONFLICT",
      metadata: { resource: "models/a", expected: "3", actual: "4" },
      violations: [],
    });
  });

  test.each([
    [notFound("models/a"), "not_found", "NOT_FOUND"],
    [alreadyExists("models/a"), "exists", "ALREADY_EXISTS"],
    [invalidField("a.b", "is wrong"), "invalid", "INVALID_FIELD"],
  ] as const)("has one kind and reason for each failure (%s)", (error, kind, reason) => {
    expect(error).toMatchObject({ kind, reason });
    expect(isDomainError(error, reason)).toBe(true);
  });

  test("names the field at fault by its path, in the violation and in the metadata", () => {
    const error = invalidField("version.sources[2].uri", "is empty", "BAD_SOURCE");
    expect(error.violations).toEqual([{ path: "version.sources[2].uri", description: "is empty" }]);
    expect(error).toMatchObject({ reason: "BAD_SOURCE", metadata: { field: "version.sources[2].uri" } });
    expect(error.message).toBe("version.sources[2].uri: is empty");
  });

  test("keeps its cause, and has none unless one is given", () => {
    const cause = new Error("disk");
    expect(new DomainError("unavailable", "DOWN", "down", { cause }).cause).toBe(cause);
    expect("cause" in new DomainError("unavailable", "DOWN", "down")).toBe(false);
  });

  test("is told from other errors, and by its reason", () => {
    expect(isDomainError(new Error("NOT_FOUND"))).toBe(false);
    expect(isDomainError({ kind: "not_found", reason: "NOT_FOUND" })).toBe(false);
    expect(isDomainError(notFound("a"), "ALREADY_EXISTS")).toBe(false);
    expect(isDomainError(notFound("a"))).toBe(true);
  });
});

test("a broken invariant is a bug and no DomainError", () => {
  expect(() => invariant(true, "never")).not.toThrow();
  const broken = () => invariant(0, "the count is positive");
  expect(broken).toThrow("invariant broken: the count is positive");
  expect(broken).not.toThrow(DomainError);
});
