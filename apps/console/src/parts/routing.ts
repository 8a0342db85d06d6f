import { useSearch } from "wouter";

/** A version that the address asks for by `?version=`; 0, which means the newest, if it asks for none. */
export function useVersionAsked(): bigint {
  const asked = new URLSearchParams(useSearch()).get("version") ?? "";
  return /^\d{1,18}$/.test(asked) ? BigInt(asked) : 0n;
}
