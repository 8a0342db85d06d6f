import { lookup } from "node:dns/promises";
import type { Transport } from "@connectrpc/connect";
import { grpcTransport } from "@throughline/rpc";

/** The routers that may have given predictions which are not in this router's log, by address; this one may be among them. */
export type OtherRouters = () => Promise<ReadonlyMap<string, Transport>>;

/**
 * Routers at URLs. A host with several addresses, as a headless service of Kubernetes has it, stands for a router at each of them; a
 * host of `https` has to be one router, since its certificate is for the name. Fails if a name cannot be found.
 */
export function routersAt(urls: readonly string[], token: string | undefined): OtherRouters {
  let known = new Map<string, Transport>();
  return async () => {
    const addresses = (await Promise.all(urls.map(addressesOf))).flat();
    known = new Map(addresses.map((it) => [it, known.get(it) ?? grpcTransport(it, token)]));
    return known;
  };
}

async function addressesOf(url: string): Promise<readonly string[]> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === "https:") return [url];
  const found = await lookup(hostname.replace(/^\[(.*)\]$/, "$1"), { all: true });
  return found.map(({ address, family }) => {
    const host = family === 6 ? `[${address}]` : address;
    return `http://${host}${port === "" ? "" : `:${port}`}`;
  });
}
