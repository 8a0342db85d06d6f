import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ServerProcess, startServer } from "./server-process.ts";

/** The version of the server that speaks MongoDB's wire protocol, pinned: it is a beta, and only ever used in tests. */
const VERSION = "0.5.3-beta.196";

/** A running server and the URL to reach it with; a database name can be appended. */
export interface MongodbServer extends ServerProcess {
  readonly url: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where built servers are kept between runs, outside of the checkout. */
export const serversFolder = (env: Environment): string =>
  join(env["THROUGHLINE_CACHE"] ?? join(homedir(), ".cache", "throughline"), "servers");

/** The built server, or undefined if `buildMongodbServer` has not run yet. */
export function mongodbServerProgram(env: Environment): string | undefined {
  const program = join(serversFolder(env), "bin", "secantusd-rs");
  return existsSync(program) ? program : undefined;
}

/** Builds the server with cargo unless it is there (about three minutes, once), and returns its path. */
export async function buildMongodbServer(env: Environment): Promise<string> {
  const known = mongodbServerProgram(env);
  if (known !== undefined) return known;
  const root = serversFolder(env);
  await mkdir(root, { recursive: true });
  const profile = {
    CARGO_PROFILE_RELEASE_LTO: "off",
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  };
  const args = ["install", "secantus-mdb", "--version", VERSION, "--locked", "--ignore-rust-version", "--root", root];
  await promisify(execFile)("cargo", args, { env: { ...env, ...profile }, maxBuffer: 64 * 1024 * 1024 });
  const built = mongodbServerProgram(env);
  if (built === undefined) throw new Error(`cargo installed no secantusd-rs into ${root}`);
  return built;
}

/** Starts a server with an empty data folder. Its acknowledged writes survive SIGKILL. */
export async function startMongodbServer(program: string): Promise<MongodbServer> {
  const server = await startServer({
    name: "mongodb",
    command: program,
    args: (port, dir) => [
      ...["--host", "127.0.0.1", "--port", String(port), "--storage-path", join(dir, "data")],
      ...["--sync-on-commit", "--cache-size", "256M", "--log-file-max", "8MB"],
    ],
    ready: listens,
    timeoutMs: 240_000,
  });
  return { ...server, url: `mongodb://127.0.0.1:${server.port}` };
}

/** Whether something listens on a loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}
