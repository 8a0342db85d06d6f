import { readFile, realpath, stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ConfigError, isDomainError, text } from "@throughline/kernel";
import { type KeyRing, parseKeyRing } from "@throughline/privacy";

const NAME = "THROUGHLINE_PRIVACY_KEYS";

/** Where the key ring is. Empty: there is none, and whatever needs a key is refused. */
export const PRIVACY_SETTINGS = { privacyKeys: { name: NAME, parse: text, fallback: "" } } as const;

/** What anybody may do with a file. A group may read it: that is how secrets are mounted. */
const ANYBODY = 0o007;

/**
 * Reads the key ring that a setting names: a file with a line for each version, `{version} {secret in base64}`, which
 * not everybody may read, outside the folder that holds the data: whoever has a copy of the data must not have the key.
 *
 * @throws ConfigError, which never says what is in the file.
 */
export async function readPrivacyKeys(path: string, dataDir: string): Promise<KeyRing> {
  if (path === "") return [];
  const refuse = (what: string): ConfigError => new ConfigError([`${NAME}: ${what}`]);
  const file = await realpath(path).catch(() => undefined);
  if (file === undefined) throw refuse(`there is no file ${path}`);
  const within = relative(await realpath(dataDir).catch(() => resolve(dataDir)), file);
  if (!within.startsWith("..")) throw refuse(`${path} lies in the data folder. Keep the keys apart from the data`);
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & ANYBODY) !== 0)
    throw refuse(`everybody on this machine can read or write ${path}. Take their rights away (chmod o=)`);
  const content = await readFile(file, "utf8").catch(() => undefined);
  if (content === undefined) throw refuse(`${path} cannot be read`);
  try {
    const ring = parseKeyRing(content);
    if (ring.length === 0) throw refuse(`${path} has no key. Write a line "1 {32 random bytes in base64}"`);
    return ring;
  } catch (error) {
    if (isDomainError(error)) throw refuse(`${path}: ${error.message}`);
    throw error;
  }
}
