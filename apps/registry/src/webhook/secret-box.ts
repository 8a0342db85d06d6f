import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Keeps secrets in a form that the database may see. */
export interface SecretBox {
  seal(secret: string): string;
  /** Fails with an Error if it was sealed with another key. */
  open(sealed: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM under a key of 32 bytes. Without a key secrets are stored as they are; what was stored so stays
 * readable when a key comes later.
 */
export function secretBox(key: Uint8Array | undefined): SecretBox {
  return {
    seal(secret) {
      if (secret === "") return "";
      if (!key) return `plain:${secret}`;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const text = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return `aes:${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64")}`;
    },
    open(sealed) {
      if (sealed === "") return "";
      if (sealed.startsWith("plain:")) return sealed.slice("plain:".length);
      if (!key) throw new Error("the secret of a webhook was encrypted, and no key is configured");
      const bytes = Buffer.from(sealed.slice("aes:".length), "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        "utf8",
      );
    },
  };
}
