import { DomainError } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { expect, test } from "vitest";
import { httpStatus } from "../http-error.ts";
import { mlflowError } from "./errors.ts";

test.each([
  ["BODY_TOO_LARGE", 413],
  ["BLOB_TOO_LARGE", 413],
  ["BATCH_TOO_LARGE", 413],
  // This is worth trying again.
  ["TOO_MANY_CALLS", 429],
])("of what is exhausted, %s has status %d, for MLflow's clients and for others", (reason, status) => {
  const error = translate(new DomainError("exhausted", reason as Uppercase<string>, "too much"), () => {});
  expect([mlflowError(error).status, httpStatus(error)]).toEqual([status, status]);
});
