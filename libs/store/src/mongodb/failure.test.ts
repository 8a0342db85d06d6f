import { expect, test } from "vitest";
import { asMongodbFailure } from "./failure.ts";

test("an error that the driver passes on from its socket says that the storage is away, and a bug stays a bug", () => {
  const ended = Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });
  expect(asMongodbFailure(ended, false)).toMatchObject({ kind: "unavailable", reason: "STORAGE_UNAVAILABLE" });
  expect(asMongodbFailure(ended, true)).toMatchObject({ kind: "unavailable", reason: "WRITE_OUTCOME_UNKNOWN" });
  const bug = new TypeError("x is not a function");
  expect(asMongodbFailure(bug, true)).toBe(bug);
});
