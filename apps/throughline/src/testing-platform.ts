import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "@throughline/client";
import { requireToken, type TokenHolder, trustLocalCallers } from "@throughline/rpc";
import { jsonLog } from "@throughline/telemetry";
import { startPlatform } from "./platform.ts";

/** A platform in this process, in a folder that is removed with it. */
export interface PlatformForTests {
  readonly connection: Connection;
  readonly httpUrl: string;
  readonly grpcTarget: string;
  readonly dir: string;
  /** Bugs that the platform has logged. */
  readonly bugs: readonly string[];
  stop(): Promise<void>;
}

/** Starts all services on free ports. With tokens, `connection` shows the given one. */
export async function platformForTests(
  options: {
    readonly holders?: readonly TokenHolder[];
    readonly token?: string;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<PlatformForTests> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-platform-"));
  const bugs: string[] = [];
  const local = { host: "127.0.0.1", port: 0 };
  const platform = await startPlatform({
    http: local,
    grpc: local,
    dataDir: dir,
    store: `sqlite://${join(dir, "metadata.db")}`,
    blobs: `file://${join(dir, "blobs")}`,
    authenticate: options.holders ? requireToken(options.holders) : trustLocalCallers,
    hosts: [],
    log: jsonLog((line) => {
      if (line.includes('"error"')) bugs.push(line);
    }),
    logCalls: false,
    tracesUrl: "",
    environment: options.environment ?? {},
  });
  const grpcTarget = `127.0.0.1:${platform.grpcPort}`;
  return {
    connection: connect({
      baseUrl: `http://${grpcTarget}`,
      actor: "tester",
      ...(options.token ? { token: options.token } : {}),
    }),
    httpUrl: `http://127.0.0.1:${platform.httpPort}`,
    grpcTarget,
    dir,
    bugs,
    async stop() {
      await platform.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
