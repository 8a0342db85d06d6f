import type { IncomingMessage, ServerResponse } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { invalidField, LIMITS } from "@throughline/kernel";
import { callerSignal } from "../caller-signal.ts";
import { readExactJson } from "../exact-json-body.ts";
import { type Report, sendError } from "../http-error.ts";
import { answerJson } from "../json-answer.ts";
import { fieldsOf, fieldsOfQuery } from "../json-fields.ts";
import { hopHeaders, type TransportOf } from "../service-transports.ts";
import { decodeOnce, queryOf, targetOf } from "../target.ts";
import { answerArtifacts } from "./artifact-routes.ts";
import { type BareCall, type Endpoint, type MlflowCall, SENT, type Verb } from "./endpoint.ts";
import { ENDPOINTS, endpointFinder, type FindEndpoints } from "./endpoints.ts";
import { endpointNotFound, mlflowError, verbRefused } from "./errors.ts";
import { SPOKEN_VERSION } from "./server-info.ts";

/** Answers the paths of MLflow's API; resolves to false for any other. */
export type MlflowEdge = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface MlflowEdgeOptions {
  readonly transportOf: TransportOf;
  /** The address that a request with this Host came to, such as `https://ml.example.com`. */
  readonly addressOf: (host: string | undefined) => string;
}

/** The base, the project, which of the two APIs, and the path below it. */
const API = /^((?:\/projects\/([^/]+))?\/(?:ajax-)?api\/[23]\.0)\/mlflow(-artifacts)?\/(.*)$/;
/** What MLflow's pages read beside its API. */
const PAGE_FILE = /^((?:\/projects\/([^/]+))?)()\/(get-artifact|model-versions\/get-artifact)$/;
const PROBE = /^(?:\/projects\/[^/]+)?\/(health|version)$/;
/** What neither begins with is no path of ours: most requests are for somebody else. */
const STARTS = [
  "/api/",
  "/ajax-api/",
  "/projects/",
  "/health",
  "/version",
  "/get-artifact",
  "/model-versions/get-artifact",
] as const;

const PROJECT = /^[a-z0-9][a-z0-9-]{0,62}$/;
const DEFAULT_PROJECT = "default";

/**
 * MLflow's REST API, for its unmodified clients. The address that a client is given chooses the project:
 * `http://host:8080` is the project `default`, and `http://host:8080/projects/flights` is the project `flights`.
 */
export function mlflowEdge({ transportOf, addressOf }: MlflowEdgeOptions, report: Report): MlflowEdge {
  const find = endpointFinder(ENDPOINTS);
  return async (request, response) => {
    const { path, query } = targetOf(request);
    if (!STARTS.some((it) => path.startsWith(it))) return false;
    const probe = PROBE.exec(path)?.[1];
    if (probe !== undefined && isRead(request)) {
      sendText(response, probe === "health" ? "OK" : SPOKEN_VERSION);
      return true;
    }
    const [, base = "", project = DEFAULT_PROJECT, artifacts = "", below = ""] =
      API.exec(path) ?? PAGE_FILE.exec(path) ?? [];
    if (below === "" && base === "") return false;
    try {
      if (!PROJECT.test(project)) throw invalidField("project", "expected lower-case letters, digits and dashes");
      const headers = bearing(hopHeaders((name) => request.headers[name]?.toString()));
      const call = { project: `projects/${project}`, pathValues: [], headers, transportOf, request, response };
      const url = `${addressOf(request.headers.host)}${base}`;
      if (artifacts !== "") await answerArtifacts({ ...call, path: below, query, base: url });
      else await answer({ call, find }, below, query);
    } catch (thrown) {
      sendError(response, thrown, { report, statusOf, shape });
    }
    return true;
  };
}

const statusOf = (error: ConnectError): number => mlflowError(error).status;
const shape = (error: ConnectError): unknown => mlflowError(error).body;

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";

interface Answering {
  readonly call: BareCall;
  readonly find: FindEndpoints;
}

async function answer({ call, find }: Answering, path: string, query: string): Promise<void> {
  const matching = find(path);
  if (matching.length === 0) throw endpointNotFound(`mlflow/${path}`);
  const verb = call.request.method === "HEAD" ? "GET" : call.request.method;
  const found = matching.find((it) => it.endpoint.verbs.includes(verb as Verb));
  if (!found) throw verbRefused(matching.flatMap((it) => it.endpoint.verbs));
  const pathValues = found.pathValues.length === 0 ? found.pathValues : found.pathValues.map(pathValue);
  const fields = await fieldsIn(call.request, found.endpoint, query);
  const asked: MlflowCall = {
    ...call,
    pathValues,
    fields,
    ...(isReading(found.endpoint) && { signal: callerSignal(call.request) }),
  };
  const body = await found.endpoint.answer(asked);
  if (body !== SENT) answerJson(call.response, JSON.stringify(body));
}

const isReading = ({ verbs, path }: Endpoint): boolean => verbs.includes("GET") || path.endsWith("/search");

/** A slash that was encoded would make of one segment two. */
function pathValue(segment: string): string {
  const value = decodeOnce(segment);
  if (value.includes("/")) throw invalidField("path", "an id has no slash in it");
  return value;
}

/** Those of the body, or of the query where there is no body. */
async function fieldsIn(request: IncomingMessage, endpoint: Endpoint, query: string): Promise<MlflowCall["fields"]> {
  const body =
    isRead(request) || endpoint.takesBytes === true
      ? undefined
      : await readExactJson(request, endpoint.bytesMax ?? LIMITS.messageBytesMax);
  return body === undefined ? fieldsOfQuery(queryOf(query)) : fieldsOf(body, "");
}

/** MLflow's clients show a token as Bearer, or a user and a password as Basic: then the password is the token. */
function bearing(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,8192})$/i.exec(headers["authorization"] ?? "") ?? [];
  if (encoded === undefined) return headers;
  const [, token] = /^[^:]*:([\x21-\x7e]+)$/.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  return token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "content-length": text.length }).end(text);
}
