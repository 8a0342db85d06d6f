import type { IncomingMessage } from "node:http";
import { DomainError, invalidField } from "@throughline/kernel";
import { contentTypeRefused } from "./body.ts";
import { publicHost } from "./public-host.ts";

/** Which hosts and origins a gateway answers to. */
export interface BrowserGuard {
  /** Fails unless the request's Host and Origin are the gateway's own. */
  check(request: IncomingMessage): void;
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"] as const;

// A page of another site can send these without asking first; nothing of ours is sent so.
const SIMPLE_CONTENT = /^\s*(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/** Reads, which change nothing; and PUT, which no page sends without asking first, whatever its content type. */
const ASKED_FIRST_OR_SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT"]);

/** Headers of which two would leave open which one counts. */
const GIVEN_ONCE: ReadonlySet<string> = new Set(["host", "origin", "authorization", "content-type"]);

/** Everything that a path and a query are written with; all else has to be percent-encoded. */
const PATH = /^\/[\x21-\x7e]*$/;

/**
 * Keeps other sites' pages out. A name that somebody else points at this machine (DNS rebinding) does not match the
 * gateway's own hosts; a request with the Origin of another page is refused; so are writes in a form that needs no
 * preflight. Checked on every path, also for files and health. What a proxy says about itself
 * (`x-forwarded-*`) and about the verb (`x-http-method-override`) is read nowhere.
 *
 * `hosts`: the names, with the port if it is not the scheme's own, that the gateway is reached by; `https://` before one counts
 * for addresses alone (`public-host.ts`). On loopback they are
 * the machine's own names with the given port.
 */
export function browserGuard(options: { readonly port: number; readonly hosts: readonly string[] }): BrowserGuard {
  const { port, hosts } = options;
  const local = LOOPBACK.flatMap((it) => (port === 80 ? [it, `${it}:80`] : [`${it}:${port}`]));
  const own = new Set([...local, ...hosts.map((it) => publicHost(it).host)]);
  const origins = new Set([...own].flatMap((it) => [`http://${it}`, `https://${it}`]));
  return {
    check(request) {
      if (!PATH.test(request.url ?? "")) throw invalidField("path", "the request's target is not a path");
      const { host = "", origin } = request.headers;
      checkGivenOnce(request.rawHeaders);
      if (!own.has(host.toLowerCase())) throw foreign("host", host);
      if (origin !== undefined && !origins.has(origin.toLowerCase())) throw foreign("origin", origin);
      if (!ASKED_FIRST_OR_SAFE.has(request.method ?? "") && SIMPLE_CONTENT.test(request.headers["content-type"] ?? ""))
        throw contentTypeRefused("Send application/json, or application/octet-stream for bytes.");
    },
  };
}

/** Lengths of the names in GIVEN_ONCE: most headers are none of them by that alone. */
const LENGTHS_GIVEN_ONCE: ReadonlySet<number> = new Set([...GIVEN_ONCE].map((it) => it.length));

/** `rawHeaders` has names and values in turn. */
function checkGivenOnce(rawHeaders: readonly string[]): void {
  let seen = "";
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] ?? "";
    if (!LENGTHS_GIVEN_ONCE.has(given.length)) continue;
    const name = given.toLowerCase();
    if (!GIVEN_ONCE.has(name)) continue;
    if (seen.includes(`${name};`)) throw invalidField(name, "the header is given twice");
    seen += `${name};`;
  }
}

const foreign = (header: string, value: string): DomainError =>
  new DomainError(
    "denied",
    "FOREIGN_REQUEST",
    `The request's ${header} is not one of this gateway's. Call it by its own address, or let the operator add the host.`,
    { metadata: { header, value: value.slice(0, 255) } },
  );
