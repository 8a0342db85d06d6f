import { type BulkWriteResult, MongoBulkWriteError, MongoServerError } from "mongodb";
import { expect, test } from "vitest";
import { asMongodbFailure } from "./failure.ts";

test.each([257, 388])(
  "a transaction that is too large (%d) is a limit, with what to do, and nothing was written",
  (code) => {
    const error = new MongoServerError({
      message: "transaction is too large and will not fit in the storage engine cache",
      code,
    });
    for (const thrown of [error, new MongoBulkWriteError(error, {} as BulkWriteResult)]) {
      const told = asMongodbFailure(thrown, true);
      expect(told).toMatchObject({ kind: "exhausted", reason: "BATCH_TOO_LARGE" });
      expect(String(told)).toMatch(/smaller parts.*cacheSizeGB/);
    }
  },
);

test("an error that the driver passes on from its socket says that the storage is away, and a bug stays a bug", () => {
  const ended = Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });
  expect(asMongodbFailure(ended, false)).toMatchObject({ kind: "unavailable", reason: "STORAGE_UNAVAILABLE" });
  expect(asMongodbFailure(ended, true)).toMatchObject({ kind: "unavailable", reason: "WRITE_OUTCOME_UNKNOWN" });
  const bug = new TypeError("x is not a function");
  expect(asMongodbFailure(bug, true)).toBe(bug);
});
