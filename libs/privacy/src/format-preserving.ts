import { type FeatureValue, invalidField } from "@throughline/kernel";
import { type Ff1, ff1, fitsDomain } from "./ff1.ts";
import { derivedKey, type KeyRing } from "./key-ring.ts";
import type { TokenScope } from "./pseudonym.ts";

const INT64_MAX = 2n ** 63n - 1n;
const DIGITS = "0123456789";

/** Tokens that look like the values, and the way back for whoever holds the key. */
export interface FormatPreserving {
  /** The token; undefined if there are too few values of that format to hide among. Null stays null. */
  token(value: FeatureValue): FeatureValue | undefined;
  /** What `token` was given; undefined if it cannot be a token. */
  original(token: FeatureValue): FeatureValue | undefined;
}

/**
 * Tokens by FF1 under a key of the purpose, with the domain as the tweak. In a text the characters of the alphabet are replaced
 * by others of it, and all others (hyphens, blanks) stay where they are; a whole number becomes another of as many digits and
 * the same sign. A permutation: different values have different tokens, and lengths and signs can be seen. A value needs a million
 * others of its format (six digits in a text, seven in a whole number); only texts and whole numbers have tokens. Tokens do not
 * say with which version of the key they were made: the table that holds them has to.
 *
 * @throws DomainError invalid ALPHABET if the alphabet has fewer than two characters, or one twice.
 */
export function formatPreserving(
  ring: KeyRing,
  { purpose, domain, version }: TokenScope,
  alphabet: string,
): FormatPreserving {
  const use = { mechanism: "format_preserving", purpose, scope: [] } as const;
  const { key } = derivedKey(ring, version === undefined ? use : { ...use, version });
  const tweak = Buffer.from(domain, "utf8");
  const letters = checkedAlphabet(alphabet);
  const text = ff1({ key, radix: letters.length, tweak });
  const number = ff1({ key, radix: DIGITS.length, tweak });
  const walk = (value: FeatureValue, direction: keyof Ff1): FeatureValue | undefined => {
    if (value === null) return null;
    if (typeof value === "string") return walkText(value, letters, text[direction]);
    return typeof value === "bigint" ? walkNumber(value, number[direction]) : undefined;
  };
  return { token: (value) => walk(value, "encrypt"), original: (token) => walk(token, "decrypt") };
}

type Permutation = (symbols: readonly number[]) => readonly number[];

function walkText(value: string, letters: readonly string[], permute: Permutation): string | undefined {
  const characters = [...value];
  const places = characters.flatMap((it, i) => (letters.includes(it) ? [i] : []));
  if (!fitsDomain(letters.length, places.length)) return undefined;
  const permuted = permute(places.map((i) => letters.indexOf(characters[i] ?? "")));
  for (const [j, i] of places.entries()) characters[i] = letters[permuted[j] ?? 0] ?? "";
  return characters.join("");
}

/**
 * Cycle walking (Black and Rogaway 2002, doi:10.1007/3-540-45760-7_9): permutes the digits again until the number starts with no zero
 * and fits into 64 bits. At least four of five do.
 */
function walkNumber(value: bigint, permute: Permutation): bigint | undefined {
  const size = value < 0n ? -value : value;
  const digits = `${size}`;
  // Nine tenths of a million are not a million.
  if (digits.length < 7 || size > INT64_MAX) return undefined;
  let walked = [...digits].map(Number) as readonly number[];
  do walked = permute(walked);
  while (walked[0] === 0 || BigInt(walked.join("")) > INT64_MAX);
  const found = BigInt(walked.join(""));
  return value < 0n ? -found : found;
}

/** The characters of an alphabet, each once. */
function checkedAlphabet(alphabet: string): readonly string[] {
  const letters = [...alphabet];
  if (letters.length < 2 || new Set(letters).size !== letters.length)
    throw invalidField("alphabet", "it needs at least two characters, each once", "ALPHABET");
  return letters;
}
