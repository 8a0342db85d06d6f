import { createHash, hash } from "node:crypto";
import { canonicalJson, type Json } from "./canonical-json.ts";
import { invalidField } from "./errors.ts";

/** The address of some bytes: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

const PATTERN = /^sha256:[0-9a-f]{64}$/;

/** In one call: most are of a few bytes, for which an object that takes pieces costs twice as much, and is collected late. */
export const digestOfBytes = (bytes: Uint8Array | string): Digest => `sha256:${digitsOfBytes(bytes)}`;

/** The 64 digits of a digest alone. */
export const digitsOfBytes = (bytes: Uint8Array | string): string => hash("sha256", bytes, "hex");

/** SHA-256 over the canonical JSON of a value: the digest of a manifest. */
export const digestOfJson = (value: Json): Digest => digestOfBytes(canonicalJson(value));

export const isDigest = (text: string): text is Digest => PATTERN.test(text);

/** Reads a digest that came from outside. `path` names the field for the error. */
export function parseDigest(text: string, path: string): Digest {
  const shown = text.slice(0, 100).toWellFormed();
  if (!isDigest(text)) throw invalidField(path, `"${shown}" is not a digest: sha256: and 64 lower-case hex digits`);
  return text;
}

/** A digest being computed over bytes that arrive in pieces. */
export function streamingDigest(): { update(bytes: Uint8Array): void; digest(): Digest } {
  const digest = createHash("sha256");
  return {
    update: (bytes) => void digest.update(bytes),
    digest: () => `sha256:${digest.digest("hex")}`,
  };
}
