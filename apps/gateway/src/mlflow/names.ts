import { invalidField } from "@throughline/kernel";

/** Most characters of the name of a metric, a param or a tag. */
const KEY_LENGTH_MAX = 250;

/** Most names are plain, and the general rule costs twenty times as much. */
const PLAIN = /^[\w\-: ][\w\-: .]*$/;
const ALLOWED = /^[/\p{L}\p{N}_.\- :]+$/u;

/**
 * Checks the name of a metric, a param or a tag by MLflow's rules: letters, digits and `_-.: /`, and no name that as the
 * path of a file would be another one.
 */
export function checkedKey(key: string, path: string): string {
  if (key.length <= KEY_LENGTH_MAX && PLAIN.test(key) && key !== "__proto__") return key;
  if (key === "__proto__") throw invalidField(path, "this name is refused");
  if (key === "") throw invalidField(path, "Missing value for required parameter. A name must be given");
  if ([...key].length > KEY_LENGTH_MAX)
    throw invalidField(path, `the name exceeds the maximum length of ${KEY_LENGTH_MAX} characters`);
  if (!ALLOWED.test(key))
    throw invalidField(
      path,
      "names may only contain letters, digits, underscores, dashes, periods, spaces, colons and slashes",
    );
  if (key.startsWith("/") || key.split("/").some((it) => it === "" || it === "." || it === ".."))
    throw invalidField(path, "a name may stand for a file, and this one would be another file's");
  return key;
}

/** Cuts a text to so many characters, as MLflow's server does with values that are too long. */
export function cut(value: string, length: number): string {
  if (value.length <= length) return value;
  let [end, count] = [0, 0];
  for (const character of value) {
    if (++count > length) break;
    end += character.length;
  }
  return value.slice(0, end);
}

/** Title of a run that was given none. `random` is from 0 to 1. */
export function inventedName(random: () => number): string {
  const one = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? "";
  return `${one(MANNERS)}-${one(BIRDS)}-${Math.floor(random() * 1_000)}`;
}

const MANNERS =
  "bold brisk calm clear eager fair gentle keen light lively merry mild patient quick quiet steady sunny swift".split(
    " ",
  );
const BIRDS =
  "avocet bunting curlew dipper dunlin finch heron jay kestrel lark martin osprey plover redstart robin siskin tern wren".split(
    " ",
  );
