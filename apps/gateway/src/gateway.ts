import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRegistry, type DescFile, type DescService } from "@bufbuild/protobuf";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { invariant } from "@throughline/kernel";
import { type Address, acceptWaiting, adminPage, type Readiness } from "@throughline/rpc";
import type { Log, Telemetry } from "@throughline/telemetry";
import { alertmanagerEdge } from "./alertmanager/alertmanager-edge.ts";
import { type BrowserGuard, browserGuard } from "./browser-guard.ts";
import { connectEdge } from "./connect-edge.ts";
import { limitConnections } from "./connections.ts";
import { consoleFiles } from "./console-files.ts";
import { feastEdge } from "./feast/feast-edge.ts";
import { GatewayRequest } from "./gateway-request.ts";
import { GatewayResponse, type GatewayServer } from "./gateway-response.ts";
import { type Report, sendError, sendJson, sendVerbRefused } from "./http-error.ts";
import { jsonWriter } from "./json-writer.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
import { mlflowEdge } from "./mlflow/mlflow-edge.ts";
import { openInferenceEdge } from "./open-inference.ts";
import { openApiDocument } from "./openapi.ts";
import { addressedBy, publicHost } from "./public-host.ts";
import { answerRest } from "./rest.ts";
import { routesOf, routeTable } from "./routes.ts";
import { gatewayStopping, type ServiceTransports, transportOf } from "./service-transports.ts";
import { targetOf } from "./target.ts";

export interface GatewayOptions extends Address {
  readonly transports: ServiceTransports;
  readonly readiness: Readiness;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Folder with the console's built files. */
  readonly consoleDir: string;
  /**
   * Names besides the machine's own that the gateway is reached by, such as `throughline.example.com`, or
   * `https://throughline.example.com` where a proxy in front speaks TLS.
   */
  readonly hosts: readonly string[];
  /** What is not named is as GATEWAY_LIMITS has it. */
  readonly limits?: Partial<GatewayLimits>;
}

export interface Gateway {
  readonly port: number;
  /** Takes no more requests, ends watches, and resolves when the calls under way have ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Answers a request that is its own, and gives false for any other. */
type Edge = (request: IncomingMessage, response: GatewayResponse) => Promise<boolean> | boolean;

/**
 * Serves everything that speaks HTTP: REST from the contracts, the OpenAPI document, Open Inference REST, Connect and
 * gRPC-Web for the browser, the operators' pages and the console. It decides nothing: every call goes to its service,
 * which checks who calls.
 */
export async function serveGateway(options: GatewayOptions): Promise<Gateway> {
  const limits: GatewayLimits = { ...GATEWAY_LIMITS, ...options.limits };
  const stopping = new AbortController();
  const report: Report = (cause) => options.log.error({ event: "bug", service: "gateway" }, cause);
  const edges = edgesOf({ ...options, limits }, stopping.signal, report);
  // The guard needs the port, which is known only once the server listens.
  let guard: BrowserGuard | undefined;
  const interval = { connectionsCheckingInterval: Math.min(5_000, limits.headersMsMax / 2) };
  const server = createServer(
    {
      IncomingMessage: GatewayRequest,
      ServerResponse: GatewayResponse,
      maxHeaderSize: 16 * 1024,
      requireHostHeader: false,
      ...interval,
    },
    (request, response) => {
      invariant(guard, "a request came before the server listened");
      void handle({ guard, edges, report }, request, response);
    },
  );
  limitConnections(server, limits);
  const port = await listen(server, options);
  guard = browserGuard({ port, hosts: options.hosts });
  return {
    port,
    stop(graceMs) {
      stopping.abort(gatewayStopping());
      return stop(server, graceMs);
    },
  };
}

function edgesOf(
  options: GatewayOptions & { readonly limits: GatewayLimits },
  stopping: AbortSignal,
  report: Report,
): Edges {
  const services = servicesOf(Object.keys(SERVICES) as ServiceName[]);
  const of = transportOf(options.transports);
  const routes = routesOf(services);
  const registry = createRegistry(...filesOf(services));
  const rest = {
    routes: routeTable(routes),
    transportOf: of,
    registry,
    json: jsonWriter(registry),
    limits: options.limits,
    stopping,
    report,
  };
  const answerRoutes: Edge = (request, response) => answerRest(rest, request, response);
  const feast = feastEdge(of, report);
  const openInference = openInferenceEdge(options.transports["inference-router"], report);
  const all: readonly Edge[] = [
    mlflowEdge({ transportOf: of, addressOf: addressedBy(options.hosts.map(publicHost)) }, report),
    feast,
    connectEdge(services, { transportOf: of, stopping }, report),
    answerRoutes,
    openInference,
    alertmanagerEdge(of, report),
    openApiEdge(openApiDocument(routes)),
    (request, response) => answerAdmin(options, request, response),
    sendNoRoute,
    consoleFiles(options.consoleDir, options.log),
  ];
  return {
    all,
    byStart: new Map([
      ["/v1/", answerRoutes],
      ["/v2/", openInference],
      ["/get", feast],
    ]),
  };
}

const START_LENGTH = 4;

interface Edges {
  /** In the order in which they are asked. */
  readonly all: readonly Edge[];
  /** Which to ask first, by the first characters of the path: those that most calls are for. */
  readonly byStart: ReadonlyMap<string, Edge>;
}

/** The files of the services and of all that they import: an Any in an answer may hold a message of any of them. */
function filesOf(services: readonly DescService[]): readonly DescFile[] {
  const files = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    file.dependencies.forEach(add);
  };
  for (const it of services) add(it.file);
  return [...files];
}

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";

function openApiEdge(document: unknown): Edge {
  const bytes = Buffer.from(JSON.stringify(document));
  return async (request, response) => {
    if (targetOf(request).path !== "/openapi.json") return false;
    if (!isRead(request)) sendVerbRefused(response, ["GET", "HEAD"]);
    else response.writeHead(200, { "content-type": "application/json", "content-length": bytes.byteLength }).end(bytes);
    return true;
  };
}

async function answerAdmin(
  options: GatewayOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { path } = targetOf(request);
  if (path !== "/livez" && path !== "/readyz" && path !== "/metrics") return false;
  if (!isRead(request)) {
    sendVerbRefused(response, ["GET", "HEAD"]);
    return true;
  }
  const page = await adminPage(path, { state: options.readiness, telemetry: options.telemetry });
  response
    .writeHead(page.status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" })
    .end(page.body);
  return true;
}

/** What looks like a call, and is none, is no page of the console either. */
async function sendNoRoute(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { path } = targetOf(request);
  if (!/^\/(v1|v2)(\/|$)|^\/(throughline|inference|grpc)\.[\w.]+\//i.test(path)) return false;
  const message = `No method has the path ${path.slice(0, 300)}. /openapi.json lists all paths.`;
  sendJson(response, 404, { error: { code: 404, status: "NOT_FOUND", message, details: [] } });
  return true;
}

interface Handling {
  readonly guard: BrowserGuard;
  readonly edges: Edges;
  readonly report: Report;
}

async function handle({ guard, edges, report }: Handling, request: IncomingMessage, response: GatewayResponse) {
  try {
    guard.check(request);
    const likely = edges.byStart.get((request.url ?? "").slice(0, START_LENGTH));
    if (likely && (await likely(request, response))) return;
    for (const edge of edges.all) if (edge !== likely && (await edge(request, response))) return;
  } catch (thrown) {
    sendError(response, thrown, { report });
  }
}

function listen(server: GatewayServer, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** How often a stop looks for connections that are done. */
const IDLE_CLOSE_MS = 20;

async function stop(server: GatewayServer, graceMs: number): Promise<void> {
  await acceptWaiting(server, graceMs);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection is idle, and would be kept for another request, only once its last answer has ended.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CLOSE_MS);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}
