import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import {
  type Authenticate,
  artifactFinder,
  guard,
  inMemoryTransport,
  type Mount,
  readiness,
  type Service,
  trustLocalCallers,
} from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTelemetry } from "@throughline/telemetry";
import { afterAll } from "vitest";
// By path: no app depends on another, but for the tests of this one, which exists to put the others behind HTTP.
import { createRegistryService, trackingFiles } from "../../registry/src/index.ts";
import { createTrackingService } from "../../tracking/src/index.ts";
import { serveGateway } from "./gateway.ts";
import type { GatewayLimits } from "./limits.ts";
import type { ServiceTransports } from "./service-transports.ts";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  // Tests look into answers of many shapes.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly json: any;
}

export interface Sending {
  readonly method?: string;
  /** Sent as it is: no path is mended on the way. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

export interface GatewayForTests {
  readonly port: number;
  readonly host: string;
  readonly url: string;
  readonly transports: ServiceTransports;
  /** What was reported as bugs. */
  readonly bugs: unknown[];
  send(sending: Sending): Promise<Answer>;
  /** Sends JSON, and reads JSON. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(graceMs?: number): Promise<void>;
}

export interface GatewayForTestsOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly hosts?: readonly string[];
  readonly authenticate?: Authenticate;
  /** Take the place of the real services. */
  readonly transports?: Partial<ServiceTransports>;
}

/** The pages that tests look for. */
const CONSOLE: Readonly<Record<string, string>> = {
  "index.html": "<!doctype html><title>console</title>",
  "favicon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "assets/app-1a2b.js": "export {};",
};

/** A gateway on loopback, with real tracking and registry services behind it; closed after the tests of the file. */
export async function gatewayForTests(options: GatewayForTestsOptions = {}): Promise<GatewayForTests> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-gateway-"));
  const consoleDir = join(dir, "console");
  mkdirSync(join(consoleDir, "assets"), { recursive: true });
  for (const [name, text] of Object.entries(CONSOLE)) writeFileSync(join(consoleDir, name), text);
  writeFileSync(join(dir, "secret.txt"), "outside");
  const bugs: unknown[] = [];
  const services = await openServices(dir);
  const authenticate = options.authenticate ?? trustLocalCallers;
  const observe = () => ({ end: () => {}, bug: (cause: unknown) => void bugs.push(cause) });
  const reached = (service: Service): Transport =>
    inMemoryTransport(service.mounts.map((it) => frozen(guard(it, { authenticate, observe }))));
  const away = createRouterTransport(() => {});
  const transports: ServiceTransports = {
    tracking: reached(services.tracking),
    registry: reached(services.registry),
    "feature-store": away,
    validation: away,
    "inference-router": away,
    ...options.transports,
  };
  const gateway = await serveGateway({
    host: "127.0.0.1",
    port: 0,
    transports,
    readiness: readiness(async () => {}),
    telemetry: openTelemetry({ serviceName: "test" }),
    log: { info: () => {}, error: (_event, cause) => void bugs.push(cause) },
    consoleDir,
    hosts: options.hosts ?? [],
    ...(options.limits && { limits: options.limits }),
  });
  let stopped: Promise<void> | undefined;
  const stop = (graceMs = 0): Promise<void> => (stopped ??= gateway.stop(graceMs));
  afterAll(async () => {
    await stop();
    await services.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const send = (sending: Sending): Promise<Answer> => sendTo(gateway.port, sending);
  return {
    port: gateway.port,
    host: `127.0.0.1:${gateway.port}`,
    url: `http://127.0.0.1:${gateway.port}`,
    transports,
    bugs,
    send,
    call: (method, path, body) =>
      send({
        method,
        path,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      }),
    stop,
  };
}

/**
 * Freezes what goes between the gateway and a service in unary calls. In one process both have the same message, so that
 * a side that changes what it has sent or been given fails here.
 */
function frozen({ service, implementation }: Mount): Mount {
  const methods = service.methods.map((method) => {
    const handler = implementation[method.localName] as unknown as (input: unknown, context: unknown) => unknown;
    if (method.methodKind !== "unary") return [method.localName, handler] as const;
    const unary = async (input: unknown, context: unknown) => deepFrozen(await handler(deepFrozen(input), context));
    return [method.localName, unary] as const;
  });
  return { service, implementation: Object.fromEntries(methods) as unknown as Mount["implementation"] };
}

/** Bytes stay as they are: they cannot be frozen. */
function deepFrozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const it of Object.values(Object.freeze(value))) deepFrozen(it);
  return value;
}

async function openServices(dir: string) {
  const store = await openStore(`sqlite://${join(dir, "store.db")}`);
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const newId = timeOrderedIds(systemClock);
  const shared = { store, blobs, clock: systemClock, newId, pageTokens: pageTokens(new Uint8Array(32)) };
  const tracking = await createTrackingService(shared);
  const observe = () => ({ end: () => {}, bug: () => {} });
  const known = inMemoryTransport(tracking.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })));
  const registry = await createRegistryService({
    ...shared,
    artifacts: artifactFinder(known),
    files: trackingFiles(known),
    featureServices: { find: async () => undefined, columns: async () => undefined },
    recordLineage: async () => {},
  });
  return {
    tracking,
    registry,
    async close() {
      await registry.close();
      await tracking.close();
      await blobs.close();
      await store.close();
    },
  };
}

/** Sends a request on a connection of its own, and reads the answer whole. */
export function sendTo(port: number, { method = "GET", path, headers = {}, body }: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, headers, agent: false, insecureHTTPParser: false };
    const sent = httpRequest(options, (answer) => readAnswer(answer).then(resolve, reject));
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Reads an answer whole. */
export async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  for await (const it of answer as AsyncIterable<Buffer>) pieces.push(it);
  const bytes = Buffer.concat(pieces);
  const text = bytes.toString("utf8");
  const isJson = answer.headers["content-type"] === "application/json" && text !== "";
  const json = isJson ? JSON.parse(text) : undefined;
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes, text, json };
}

/** The reason in the body of an error. */
export const reasonIn = ({ json }: Answer): string | undefined => json?.error?.details?.[0]?.reason;

/** The paths of the fields at fault, in the body of an error. */
export const fieldsIn = ({ json }: Answer): readonly string[] =>
  (json?.error?.details?.[1]?.fieldViolations ?? []).map((it: { field: string }) => it.field);
