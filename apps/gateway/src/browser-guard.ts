import type { IncomingMessage } from "node:http";
import { DomainError, invalidField } from "@throughline/kernel";

/** Which hosts and origins a gateway answers to. */
export interface BrowserGuard {
  /** Fails unless the request's Host and Origin are the gateway's own. */
  check(request: IncomingMessage): void;
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"] as const;

// A page of another site can send these without asking first; nothing of ours is sent so.
const SIMPLE_CONTENT = /^(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/**
 * Keeps other sites' pages out. A name that somebody else points at this machine (DNS rebinding) does not match the
 * gateway's own hosts; a request with the Origin of another page is refused; so are writes in a form that needs no
 * preflight. Checked on every path, also for files and health.
 *
 * `hosts`: the names, with the port if it is not the scheme's own, that the gateway is reached by. On loopback they are
 * the machine's own names with the given port.
 */
export function browserGuard(options: { readonly port: number; readonly hosts: readonly string[] }): BrowserGuard {
  const own = new Set([...LOOPBACK.map((it) => `${it}:${options.port}`), ...options.hosts]);
  const origins = new Set([...own].flatMap((it) => [`http://${it}`, `https://${it}`]));
  return {
    check(request) {
      if (request.url?.startsWith("/") !== true) throw invalidField("path", "the request's target is not a path");
      const hosts = request.headersDistinct["host"] ?? [];
      if (hosts.length > 1) throw invalidField("host", "the request names two hosts");
      const host = hosts[0] ?? request.headers[":authority"]?.toString() ?? "";
      if (!own.has(host.toLowerCase())) throw foreign("host", host);
      const origin = request.headers.origin;
      if (origin !== undefined && !origins.has(origin.toLowerCase())) throw foreign("origin", origin);
      if (SIMPLE_CONTENT.test(request.headers["content-type"] ?? "") && request.method !== "GET") {
        throw new DomainError(
          "denied",
          "CONTENT_TYPE_REFUSED",
          "Send application/json, or application/octet-stream for bytes.",
        );
      }
    },
  };
}

const foreign = (header: string, value: string): DomainError =>
  new DomainError(
    "denied",
    "FOREIGN_REQUEST",
    `The request's ${header} is not one of this gateway's. Call it by its own address, or let the operator add the host.`,
    { metadata: { header, value: value.slice(0, 255) } },
  );
