import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

/** What a page of the console may do: load its own files and call its own gateway, and nothing else. */
const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Serves the console's built files. Only files that were there at the start exist; paths are looked up, never joined. */
export type ConsoleFiles = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function consoleFiles(folder: string): ConsoleFiles {
  const files = new Map(listFiles(folder).map((it) => [`/${relative(folder, it).split(sep).join("/")}`, it]));
  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return notFound(response);
    const path = (request.url ?? "").split("?")[0] ?? "";
    // A path without a file is a page of the console, which finds its own way by the address.
    const file = files.get(path) ?? (extname(path) === "" ? files.get("/index.html") : undefined);
    if (file === undefined) return notFound(response);
    const cache = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    response.writeHead(200, {
      ...SECURITY,
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": statSync(file).size,
      "cache-control": cache,
    });
    if (request.method === "HEAD") response.end();
    else await pipeline(createReadStream(file), response);
  };
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { ...SECURITY, "content-type": "text/plain; charset=utf-8" });
  response.end("not found\n");
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name));
}
