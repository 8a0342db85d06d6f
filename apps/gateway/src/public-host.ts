/** A name that the gateway is reached by, and how. */
export interface PublicHost {
  /** With the port if it is not the scheme's own, in lower case, as a request's Host header has it. */
  readonly host: string;
  readonly scheme: "http" | "https";
}

const TLS = "https://";

/** What an operator calls a host: `ml.example.com`, or `https://ml.example.com` where a proxy in front speaks TLS. */
export function publicHost(name: string): PublicHost {
  const lower = name.toLowerCase();
  return lower.startsWith(TLS) ? { host: lower.slice(TLS.length), scheme: "https" } : { host: lower, scheme: "http" };
}

/**
 * The address that a request came to, such as `https://ml.example.com`: what it was sent to is one of the gateway's own hosts,
 * which was checked before, and the scheme is what the operator says of that host. No header of a proxy is asked.
 */
export function addressedBy(hosts: readonly PublicHost[]): (host: string | undefined) => string {
  const schemes = new Map(hosts.map((it) => [it.host, it.scheme]));
  return (host = "") => `${schemes.get(host.toLowerCase()) ?? "http"}://${host}`;
}
