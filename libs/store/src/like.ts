/** A LIKE pattern, ready to be matched. */
export interface LikePattern {
  /**
   * The texts between the percent signs, place by place. With one piece there was no percent sign.
   */
  readonly pieces: readonly (readonly Place[])[];
}

/** The characters that fit one place of a pattern; null if any does. */
export type Place = readonly string[] | null;

/** Reads a pattern. `%` stands for any characters, `_` for one; every other character for itself. */
export function likePattern(pattern: string, ignoreCase: boolean): LikePattern {
  const place = (character: string): Place => {
    if (character === "_") return null;
    return ignoreCase ? alike(character) : [character];
  };
  return { pieces: pattern.split("%").map((piece) => [...piece].map(place)) };
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
export function literalPrefix({ pieces }: LikePattern): string {
  const first = pieces[0] ?? [];
  const end = first.findIndex((place) => place?.length !== 1);
  return first
    .slice(0, end === -1 ? first.length : end)
    .map((place) => place?.[0])
    .join("");
}

/**
 * Tells whether a whole text fits. Each piece between percent signs is taken at the first place where it fits, which
 * needs no going back: the time is at most the product of both lengths.
 */
export function likeTest({ pieces }: LikePattern): (text: string) => boolean {
  const texts = literals(pieces);
  return texts === undefined ? (text) => fitsPlaces([...text], pieces) : (text) => fitsLiterals(text, texts);
}

function fitsPlaces(characters: readonly string[], [first = [], ...others]: LikePattern["pieces"]): boolean {
  const last = others.pop();
  if (!fitsAt(characters, 0, first)) return false;
  if (last === undefined) return characters.length === first.length;
  let at = first.length;
  for (const piece of others) {
    while (at + piece.length <= characters.length && !fitsAt(characters, at, piece)) at++;
    if (at + piece.length > characters.length) return false;
    at += piece.length;
  }
  const end = characters.length - last.length;
  return end >= at && fitsAt(characters, end, last);
}

/** The pieces as texts, if each place of all of them has one character: most patterns are such, and faster to match. */
function literals(pieces: LikePattern["pieces"]): readonly string[] | undefined {
  if (pieces.some((piece) => piece.some((place) => place?.length !== 1))) return undefined;
  return pieces.map((piece) => piece.map((place) => place?.[0]).join(""));
}

function fitsLiterals(text: string, [first = "", ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function fitsAt(characters: readonly string[], at: number, piece: readonly Place[]): boolean {
  if (at + piece.length > characters.length) return false;
  for (let i = 0; i < piece.length; i++) {
    const place = piece[i];
    if (place && !place.includes(characters[at + i] as string)) return false;
  }
  return true;
}
