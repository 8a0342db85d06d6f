import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The secret of page tokens, kept in the data folder so that a token outlives a restart. */
export function pageSecret(dataDir: string): Uint8Array {
  const path = join(dataDir, "page-secret");
  if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600 });
  return readFileSync(path);
}
