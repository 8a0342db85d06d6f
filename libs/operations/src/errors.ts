import { DomainError } from "@throughline/kernel";
import type { OperationError } from "./operation.ts";

/** The work was asked to stop. */
export const cancelled = () =>
  new DomainError("cancelled", "OPERATION_CANCELLED", "The operation was cancelled on request.");

/** The service stops. */
export const interruptedError = () => new DomainError("unavailable", "OPERATION_INTERRUPTED", interrupted.message);

/** What an operation ends with whose process is gone. */
export const interrupted: OperationError = {
  reason: "OPERATION_INTERRUPTED",
  message: "The service stopped while it was at work. Start the operation again, with a new request_id.",
  metadata: {},
};

/** No more work may begin now. */
export const tooManyOperations = (most: number) =>
  new DomainError(
    "exhausted",
    "TOO_MANY_OPERATIONS",
    `${most} operations are running. Wait for one to end, then try again.`,
  );
