import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { DomainError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { packedDetails, translate } from "./errors.ts";

const ignored = () => {};

test("an error that says when to try again carries it as RetryInfo, and another one carries none", () => {
  const full = new DomainError("exhausted", "FULL", "It is full.", { retryAfterMs: 1_234.5 });
  const error = translate(full, ignored);
  expect(error.code).toBe(Code.ResourceExhausted);
  const [info, retry, ...more] = packedDetails(error);
  expect(info && anyUnpack(info, ErrorInfoSchema)?.reason).toBe("FULL");
  const delay = retry && anyUnpack(retry, RetryInfoSchema)?.retryDelay;
  expect(delay && durationMs(delay)).toBe(1_235);
  expect(more).toEqual([]);
  const plain = translate(new DomainError("exhausted", "FULL", "It is full."), ignored);
  expect(packedDetails(plain)).toHaveLength(1);
});
