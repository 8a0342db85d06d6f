import { type Digest, invalidField } from "@throughline/kernel";
import { hexOf } from "./object-path.ts";

const ID = /^([0-9a-f]{64})\.[0-9a-f]{32}$/;

/** Names one condemnation of an object: 64 hex digits of the digest, and 16 bytes that no other condemnation has. */
export const condemnedId = (digest: Digest, unique: Buffer): string => `${hexOf(digest)}.${unique.toString("hex")}`;

export const isCondemnedId = (name: string): boolean => ID.test(name);

/** Fails with INVALID_FIELD for what names no condemnation: it could be a way out of the root. */
export function digestOfCondemned(id: string): Digest {
  const [, hex] = ID.exec(id) ?? [];
  if (hex === undefined) throw invalidField("id", `"${id}" names no condemned object`);
  return `sha256:${hex}`;
}
