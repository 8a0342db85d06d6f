import { invalidField } from "@throughline/kernel";

/** Longest key of a metric, param or tag, in characters. */
const KEY_LENGTH_MAX = 250;
/** Longest value of a tag, in characters. */
const TAG_LENGTH_MAX = 8_000;
/** Most tags of one request, and their bytes together. */
const TAGS_MAX = 1_000;
const ALL_TAGS_BYTES_MAX = 1024 * 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a name must not hold.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Checks a name that is shown in one line. Fails with INVALID_FIELD. */
export function checkLine(text: string, path: string): void {
  if (CONTROL.test(text)) throw invalidField(path, "it has a control character, such as a line break");
}

/** Checks the key of a metric, param or tag. Fails with INVALID_FIELD. */
export function checkKey(key: string, path: string): void {
  if (key === "" || !hasAtMost(key, KEY_LENGTH_MAX))
    throw invalidField(path, `a key has 1 to ${KEY_LENGTH_MAX} characters`);
  checkLine(key, path);
}

/** True for a text of so many characters or fewer. A character beyond the first 65,536 is one, as in Python. */
export const hasAtMost = (text: string, characters: number): boolean =>
  text.length <= characters || (text.length <= 2 * characters && [...text].length <= characters);

/** Checks labels that come with a resource, whose values have so many characters at most. Fails with INVALID_FIELD. */
export function checkTags(
  tags: Readonly<Record<string, string>>,
  path: string,
  lengthMax: number = TAG_LENGTH_MAX,
): void {
  const entries = Object.entries(tags);
  if (entries.length > TAGS_MAX) throw invalidField(path, `${entries.length} tags are more than ${TAGS_MAX}`);
  if (textBytes(tags) > ALL_TAGS_BYTES_MAX)
    throw invalidField(path, `all tags take more than ${ALL_TAGS_BYTES_MAX} bytes`);
  for (const [key, value] of entries) {
    const place = `${path}[${JSON.stringify(key)}]`;
    checkKey(key, place);
    if (!hasAtMost(value, lengthMax)) throw invalidField(place, `the value has more than ${lengthMax} characters`);
  }
}

/** Bytes of UTF-8 that keys and values take. */
export const textBytes = (texts: Readonly<Record<string, string>>): number =>
  Object.entries(texts).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
