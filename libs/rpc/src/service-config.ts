import { readFileSync } from "node:fs";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { ConfigError, flag, hostPort, type Parse, type Setting, text } from "@throughline/kernel";
import type { Address } from "./address.ts";
import { type Authenticate, requireToken, type TokenHolder, trustLocalCallers } from "./caller.ts";

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1)$/;

/** True if only this machine can reach the host. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** 16 to 64 bytes in hexadecimal digits. */
const secret: Parse<Uint8Array> = (value) => {
  if (!/^([0-9a-f]{2}){16,64}$/.test(value)) throw new Error("expected 32 to 128 hexadecimal digits");
  return Buffer.from(value, "hex");
};

const tokenFile: Parse<readonly TokenHolder[]> = (path) => readTokens(path);

/**
 * The settings that every service has. An app spreads them into its own and passes the values to `runService`.
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | THROUGHLINE_GRPC | where gRPC is served, `host:port` | must be set |
 * | THROUGHLINE_ADMIN | where `/livez`, `/readyz` and `/metrics` are served | 127.0.0.1:0 |
 * | THROUGHLINE_STORE | `sqlite:///path` or `mongodb://…` | must be set |
 * | THROUGHLINE_BLOBS | `file:///path` or `s3://…` | must be set |
 * | THROUGHLINE_DATA | folder for caches and local files | must be set |
 * | THROUGHLINE_PAGE_SECRET | hexadecimal digits, the same on every replica | must be set |
 * | THROUGHLINE_TOKENS | JSON file of callers | none: loopback only |
 * | THROUGHLINE_SERVICE_TOKEN | the token that this service shows to others | none |
 * | THROUGHLINE_TRACES_URL | OTLP over HTTP | none |
 * | THROUGHLINE_LOG_CALLS | a log line for each call | false |
 */
export const SERVICE_SETTINGS = {
  grpc: { name: "THROUGHLINE_GRPC", parse: hostPort },
  admin: { name: "THROUGHLINE_ADMIN", parse: hostPort, fallback: { host: "127.0.0.1", port: 0 } },
  store: { name: "THROUGHLINE_STORE", parse: text },
  blobs: { name: "THROUGHLINE_BLOBS", parse: text },
  dataDir: { name: "THROUGHLINE_DATA", parse: text },
  pageSecret: { name: "THROUGHLINE_PAGE_SECRET", parse: secret },
  tokens: { name: "THROUGHLINE_TOKENS", parse: tokenFile, fallback: [] },
  serviceToken: { name: "THROUGHLINE_SERVICE_TOKEN", parse: text, fallback: "" },
  tracesUrl: { name: "THROUGHLINE_TRACES_URL", parse: text, fallback: "" },
  logCalls: { name: "THROUGHLINE_LOG_CALLS", parse: flag, fallback: false },
} as const satisfies Record<string, Setting<unknown>>;

/** Where another service is reached, such as `http://127.0.0.1:9091`. */
export const serviceUrl = (name: string): Setting<string> => ({
  name,
  parse(value) {
    const url = new URL(value);
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error("expected http:// or https://");
    return url.origin;
  },
});

/**
 * How callers prove who they are: by the tokens, or, if there are none, not at all. The latter is only allowed where
 * nobody but this machine can call: anything else fails with a ConfigError.
 */
export function authenticateFor(tokens: readonly TokenHolder[], addresses: readonly Address[]): Authenticate {
  if (tokens.length > 0) return requireToken(tokens);
  const open = addresses.filter((it) => !isLoopback(it.host));
  if (open.length === 0) return trustLocalCallers;
  throw new ConfigError(
    open.map(
      (it) =>
        `${it.host}:${it.port} can be reached from other machines, and no tokens are configured: set them, or bind 127.0.0.1`,
    ),
  );
}

/** Reads `[{"actor": "ada", "role": "EDITOR", "tokenSha256": "…"}]`. */
export function readTokens(path: string): readonly TokenHolder[] {
  const json: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(json) || json.length === 0) throw new Error("expected a list with at least one caller");
  return json.map((it: Partial<Record<string, unknown>>, i) => {
    const role = Role[String(it["role"]) as keyof typeof Role];
    if (typeof it["actor"] !== "string" || it["actor"] === "") throw new Error(`[${i}].actor is missing`);
    if (role === undefined || role === Role.UNSPECIFIED)
      throw new Error(`[${i}].role is not VIEWER, EDITOR, OPERATOR, ADMIN or SERVICE`);
    if (!/^[0-9a-f]{64}$/.test(String(it["tokenSha256"])))
      throw new Error(`[${i}].tokenSha256 is not 64 hexadecimal digits`);
    return { actor: it["actor"], role, tokenSha256: String(it["tokenSha256"]) };
  });
}
