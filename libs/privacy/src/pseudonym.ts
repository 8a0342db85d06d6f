import { createHmac } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { derivedKey, type KeyRing } from "./key-ring.ts";

const TOKEN_BYTES = 16;

/**
 * Whose tokens are equal for equal values. Tokens of one purpose and domain join, whatever their columns are called; tokens of
 * two purposes never do.
 */
export interface TokenScope {
  readonly purpose: string;
  /** What kind of thing the values name, such as `customer`. */
  readonly domain: string;
  /** Version of the key. Default: the newest. */
  readonly version?: number;
}

/** Makes the token of a value. Null stays null. */
export type Tokenise = (value: FeatureValue) => string | null;

/**
 * Pseudonyms: HMAC-SHA-256 of the typed value (so `1`, `1.0` and `"1"` have three), cut to 128 bits (as NIST SP 800-107
 * allows), under a key of the purpose and domain alone. A token reads `k{version}_{22 characters}`. Two values of a billion share
 * one with a chance below 1e-20. Without the secret nobody can go back or try values; with it one can, so it stays personal data.
 */
export function pseudonyms(ring: KeyRing, { purpose, domain, version: wanted }: TokenScope): Tokenise {
  const use = { mechanism: "pseudonym", purpose, scope: [domain] } as const;
  const { version, key } = derivedKey(ring, wanted === undefined ? use : { ...use, version: wanted });
  return (value) => {
    if (value === null) return null;
    const mac = createHmac("sha256", key)
      .update(canonicalRowBytes([value]))
      .digest();
    return `k${version}_${mac.subarray(0, TOKEN_BYTES).toString("base64url")}`;
  };
}

/** The tokens of a value under every version that is kept, newest last: what to look for when somebody is to be forgotten. */
export const everyPseudonym = (
  ring: KeyRing,
  scope: Omit<TokenScope, "version">,
  value: FeatureValue,
): readonly string[] => ring.flatMap(({ version }) => pseudonyms(ring, { ...scope, version })(value) ?? []);
