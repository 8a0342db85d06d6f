/** A LIKE pattern: `%` stands for any characters, `_` for one, every other character for itself. */
export interface LikePattern {
  readonly text: string;
  readonly ignoreCase: boolean;
}

/** The characters that fit one place of a pattern; null if any does. */
export type Place = readonly string[] | null;

/** What stands between the percent signs, place by place. With one piece there is no percent sign. */
export function placesOf({ text, ignoreCase }: LikePattern): readonly (readonly Place[])[] {
  const place = (character: string): Place => {
    if (character === "_") return null;
    return ignoreCase ? alike(character) : [character];
  };
  return text.split("%").map((piece) => [...piece].map(place));
}

/** The characters with the same lower case. */
function alike(character: string): readonly string[] {
  lowered ??= Map.groupBy(cased(), lowerCase);
  const lower = lowerCase(character);
  return lowered.get(lower) ?? [lower];
}

/** The characters of each lower case, of all that have one; made when it is first needed. */
let lowered: ReadonlyMap<string, readonly string[]> | undefined;

/** The lower case of a character, or the character if that would be several. */
function lowerCase(character: string): string {
  const lower = character.toLowerCase();
  return [...lower].length === 1 ? lower : character;
}

/** Scripts that know upper and lower case have their characters below U+20000. */
const CASED_END = 0x20000;

function cased(): readonly string[] {
  const all: string[] = [];
  for (let point = 0; point < CASED_END; point++) {
    const character = String.fromCodePoint(point);
    const lower = lowerCase(character);
    if (lower !== character || lowerCase(character.toUpperCase()) !== character.toUpperCase()) all.push(character);
  }
  return all;
}

/** The text that everything fitting the pattern starts with. */
export function literalPrefix(pattern: LikePattern): string {
  const first = placesOf(pattern)[0] ?? [];
  const end = first.findIndex((place) => place?.length !== 1);
  return first
    .slice(0, end === -1 ? first.length : end)
    .map((place) => place?.[0])
    .join("");
}
