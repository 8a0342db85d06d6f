import ipaddr from "ipaddr.js";

/** The first three bits of the addresses that are routed in the internet today (2000::/3). */
const GLOBAL_BITS = 0b001;
/** Routed, but only within a cloud: where its machines ask for their keys. */
const CLOUD_SERVICES = new Set(["168.63.129.16"]);

/**
 * True for an IP address that anybody in the internet can reach. Everything else is refused: private, shared, loopback,
 * link-local and multicast addresses, those that are set aside, and IPv6 addresses that carry an IPv4 address within them
 * (mapped, 6to4, NAT64, Teredo), whatever that is. A text that is no IP address is none.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast" || CLOUD_SERVICES.has(address.toString())) return false;
  return !(address instanceof ipaddr.IPv6) || (address.parts[0] ?? 0) >> 13 === GLOBAL_BITS;
}
