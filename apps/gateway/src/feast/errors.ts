import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { DomainError } from "@throughline/kernel";
import { httpStatus } from "../http-error.ts";

/** Feast's own name for what went wrong; its clients raise an exception of this class again. */
type FeastClass =
  | "FeatureServiceNotFoundException"
  | "FeatureViewNotFoundException"
  | "PushSourceNotFoundException"
  | "FeatureNameCollisionError";

const CLASS_OF_REASON: Readonly<Record<string, FeastClass>> = {
  FEATURE_SERVICE_NOT_FOUND: "FeatureServiceNotFoundException",
  FEATURE_VIEW_NOT_FOUND: "FeatureViewNotFoundException",
  PUSH_SOURCE_NOT_FOUND: "PushSourceNotFoundException",
  FEATURE_NAME_COLLISION: "FeatureNameCollisionError",
};

const infoOf = (error: ConnectError) => error.findDetails(ErrorInfoSchema)[0];

/** What is wrong with a request is 422, also where Feast's server has 500; all else is as on the gateway's other paths. */
export function errorStatus(error: ConnectError): number {
  const reason = infoOf(error)?.reason;
  if (reason === "PUSH_SOURCE_NOT_FOUND") return 422;
  const status = httpStatus(error);
  return status === 400 || status === 412 ? 422 : status;
}

/** A text, which holds JSON if Feast has a class for the error. */
export function errorText(error: ConnectError): string {
  const reason = infoOf(error)?.reason ?? "";
  const name = Object.hasOwn(CLASS_OF_REASON, reason) ? CLASS_OF_REASON[reason] : undefined;
  if (name === undefined) return error.rawMessage;
  return JSON.stringify({ module: "feast.errors", class: name, message: error.rawMessage });
}

/**
 * Says in Feast's words which view or feature service does not exist, and names a field that is wrong as the caller did:
 * `fieldOf` gives that for our field. Gives back any other error.
 */
export function asFeastError(error: unknown, fieldOf: (path: string) => string): unknown {
  if (!(error instanceof ConnectError)) return error;
  if (error.code === Code.InvalidArgument) return inCallersFields(error, fieldOf);
  if (error.code !== Code.NotFound) return error;
  const resource = infoOf(error)?.metadata["resource"] ?? "";
  const [, project = "", kind = "", id = ""] = /^projects\/([^/]+)\/(\w+)\/([^/ ]+)/.exec(resource) ?? [];
  if (kind === "featureServices") {
    const message = `Feature service ${id} does not exist in project ${project}`;
    return new DomainError("not_found", "FEATURE_SERVICE_NOT_FOUND", message);
  }
  if (kind === "featureViews") {
    const message = `Feature view ${id} does not exist in project ${project}`;
    return new DomainError("not_found", "FEATURE_VIEW_NOT_FOUND", message);
  }
  if (kind === "sources") return noPushSource(id);
  return error;
}

function inCallersFields(error: ConnectError, fieldOf: (path: string) => string): unknown {
  const violations = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
  return violations.length === 0
    ? error
    : refused(violations.map((it) => `${fieldOf(it.field)}: ${it.description}`).join("; "));
}

export const noPushSource = (id: string): DomainError =>
  new DomainError("not_found", "PUSH_SOURCE_NOT_FOUND", `Unable to find push source '${id}'.`);

export const nameCollision = (name: string): DomainError =>
  new DomainError(
    "invalid",
    "FEATURE_NAME_COLLISION",
    `Duplicate features named ${name} found.\nSet 'full_feature_names' to true, or ask for features of different names.`,
  );

/** What is wrong with a request, in words. */
export const refused = (message: string): DomainError => new DomainError("invalid", "FEAST_REQUEST_REFUSED", message);
