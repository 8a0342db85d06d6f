import type { IncomingMessage, ServerResponse } from "node:http";
import { LIMITS } from "@throughline/kernel";
import { callerSignal } from "../caller-signal.ts";
import { type Report, sendError, sendJson } from "../http-error.ts";
import { hopHeaders, type TransportOf } from "../service-transports.ts";
import { addressedProject, targetOf } from "../target.ts";
import { type BodyFields, BodyProblem, readBodyFields } from "./body-fields.ts";
import { errorStatus, errorText } from "./errors.ts";
import type { FeastCall } from "./feast-call.ts";
import { materialize, materializeIncremental } from "./materializing.ts";
import { getOnlineFeatures } from "./online-features.ts";
import { push, writeToOnlineStore } from "./pushing.ts";

/** Answers the paths of Feast's feature server; resolves to false for any other. */
export type FeastEdge = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Answers one of the paths, whose body is read. */
type Endpoint = (call: FeastCall, body: BodyFields) => Promise<void>;

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ["/get-online-features", getOnlineFeatures],
  ["/push", push],
  ["/write-to-online-store", writeToOnlineStore],
  ["/materialize", materialize],
  ["/materialize-incremental", materializeIncremental],
]);

/**
 * The REST API of Feast's feature server, for callers that know no more than its address, which chooses the project:
 * `http://host:8080` is the project `default`, and `http://host:8080/projects/flights` is the project `flights`. Its
 * `/health` is answered where MLflow's is.
 */
export function feastEdge(transportOf: TransportOf, report: Report): FeastEdge {
  return async (request, response) => {
    const { path, query } = targetOf(request);
    const { project, below } = addressedProject(path);
    const endpoint = ENDPOINTS.get(below);
    if (!endpoint) return false;
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      sendJson(response, 405, { detail: "Method Not Allowed" });
      return true;
    }
    try {
      const headers = hopHeaders((header) => request.headers[header]?.toString());
      const call = { project, query, headers, transportOf, response, whenLeft: () => callerSignal(request) };
      await endpoint(call, await readBodyFields(request, LIMITS.messageBytesMax));
    } catch (thrown) {
      if (thrown instanceof BodyProblem) sendJson(response, 422, { detail: thrown.details });
      else sendError(response, thrown, { report, statusOf: errorStatus, shape: errorText });
    }
    return true;
  };
}
