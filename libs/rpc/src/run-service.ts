import { createServer, type Server } from "node:http";
import { jsonLog, type Log, openTelemetry, type Telemetry } from "@throughline/telemetry";
import type { Address } from "./address.ts";
import type { TokenHolder } from "./caller.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { guard } from "./guard.ts";
import { healthMount, type Readiness, readiness } from "./health.ts";
import type { Mount, Service } from "./mount.ts";
import { callObserver } from "./observe.ts";
import { onceSignalled } from "./process-end.ts";
import { reflectionMount } from "./reflection.ts";
import { authenticateFor } from "./service-config.ts";

/** What running a service takes from its configuration: the values of SERVICE_SETTINGS fit. */
export interface RunConfig {
  /** Where gRPC is served. */
  readonly grpc: Address;
  /** Where `/livez`, `/readyz` and `/metrics` are served. */
  readonly admin: Address;
  /** Who may call. Nobody named: everybody on this machine, and no other machine may reach the addresses. */
  readonly tokens: readonly TokenHolder[];
  /** Empty: no spans are sent. */
  readonly tracesUrl: string;
  readonly logCalls: boolean;
}

export interface RunOptions {
  readonly service: Service;
  readonly config: RunConfig;
  /** Closes what was opened for the service, after the service itself. */
  readonly close: () => Promise<void>;
}

/** How long a stop waits after it has told that the process is not ready, and then for calls under way. */
const STOP = { noticeMs: 500, graceMs: 25_000 } as const;

/**
 * Serves one service alone until SIGTERM or SIGINT: gRPC with health and reflection, and the admin pages. Then it tells
 * that it is not ready, drains the calls under way, closes everything, and lets the process end. A second signal ends it at once.
 */
export async function runService(options: RunOptions): Promise<void> {
  const { config } = options;
  const log = jsonLog((line) => process.stderr.write(line));
  const telemetry = openTelemetry({
    serviceName: options.service.name,
    ...(config.tracesUrl === "" ? {} : { tracesUrl: config.tracesUrl }),
  });
  options.service.measure?.(telemetry.meter);
  if (telemetry.isTracing) options.service.trace?.(telemetry.tracer);
  options.service.tell?.(log);
  const state = readiness(() => options.service.ready());
  const grpc = await serveGrpc({ mounts: guardedMounts(options, { telemetry, log, state }), ...config.grpc });
  const admin = await serveAdmin(config.admin, { state, telemetry });
  log.info({ event: "started", service: options.service.name, grpcPort: grpc.port });
  onceSignalled(async () => {
    log.info({ event: "stopping", service: options.service.name });
    await stop({ options, state, grpc, admin, telemetry });
    log.info({ event: "stopped", service: options.service.name });
  });
}

function guardedMounts(
  { service, config }: RunOptions,
  parts: { readonly telemetry: Telemetry; readonly log: Log; readonly state: Readiness },
): Mount[] {
  const observe = callObserver({ ...parts, logCalls: config.logCalls });
  const authenticate = authenticateFor(config.tokens, [config.grpc, config.admin]);
  const mounts = service.mounts.map((it) => guard(it, { authenticate, observe }));
  const services = mounts.map((it) => it.service);
  return [
    ...mounts,
    healthMount(
      parts.state,
      services.map((it) => it.typeName),
    ),
    reflectionMount(services),
  ];
}

async function stop(parts: {
  readonly options: RunOptions;
  readonly state: Readiness;
  readonly grpc: GrpcServer;
  readonly admin: Server;
  readonly telemetry: Telemetry;
}): Promise<void> {
  parts.state.drain();
  await new Promise((resolve) => setTimeout(resolve, STOP.noticeMs));
  await parts.grpc.stop(STOP.graceMs);
  await parts.options.service.close();
  await parts.options.close();
  parts.admin.closeAllConnections();
  parts.admin.close();
  await parts.telemetry.close();
}

/** Serves `/livez`, `/readyz` and `/metrics`. */
function serveAdmin(
  address: Address,
  parts: { readonly state: Readiness; readonly telemetry: Telemetry },
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { status, body } = await adminPage(request.url ?? "", parts);
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, () => resolve(server));
  });
}

/** The operators' pages, for every process alike. */
export async function adminPage(
  path: string,
  parts: { readonly state: Readiness; readonly telemetry: Telemetry },
): Promise<{ readonly status: number; readonly body: string }> {
  switch (path.split("?")[0]) {
    case "/livez":
      return { status: 200, body: "live\n" };
    case "/readyz":
      return parts.state.check().then(
        () => ({ status: 200, body: "ready\n" }),
        (reason: unknown) => ({ status: 503, body: `${reason instanceof Error ? reason.message : String(reason)}\n` }),
      );
    case "/metrics":
      return { status: 200, body: await parts.telemetry.prometheus() };
    default:
      return { status: 404, body: "not found: there is /livez, /readyz and /metrics\n" };
  }
}
