import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { hostPort } from "@throughline/kernel";
import { type Address, type Authenticate, authenticateFor, readTokens, type TokenHolder } from "@throughline/rpc";
import type { Command } from "commander";

/** Where the platform listens and keeps things, as the command line says it. */
export interface PlatformFlags {
  readonly http: string;
  readonly grpc: string;
  readonly data: string;
  readonly store?: string;
  readonly blobs?: string;
  readonly tokens?: string;
  readonly host: readonly string[];
  readonly logCalls: boolean;
  readonly traces?: string;
}

/** Where the platform keeps things unless told otherwise. */
export const DATA_DIR = join(homedir(), ".throughline");

/** Adds the flags of a platform to a command. */
export function withPlatformFlags(command: Command, dataDir: string): Command {
  return command
    .option("--http <host:port>", "where REST, the console and Open Inference REST are served", "127.0.0.1:8080")
    .option("--grpc <host:port>", "where gRPC is served", "127.0.0.1:9090")
    .option("--data <folder>", "where data are kept", dataDir)
    .option("--store <url>", "metadata: sqlite:///path or mongodb://host/database (default: SQLite in the data folder)")
    .option(
      "--blobs <url>",
      "bytes: file:///path or s3://key:secret@host:port/bucket (default: files in the data folder)",
    )
    .option("--tokens <file>", "who may call, and as what; without it, only this machine may")
    .option("--host <name>", "another name that the gateway is reached by; may be repeated", collect, [])
    .option("--log-calls", "write a line for each call", false)
    .option("--traces <url>", "send spans there: OTLP over HTTP");
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** The flags, read and completed. */
export interface PlatformSettings {
  readonly http: Address;
  readonly grpc: Address;
  readonly dataDir: string;
  readonly store: string;
  readonly blobs: string;
  /** Who may call; empty: everybody on this machine. */
  readonly tokens: readonly TokenHolder[];
  readonly authenticate: Authenticate;
  readonly hosts: readonly string[];
  readonly logCalls: boolean;
  readonly tracesUrl: string;
}

/** Fails with what is wrong, and with a ConfigError if others could reach a platform that asks nobody who they are. */
export function platformSettings(flags: PlatformFlags): PlatformSettings {
  const dataDir = resolve(flags.data);
  const http = address("--http", flags.http);
  const grpc = address("--grpc", flags.grpc);
  checkUrl({
    flag: "--store",
    value: flags.store,
    shape: /^(sqlite:\/\/\/|mongodb(\+srv)?:\/\/)./,
    examples: "sqlite:///path or mongodb://host/database",
  });
  checkUrl({
    flag: "--blobs",
    value: flags.blobs,
    shape: /^(file:\/\/\/|s3:\/\/)./,
    examples: "file:///folder or s3://key:secret@host:port/bucket",
  });
  const tokens = flags.tokens ? tokensIn(flags.tokens) : [];
  return {
    http,
    grpc,
    dataDir,
    store: flags.store ?? `sqlite://${join(dataDir, "metadata.db")}`,
    blobs: flags.blobs ?? `file://${join(dataDir, "blobs")}`,
    tokens,
    authenticate: authenticateFor(tokens, [http, grpc]),
    hosts: flags.host,
    logCalls: flags.logCalls,
    tracesUrl: flags.traces ?? "",
  };
}

function address(flag: string, text: string): Address {
  try {
    return hostPort(text);
  } catch (error) {
    throw new Error(`${flag} ${text}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface UrlFlag {
  readonly flag: string;
  readonly value: string | undefined;
  readonly shape: RegExp;
  readonly examples: string;
}

/** What is wrong with the rest of a URL its own reader says; it may hold a secret, so it is not shown here. */
function checkUrl({ flag, value, shape, examples }: UrlFlag): void {
  if (value !== undefined && !shape.test(value)) throw new Error(`${flag} is not of the form ${examples}`);
}

function tokensIn(path: string): readonly TokenHolder[] {
  try {
    return readTokens(path);
  } catch (error) {
    throw new Error(`--tokens ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
