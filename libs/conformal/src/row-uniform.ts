import { createHash } from "node:crypto";

/** A number in [0, 1) that follows from a row's digest: 48 bits of SHA-256 over `conformal|` and the digest. */
export const rowUniform = (rowDigest: string): number =>
  createHash("sha256").update(`conformal|${rowDigest}`).digest().readUIntBE(0, 6) / 2 ** 48;
