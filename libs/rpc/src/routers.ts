import { lookup } from "node:dns/promises";
import type { Transport } from "@connectrpc/connect";
import type { Setting } from "@throughline/kernel";
import { serviceUrl } from "./service-config.ts";
import { grpcTransport } from "./transports.ts";

const routerUrl = serviceUrl("THROUGHLINE_ROUTERS");

/** Where all routers are reached: URLs with commas between them. */
export const ROUTERS_SETTING: Setting<readonly string[]> = {
  name: routerUrl.name,
  parse: (value) => value.split(",").map((it) => routerUrl.parse(it.trim())),
  fallback: [],
};

/** The routers of an installation, by address: each knows its own log. Who asks for them may be among them. */
export type Routers = () => Promise<ReadonlyMap<string, Transport>>;

/**
 * Routers at URLs. A host with several addresses, as a headless service of Kubernetes has it, stands for a router at each of them; a
 * host of `https` has to be one router, since its certificate is for the name. Fails if a name cannot be found.
 */
export function routersAt(urls: readonly string[], token: string | undefined): Routers {
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
