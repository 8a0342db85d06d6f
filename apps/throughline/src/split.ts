import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SERVICES, type ServiceName } from "@throughline/contracts";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import type { Log } from "@throughline/telemetry";
import { CONSOLE_DIR, mainOf, SPLIT_CHILD } from "./locations.ts";
import type { PlatformSettings } from "./options.ts";
import { pageSecret } from "./page-secret.ts";
import type { Platform } from "./platform.ts";
import { freePorts } from "./ports.ts";

const START_MS_MAX = 180_000;
const STOP_MS_MAX = 30_000;

const NAMES = Object.keys(SERVICES) as ServiceName[];

/**
 * Runs each service and the gateway in a process of its own, as in production; the log of each is a file in the data
 * folder. On SQLite each has a database of its own, since a file has one writer; on MongoDB they share the database.
 * The processes end with this one, however it ends. One that ends by itself is told in the log and not started again: the others
 * go on without it.
 */
export async function startSplit(given: PlatformSettings, environment: Environment, log: Log): Promise<Platform> {
  const [httpPort = 0, grpcPort = 0, ...ports] = await freePorts(NAMES.length + 2);
  const settings: PlatformSettings = {
    ...given,
    http: { host: given.http.host, port: given.http.port || httpPort },
    grpc: { host: given.grpc.host, port: given.grpc.port || grpcPort },
  };
  const parts = { settings, ports: Object.fromEntries(NAMES.map((it, i) => [it, ports[i] ?? 0])) as Ports };
  const shared = { ...environment, ...sharedEnvironment(parts) };
  const children: ServiceProcess[] = [];
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    for (const it of children.toReversed()) await ended(it.child);
  };
  try {
    for (const name of NAMES)
      children.push(startProcess(name, { ...shared, ...serviceEnvironment(name, parts) }, settings));
    children.push(startProcess("gateway", { ...shared, ...gatewayEnvironment(settings) }, settings));
    await ready(settings, children);
    for (const { name: service, child, log: file } of children) {
      child.once("exit", (code, signal) => {
        if (!isStopping) log.error({ event: "service ended", service, end: signal ?? code ?? undefined, log: file });
      });
    }
    return { httpPort: settings.http.port, grpcPort: settings.grpc.port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;
type Ports = Readonly<Record<ServiceName, number>>;

interface SplitParts {
  readonly settings: PlatformSettings;
  readonly ports: Ports;
}

/** What every process is told: where the services are, and who may call them. */
function sharedEnvironment({ settings, ports }: SplitParts): Environment {
  const urls = Object.entries(ports).map(([name, port]) => [
    `THROUGHLINE_${name.toUpperCase().replaceAll("-", "_")}`,
    `http://127.0.0.1:${port}`,
  ]);
  return {
    ...Object.fromEntries(urls),
    ...tokenEnvironment(settings),
    THROUGHLINE_PAGE_SECRET: Buffer.from(pageSecret(settings.dataDir)).toString("hex"),
    THROUGHLINE_LOG_CALLS: String(settings.logCalls),
    THROUGHLINE_TRACES_URL: settings.tracesUrl || undefined,
  };
}

/** The callers that may come in, and one more that the services are to each other, whose token nobody else sees. */
function tokenEnvironment({ tokens, dataDir }: PlatformSettings): Environment {
  if (tokens.length === 0) return {};
  const token = randomBytes(32).toString("base64url");
  const service = {
    actor: "platform",
    role: Role.SERVICE,
    tokenSha256: createHash("sha256").update(token).digest("hex"),
  };
  const path = join(dataDir, "split-tokens.json");
  const holders = [...tokens, service].map((it) => ({ ...it, role: Role[it.role] }));
  writeFileSync(path, JSON.stringify(holders), { mode: 0o600 });
  return { THROUGHLINE_TOKENS: path, THROUGHLINE_SERVICE_TOKEN: token };
}

function serviceEnvironment(name: ServiceName, { settings, ports }: SplitParts): Environment {
  const dataDir = join(settings.dataDir, name);
  mkdirSync(dataDir, { recursive: true });
  const ownFile = settings.store.startsWith("sqlite:");
  return {
    THROUGHLINE_GRPC: `127.0.0.1:${ports[name]}`,
    THROUGHLINE_ADMIN: "127.0.0.1:0",
    THROUGHLINE_STORE: ownFile ? `sqlite://${join(dataDir, "metadata.db")}` : settings.store,
    THROUGHLINE_BLOBS: settings.blobs,
    THROUGHLINE_DATA: dataDir,
  };
}

const gatewayEnvironment = ({ http, grpc, hosts }: PlatformSettings): Environment => ({
  THROUGHLINE_HTTP: `${http.host}:${http.port}`,
  THROUGHLINE_GRPC: `${grpc.host}:${grpc.port}`,
  THROUGHLINE_CONSOLE: CONSOLE_DIR,
  THROUGHLINE_HOSTS: hosts.length === 0 ? undefined : hosts.join(","),
});

interface ServiceProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** Path of its log. */
  readonly log: string;
}

function startProcess(name: string, environment: Environment, { dataDir }: PlatformSettings): ServiceProcess {
  mkdirSync(join(dataDir, "logs"), { recursive: true });
  const log = join(dataDir, "logs", `${name}.log`);
  const file = openSync(log, "a");
  try {
    const child = spawn(process.execPath, [SPLIT_CHILD, mainOf(name)], {
      env: environment as NodeJS.ProcessEnv,
      // The pipe tells a child that this process is gone.
      stdio: ["pipe", file, file],
      // Ctrl-C on a terminal is for this process, which then asks the others in their order.
      detached: true,
    });
    return { name, child, log };
  } finally {
    closeSync(file);
  }
}

const lastLines = (path: string): string => readFileSync(path, "utf8").trimEnd().split("\n").slice(-12).join("\n");

/** Waits until the gateway says that every service is ready. Fails if a process ends before. */
async function ready({ http }: PlatformSettings, children: readonly ServiceProcess[]): Promise<void> {
  const host = /^(0\.0\.0\.0|::)$/.test(http.host) ? "127.0.0.1" : http.host;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${http.port}/readyz`;
  const deadline = Date.now() + START_MS_MAX;
  let last = "nothing answered";
  while (Date.now() < deadline) {
    const gone = children.find(({ child }) => hasEnded(child));
    if (gone) throw new Error(`${gone.name} ended at its start. ${gone.log} says why:\n${lastLines(gone.log)}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    last = (await response?.text()) ?? last;
    await delay(100);
  }
  throw new Error(`the services were not ready after ${START_MS_MAX / 1_000} s: ${last}`);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Asks a process to stop, and waits until it has. */
function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
