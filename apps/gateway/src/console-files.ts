import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { digestOfBytes } from "@throughline/kernel";
import type { Log } from "@throughline/telemetry";
import { sendVerbRefused } from "./http-error.ts";
import { targetOf } from "./target.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".map": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

/** What a page of the console may do: load its own files and call its own gateway, and nothing else. */
const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
} as const;

interface ConsoleFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
}

/**
 * Serves the console's built files from memory. Only files that were there at the start exist: a path is looked up as it
 * was sent, and never becomes the path of a file. Links in the folder are not followed.
 */
export function consoleFiles(
  folder: string,
  log: Pick<Log, "info">,
): (request: IncomingMessage, response: ServerResponse) => Promise<true> {
  const files = new Map(listFiles(folder).map((it) => [`/${relative(folder, it).split(sep).join("/")}`, readFile(it)]));
  log.info({ event: "console read", folder, files: files.size, note: "built anew, it is served after a restart" });
  return async (request, response) => {
    for (const [name, value] of Object.entries(SECURITY)) response.setHeader(name, value);
    const { path } = targetOf(request);
    const file = files.get(path) ?? (isPage(path) ? files.get("/index.html") : undefined);
    if (request.method !== "GET" && request.method !== "HEAD") sendVerbRefused(response, ["GET", "HEAD"]);
    else if (file === undefined)
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("not found\n");
    else sendFile(file, path, { request, response });
    return true;
  };
}

/**
 * A path without a file is a page of the console, which finds its own way by the address. Names of resources may have
 * dots in them, so that only the endings of files tell a file that is missing.
 */
const isPage = (path: string): boolean => !path.startsWith("/assets/") && !Object.hasOwn(TYPES, extname(path));

function sendFile(
  { bytes, type, etag }: ConsoleFile,
  path: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): void {
  // Names below /assets carry a digest of their content; every other name has to be asked for again.
  const cache = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  const head = { etag, "cache-control": cache };
  if (request.headers["if-none-match"] === etag) response.writeHead(304, head).end();
  else response.writeHead(200, { ...head, "content-type": type, "content-length": bytes.byteLength }).end(bytes);
}

function readFile(path: string): ConsoleFile {
  const bytes = readFileSync(path);
  return { bytes, type: TYPES[extname(path)] ?? "application/octet-stream", etag: `"${digestOfBytes(bytes)}"` };
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name));
}
