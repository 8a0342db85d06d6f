import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";

/** A failed call in words for a person. */
export interface Failure {
  readonly kind: "down" | "busy" | "missing" | "refused" | "failed";
  readonly title: string;
  /** What the platform said. */
  readonly message: string;
  /** Stable reason such as `RUN_UNKNOWN`; empty if there is none. */
  readonly reason: string;
  readonly next: string;
}

const NEXT: Readonly<Record<Failure["kind"], string>> = {
  down: "The page tries again by itself and goes on once the platform answers.",
  busy: "One service is not ready, or is being replaced. The page tries again by itself.",
  missing: "It may have been deleted, or the address may be wrong. Go back and choose it from its list.",
  refused: "Ask somebody who looks after the project for access.",
  failed: "Try again. If it stays, look into the log of the service for this reason.",
};

const TITLES: Readonly<Record<Failure["kind"], string>> = {
  down: "The platform does not answer",
  busy: "A service does not answer",
  missing: "Not found",
  refused: "Not allowed",
  failed: "This could not be loaded",
};

/** Says what a thrown value means to the person in front of the page. */
export function describeFailure(thrown: unknown): Failure {
  const error = ConnectError.from(thrown);
  const kind = kindOf(error);
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
  return { kind, title: TITLES[kind], message: error.rawMessage, reason, next: NEXT[kind] };
}

/** True if nothing answered, as opposed to an answer that says no. */
export const isDown = (thrown: unknown): boolean => kindOf(ConnectError.from(thrown)) === "down";

/** True if the caller itself gave up, so that there is nothing to tell. */
export const isAborted = (thrown: unknown): boolean => ConnectError.from(thrown).code === Code.Canceled;

function kindOf(error: ConnectError): Failure["kind"] {
  // Our fetch marks an unreachable platform by its cause; a service that is unavailable has none.
  if (error.code === Code.Unavailable) return error.cause instanceof TypeError ? "down" : "busy";
  if (error.code === Code.NotFound) return "missing";
  return error.code === Code.PermissionDenied || error.code === Code.Unauthenticated ? "refused" : "failed";
}
