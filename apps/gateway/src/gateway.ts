import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRegistry } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { LIMITS } from "@throughline/kernel";
import { type Address, adminPage, type Readiness, translate } from "@throughline/rpc";
import type { Log, Telemetry } from "@throughline/telemetry";
import { type BrowserGuard, browserGuard } from "./browser-guard.ts";
import { type ConsoleFiles, consoleFiles } from "./console-files.ts";
import { sendError, sendJson } from "./http-error.ts";
import { openInferenceEdge } from "./open-inference.ts";
import { openApiDocument } from "./openapi.ts";
import { answerRest } from "./rest.ts";
import { routesOf } from "./routes.ts";
import { forward, type ServiceTransports, transportOf } from "./service-transports.ts";

export interface GatewayOptions extends Address {
  readonly transports: ServiceTransports;
  readonly readiness: Readiness;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Folder with the console's built files. */
  readonly consoleDir: string;
  /** Names besides the machine's own that the gateway is reached by, such as `throughline.example.com`. */
  readonly hosts: readonly string[];
}

export interface Gateway {
  readonly port: number;
  /** Takes no more requests, and resolves when those under way have ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

type Edge = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * Serves everything that speaks HTTP: REST from the contracts, the OpenAPI document, Open Inference REST, Connect and
 * gRPC-Web for the browser, the operators' pages and the console. It decides nothing: every call goes to its service,
 * which checks who calls.
 */
export async function serveGateway(options: GatewayOptions): Promise<Gateway> {
  const edges = edgesOf(options);
  const files = consoleFiles(options.consoleDir);
  let guard: BrowserGuard | undefined;
  const server = createServer({ maxHeaderSize: 16 * 1024, requireHostHeader: false }, (request, response) => {
    handle({ guard, edges, files, log: options.log }, request, response);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 300_000;
  server.keepAliveTimeout = 65_000;
  server.maxConnections = 2_000;
  server.maxRequestsPerSocket = 0;
  const port = await listen(server, options);
  guard = browserGuard({ port, hosts: options.hosts });
  return { port, stop: (graceMs) => stop(server, graceMs) };
}

function edgesOf(options: GatewayOptions): readonly Edge[] {
  const services = servicesOf(Object.keys(SERVICES) as ServiceName[]);
  const of = transportOf(options.transports);
  const routes = routesOf(services);
  const registry = createRegistry(...services.map((it) => it.file));
  const document = openApiDocument(routes);
  const connect = connectNodeAdapter({
    routes: (router) => {
      for (const service of services) {
        const { implementation } = forward(service, of);
        router.service(service, implementation);
      }
    },
    fallback: () => {},
    readMaxBytes: LIMITS.messageBytesMax,
    writeMaxBytes: LIMITS.inferenceMessageBytesMax,
  });
  const paths = new Set(services.flatMap((it) => it.methods.map((method) => `/${it.typeName}/${method.name}`)));
  return [
    async (request, response) => {
      if (!paths.has(pathOf(request))) return false;
      connect(request, response);
      return true;
    },
    (request, response) => answerRest({ routes, transportOf: of, registry }, request, response),
    openInferenceEdge(options.transports["inference-router"]),
    async (request, response) => {
      if (pathOf(request) !== "/openapi.json") return false;
      sendJson(response, 200, document);
      return true;
    },
    (request, response) => answerAdmin(options, request, response),
  ];
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "").split("?")[0] ?? "";

async function answerAdmin(
  options: GatewayOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = pathOf(request);
  if (path !== "/livez" && path !== "/readyz" && path !== "/metrics") return false;
  const page = await adminPage(path, { state: options.readiness, telemetry: options.telemetry });
  response
    .writeHead(page.status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" })
    .end(page.body);
  return true;
}

interface Handling {
  readonly guard: BrowserGuard | undefined;
  readonly edges: readonly Edge[];
  readonly files: ConsoleFiles;
  readonly log: Log;
}

async function handle(parts: Handling, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader("x-content-type-options", "nosniff");
  try {
    parts.guard?.check(request);
    for (const edge of parts.edges) if (await edge(request, response)) return;
    if (/^\/(v1|v2|throughline\.|inference\.)/.test(request.url ?? "")) return sendNoRoute(request, response);
    await parts.files(request, response);
  } catch (thrown) {
    const report = (cause: unknown) => parts.log.error({ event: "bug", path: pathOf(request) }, cause);
    sendError(response, translate(thrown, report));
  }
}

const sendNoRoute = (request: IncomingMessage, response: ServerResponse): void =>
  sendJson(response, 404, {
    error: {
      code: 404,
      status: "NOT_FOUND",
      message: `No method has the path ${pathOf(request).slice(0, 300)}. /openapi.json lists all paths.`,
      details: [],
    },
  });

function listen(server: Server, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
