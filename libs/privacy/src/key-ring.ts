import { hkdfSync } from "node:crypto";
import { canonicalJson, DomainError, invalidField } from "@throughline/kernel";

const SECRET_BYTES_MIN = 32;
const KEY_BYTES = 32;
const VERSIONS_MAX = 100;
/** Domain separation: a secret that is used elsewhere too gives other keys there. */
const SALT = "throughline/privacy/1";

/** One version of the master secret. */
export interface KeyVersion {
  /** From 1, rising. It is written into tokens, so it is not secret. */
  readonly version: number;
  /** At least 32 bytes of good chance. Never used itself: keys are derived from it. */
  readonly secret: Uint8Array;
}

/**
 * The versions of the master secret that can still be used, newest last. New tokens are made with the newest, unless an older
 * version is asked for so that what was made before can be made again. A version that is taken out of the ring cannot: tokens
 * made with it no longer lead to anybody.
 */
export type KeyRing = readonly KeyVersion[];

/** What a key is for. Keys of different uses have nothing in common that can be computed without the secret. */
export interface KeyUse {
  readonly mechanism: "pseudonym" | "format_preserving" | "noise";
  readonly purpose: string;
  /** What else separates keys of one mechanism and purpose: the domain of the values, or the column and the seed. */
  readonly scope: readonly string[];
  /** Default: the newest version. */
  readonly version?: number;
}

/** A derived key and the version of the secret that it came from. */
export interface DerivedKey {
  readonly version: number;
  readonly key: Uint8Array;
}

/**
 * The 256-bit key of a use: HKDF with SHA-256 (RFC 5869) over the secret, with the use as unambiguous context.
 *
 * @throws DomainError precondition KEY_VERSION_GONE if the ring has no such version.
 */
export function derivedKey(ring: KeyRing, { mechanism, purpose, scope, version }: KeyUse): DerivedKey {
  const found = version === undefined ? ring.at(-1) : ring.find((it) => it.version === version);
  if (!found) throw keyVersionGone(version);
  const context = canonicalJson([mechanism, purpose, ...scope]);
  const key = new Uint8Array(hkdfSync("sha256", found.secret, SALT, context, KEY_BYTES));
  return { version: found.version, key };
}

/**
 * Adds a secret as the newest version. Tokens change from then on; those of the older versions stay recognisable by the
 * version that they carry, and can be made again as long as their version is kept.
 *
 * @throws DomainError invalid KEY_TOO_SHORT for less than 32 bytes, KEY_REPEATED for a secret that the ring already has.
 */
export function rotated(ring: KeyRing, secret: Uint8Array): KeyRing {
  if (secret.byteLength < SECRET_BYTES_MIN)
    throw invalidField("secret", `it has ${secret.byteLength} bytes, at least 32 are needed`, "KEY_TOO_SHORT");
  if (ring.some((it) => Buffer.from(it.secret).equals(secret)))
    throw invalidField("secret", "the key ring has it already. Make a new one", "KEY_REPEATED");
  if (ring.length >= VERSIONS_MAX)
    throw invalidField("secret", `the key ring has ${VERSIONS_MAX} versions. Take old ones out first`, "KEY_RING_FULL");
  return [...ring, { version: (ring.at(-1)?.version ?? 0) + 1, secret: Uint8Array.from(secret) }];
}

/**
 * The ring of a tenant: each secret derived from the one of the same version, so that keys, and with them tokens, of two tenants
 * have nothing in common. An empty ring stays empty.
 */
export const ringOf = (ring: KeyRing, tenant: string): KeyRing =>
  ring.map(({ version, secret }) => ({
    version,
    secret: new Uint8Array(hkdfSync("sha256", secret, SALT, canonicalJson(["tenant", tenant]), KEY_BYTES)),
  }));

/**
 * Reads a key ring from a text with a line for each version, `{version} {secret in base64}`, versions rising. Empty lines and lines
 * that begin with `#` are left out. Messages name lines, never what is in them.
 *
 * @throws DomainError invalid KEY_RING.
 */
export function parseKeyRing(text: string): KeyRing {
  const ring: KeyVersion[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const refuse = (what: string): DomainError => invalidField(`line ${i + 1}`, what, "KEY_RING");
    const [, number, base64] = /^([1-9][0-9]{0,8}) +([A-Za-z0-9+/]+=*)\s*$/.exec(line) ?? [];
    if (number === undefined || base64 === undefined) throw refuse("it is not `{version} {secret in base64}`");
    const secret = Uint8Array.from(Buffer.from(base64, "base64"));
    const version = Number(number);
    if (version <= (ring.at(-1)?.version ?? 0)) throw refuse("its version is not above those before");
    if (secret.byteLength < SECRET_BYTES_MIN)
      throw refuse(`its secret has ${secret.byteLength} bytes, at least ${SECRET_BYTES_MIN} are needed`);
    if (ring.some((it) => Buffer.from(it.secret).equals(secret))) throw refuse("its secret is there already");
    if (ring.length >= VERSIONS_MAX) throw refuse(`there are more than ${VERSIONS_MAX} versions`);
    ring.push({ version, secret });
  }
  return ring;
}

const keyVersionGone = (version: number | undefined): DomainError =>
  new DomainError(
    "precondition",
    "KEY_VERSION_GONE",
    version === undefined
      ? "The key ring is empty, so nothing can be pseudonymised. Add a secret first."
      : `The key ring has no version ${version} any more, so its tokens cannot be made again. Use a newer version.`,
    { metadata: version === undefined ? {} : { version: `${version}` } },
  );
