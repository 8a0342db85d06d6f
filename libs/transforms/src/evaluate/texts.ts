import { murmur3 } from "../murmur3.ts";
import type { Tokens } from "../program.ts";
import { placesOf } from "./places.ts";

/**
 * Texts as the model runtime sees them: it takes them as C strings in UTF-8, so that a text ends before its first U+0000, and
 * half of a surrogate pair becomes U+FFFD.
 */
export function runtimeText(text: string): string {
  const end = text.indexOf("\0");
  const kept = end < 0 ? text : text.slice(0, end);
  return kept.isWellFormed() ? kept : kept.toWellFormed();
}

export const lowered = (of: readonly string[]): readonly string[] =>
  of.map((it) => it.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()));

export function textPositions(of: readonly string[], keys: readonly string[]): Float64Array {
  const places = placesOf(keys, (it) => it);
  return Float64Array.from(of, (it) => places.get(it) ?? -1);
}

const encoder = new TextEncoder();

export const textHashes = (of: readonly string[], seed: number): Float64Array =>
  Float64Array.from(of, (it) => murmur3(encoder.encode(it), seed));

export const filledTexts = (of: readonly string[], where: Uint8Array, fill: string): readonly string[] =>
  of.map((it, i) => (where[i] === 1 ? fill : it));

/** The tokens of a text, in their order. Some may be empty, if the separator is not a space. */
export function tokensOf(text: string, tokens: Tokens): readonly string[] {
  if (tokens === "characters") return [...text];
  if (tokens.separator === " ") return text.split(" ").filter((it) => it !== "");
  return text === "" ? [] : text.split(tokens.separator);
}

/** One text for the tokens of an n-gram. No token has a U+0000. */
export const gramKey = (tokens: readonly string[]): string => tokens.join("\0");

/** Calls back with each n-gram of so many tokens, as often as it occurs. N-grams with an empty token are none. */
export function eachGram(tokens: readonly string[], length: number, take: (key: string) => void): void {
  for (let i = 0; i + length <= tokens.length; i++) {
    if (length === 1) {
      if (tokens[i] !== "") take(tokens[i] as string);
      continue;
    }
    const gram = tokens.slice(i, i + length);
    if (!gram.includes("")) take(gramKey(gram));
  }
}

export function gramCounts(of: readonly string[], grams: readonly (readonly string[])[], tokens: Tokens): Float64Array {
  const places = placesOf(grams, gramKey);
  const lengths = [...new Set(grams.map((it) => it.length))];
  const counts = new Float64Array(of.length * grams.length);
  of.forEach((text, row) => {
    const cut = tokensOf(text, tokens);
    const count = (key: string): void => {
      const place = places.get(key);
      if (place !== undefined) counts[row * grams.length + place] = (counts[row * grams.length + place] as number) + 1;
    };
    for (const length of lengths) eachGram(cut, length, count);
  });
  return counts;
}
