import { isIP } from "node:net";
import { isPublicAddress } from "./public-address.ts";

/** A host that the operator allows whatever its address is. Without a port the usual ones are allowed. */
export interface AllowedHost {
  readonly host: string;
  readonly port?: number;
}

/** Where a webhook is reached. */
export interface WebhookTarget {
  readonly url: URL;
  /** Without brackets. */
  readonly hostname: string;
  /** Whether its addresses may be private. */
  readonly allowed: boolean;
}

const PORTS = new Set([80, 443, 8080, 8443]);
const PUBLIC_PORTS = new Set([443, 8443]);
/** Names that mean this machine, this network, or a cloud's own services. */
const INNER_NAMES = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/;

/**
 * Reads the address of a webhook: `https` at a public host; and `http`, other ports and private addresses for hosts that the
 * operator allows. Tells what is wrong with any other.
 */
export function webhookTarget(
  address: string,
  allowedHosts: readonly AllowedHost[],
): WebhookTarget | { readonly problem: string } {
  // URL readers disagree about these characters, and drop some of them.
  if (!/^[\x21-\x7e]+$/.test(address) || /[\\<>"{}|^`]/.test(address))
    return { problem: "it has spaces, control characters, or others that belong in no address. Write them as %XX" };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:\/\/[^/]/i.test(address))
    return { problem: "it is not an address such as https://example.com/hook" };
  if (/^[^/]*\/\/[^/?#]*@/.test(address)) return { problem: "it names a user. Use the secret instead" };
  if (address.includes("#")) return { problem: "it has a fragment, which is never sent" };
  const hostname = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (allowedHosts.some((it) => it.host === hostname && (it.port === undefined ? PORTS.has(port) : it.port === port)))
    return { url, hostname, allowed: true };
  const problem = publicProblem({ url, hostname, port });
  return problem === undefined ? { url, hostname, allowed: false } : { problem };
}

function publicProblem({ url, hostname, port }: { url: URL; hostname: string; port: number }): string | undefined {
  if (url.protocol !== "https:") return "it must start with https://, unless the operator allows the host";
  if (!PUBLIC_PORTS.has(port))
    return `the port ${port} is not 443 or 8443, and the operator does not allow it for this host`;
  if (isIP(hostname) > 0)
    return isPublicAddress(hostname)
      ? undefined
      : `${hostname} is not a public address, and the operator does not allow it`;
  if (!hostname.includes(".") || INNER_NAMES.test(hostname))
    return `${hostname} is a name within a network, and the operator does not allow it`;
  return undefined;
}

/** Reads a list such as `hooks.example:8080,10.0.0.5`. Fails with an Error that says what is wrong. */
export function allowedHosts(text: string): readonly AllowedHost[] {
  const entries = text.split(",").map((it) => it.trim());
  return entries
    .filter((it) => it !== "")
    .map((entry) => {
      const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::(\d{1,5}))?$/.exec(entry.toLowerCase());
      const host = match?.[1] ?? match?.[2];
      if (host === undefined) throw new Error(`${entry} is not a host, or a host and a port, such as 10.0.0.5:8080`);
      return { host, ...(match?.[3] !== undefined && { port: Number(match[3]) }) };
    });
}
