import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SERVICES, type ServiceName } from "@throughline/contracts";
import { CONSOLE_DIR, mainOf } from "./locations.ts";
import type { PlatformSettings } from "./options.ts";
import type { Platform } from "./platform.ts";

const START_MS_MAX = 60_000;

/**
 * Runs each service and the gateway in a process of its own, as in production; the log of each is a file in the data
 * folder. On SQLite each has a database of its own, since a file has one writer; on MongoDB they share the database.
 */
export async function startSplit(settings: PlatformSettings, environment: Environment): Promise<Platform> {
  const ports = await freePorts();
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const it of children.toReversed()) await ended(it);
  };
  try {
    const pageSecret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    for (const name of Object.keys(SERVICES) as ServiceName[]) {
      children.push(
        startProcess(name, { ...environment, ...serviceEnvironment(name, { settings, ports, pageSecret }) }, settings),
      );
    }
    const { http, grpc } = settings;
    children.push(startProcess("gateway", { ...environment, ...gatewayEnvironment(settings, ports) }, settings));
    await ready(`http://${http.host}:${http.port}/readyz`, children);
    return { httpPort: http.port, grpcPort: grpc.port, stop };
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
  readonly pageSecret: string;
}

function serviceEnvironment(name: ServiceName, { settings, ports, pageSecret }: SplitParts): Environment {
  const dataDir = join(settings.dataDir, name);
  mkdirSync(dataDir, { recursive: true });
  const ownFile = settings.store.startsWith("sqlite:");
  return {
    ...urls(ports),
    THROUGHLINE_GRPC: `127.0.0.1:${ports[name]}`,
    THROUGHLINE_ADMIN: "127.0.0.1:0",
    THROUGHLINE_STORE: ownFile ? `sqlite://${join(dataDir, "metadata.db")}` : settings.store,
    THROUGHLINE_BLOBS: settings.blobs,
    THROUGHLINE_DATA: dataDir,
    THROUGHLINE_PAGE_SECRET: pageSecret,
    THROUGHLINE_LOG_CALLS: String(settings.logCalls),
    THROUGHLINE_TRACES_URL: settings.tracesUrl,
  };
}

const gatewayEnvironment = (settings: PlatformSettings, ports: Ports): Environment => ({
  ...urls(ports),
  THROUGHLINE_HTTP: `${settings.http.host}:${settings.http.port}`,
  THROUGHLINE_GRPC: `${settings.grpc.host}:${settings.grpc.port}`,
  THROUGHLINE_CONSOLE: CONSOLE_DIR,
  THROUGHLINE_HOSTS: settings.hosts.join(","),
  THROUGHLINE_LOG_CALLS: String(settings.logCalls),
});

const urls = (ports: Ports): Environment =>
  Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      `THROUGHLINE_${name.toUpperCase().replaceAll("-", "_")}`,
      `http://127.0.0.1:${port}`,
    ]),
  );

function startProcess(name: string, environment: Environment, { dataDir }: PlatformSettings): ChildProcess {
  const logs = join(dataDir, "logs");
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, `${name}.log`), "a");
  return spawn(process.execPath, [mainOf(name)], {
    env: environment as NodeJS.ProcessEnv,
    stdio: ["ignore", log, log],
  });
}

/** Waits until the gateway says that every service is ready. Fails if a process ends before. */
async function ready(url: string, children: readonly ChildProcess[]): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  let last = "nothing answered";
  while (Date.now() < deadline) {
    const gone = children.find((it) => it.exitCode !== null || it.signalCode !== null);
    if (gone) throw new Error(`${gone.spawnargs.at(-1)} ended at its start; its log in the data folder says why`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    last = (await response?.text()) ?? last;
    await delay(100);
  }
  throw new Error(`the services were not ready after ${START_MS_MAX / 1_000} s: ${last}`);
}

/** Asks a process to stop, and waits until it has. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

async function freePorts(): Promise<Ports> {
  const entries: [string, number][] = [];
  for (const name of Object.keys(SERVICES)) entries.push([name, await freePort()]);
  return Object.fromEntries(entries) as Ports;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
