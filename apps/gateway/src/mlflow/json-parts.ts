import { randomUUID } from "node:crypto";

/** Characters of a text that are written in one go. */
const PART_LENGTH = 256 * 1024;

/** The JSON of a value, in parts of some hundred thousand characters where there are long texts in it. */
export function* jsonParts(value: unknown): Iterable<string> {
  const texts: string[] = [];
  // Nobody who writes a text can know it.
  const mark = randomUUID();
  const json = JSON.stringify(value, (_, it: unknown) => {
    if (typeof it !== "string" || it.length <= PART_LENGTH) return it;
    texts.push(it);
    return mark;
  });
  for (const [i, between] of json.split(mark).entries()) {
    yield between;
    const text = texts[i] ?? "";
    // A character that is cut in two is two escapes, one behind the other, which are that character again.
    for (let at = 0; at < text.length; at += PART_LENGTH)
      yield JSON.stringify(text.slice(at, at + PART_LENGTH)).slice(1, -1);
  }
}
