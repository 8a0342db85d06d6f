import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ServerProcess, type ServerProgram, startServer } from "./server-process.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A real S3-compatible server for tests. It starts without buckets. */
export interface S3Server extends ServerProcess {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** One kind of S3-compatible server that can be run here. */
export interface S3ServerKind {
  readonly name: "minio" | "versitygw";
  /** The path of its program, which may not be there yet. */
  readonly program: string;
  /** Starts it on a free loopback port with a fresh data folder. */
  start(): Promise<S3Server>;
}

const ACCESS_KEY = "throughline-tests";
/** Guards nothing but a data folder of a test on loopback. */
const SECRET_KEY = "only-for-tests-on-loopback";

/** Where the programs of real servers are kept: THROUGHLINE_CACHE, or .cache/throughline in the home folder. */
export const serverProgramsDir = (env: Env): string =>
  join(env["THROUGHLINE_CACHE"] ?? join(homedir(), ".cache", "throughline"), "servers", "bin");

/**
 * A call without a signature is refused, but only by a server that serves: MinIO calls itself healthy a moment before, and answers that it
 * is not ready.
 */
const refusesStrangers = async (port: number): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${port}/`)).status === 403;

/** MinIO and versitygw, whether or not their programs are there. */
export function s3ServerKinds(env: Env): readonly S3ServerKind[] {
  const dir = serverProgramsDir(env);
  return [
    kind({
      name: "minio",
      command: join(dir, "minio"),
      args: (port, data) => ["server", "--quiet", "--address", `127.0.0.1:${port}`, data],
      env: {
        MINIO_ROOT_USER: ACCESS_KEY,
        MINIO_ROOT_PASSWORD: SECRET_KEY,
        MINIO_UPDATE: "off",
        MINIO_BROWSER: "off",
        MINIO_CI_CD: "1",
      },
      ready: refusesStrangers,
      timeoutMs: 240_000,
    }),
    kind({
      name: "versitygw",
      command: join(dir, "versitygw"),
      args: (port, data) => ["--port", `127.0.0.1:${port}`, "--region", "us-east-1", "posix", data],
      env: { ROOT_ACCESS_KEY: ACCESS_KEY, ROOT_SECRET_KEY: SECRET_KEY },
      ready: refusesStrangers,
      timeoutMs: 240_000,
    }),
  ];
}

/** The kinds to test with: none unless THROUGHLINE_TEST_SERVERS is 1, and then those whose program is there. */
export async function s3ServersToTest(env: Env): Promise<readonly S3ServerKind[]> {
  if (env["THROUGHLINE_TEST_SERVERS"] !== "1") return [];
  const kinds = s3ServerKinds(env);
  const there = await Promise.all(kinds.map((it) => isThere(it.program)));
  return kinds.filter((_, i) => there[i]);
}

const SOURCES = {
  minio: "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
  versitygw: "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
} as const;

/** Builds the programs that are missing. It needs Go, and takes up to five minutes each. */
export async function buildS3Servers(env: Env): Promise<void> {
  const dir = serverProgramsDir(env);
  await mkdir(dir, { recursive: true });
  for (const { name, program } of s3ServerKinds(env)) {
    if (await isThere(program)) continue;
    try {
      await promisify(execFile)("go", ["install", SOURCES[name]], {
        env: { ...env, GOBIN: dir },
        timeout: 20 * 60_000,
        maxBuffer: 16 * 1024 * 1024,
      });
    } catch (cause) {
      throw new Error(`${name} could not be built with "go install ${SOURCES[name]}". Is Go installed?`, { cause });
    }
  }
}

function kind(program: ServerProgram & { readonly name: S3ServerKind["name"] }): S3ServerKind {
  return {
    name: program.name,
    program: program.command,
    start: async () => ({ ...(await startServer(program)), accessKey: ACCESS_KEY, secretKey: SECRET_KEY }),
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
