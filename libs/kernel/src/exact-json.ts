/**
 * JSON with whole numbers of 64 bits, which MLflow writes as plain digits: those that a double cannot hold are bigints
 * here, and everything else is as JSON.parse and JSON.stringify have it.
 */

/** Most digits of a whole number. To read one takes time in proportion to their square. */
const DIGITS_MAX = 400;

/** Fails with a SyntaxError for what is no JSON, and for whole numbers of more than 400 digits. Takes time in proportion to the text. */
export function parseExact(text: string): unknown {
  // The reviver makes parsing ten times slower, and hardly any text needs it.
  return MAY_BE_INEXACT.test(text) ? JSON.parse(text, keepExact) : JSON.parse(text);
}

/** A whole number as it goes into `JSON.stringify`. */
export function wholeJson(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (JSON as unknown as RawJson).rawJSON(String(value));
}

/** A real number as it goes into `JSON.stringify`: those that JSON has no digits for are texts, as protobuf has it. */
export const realJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** At least 16 digits right behind a colon, a comma or a bracket: 2^53 has 16. */
const MAY_BE_INEXACT = /[:,[]\s*-?\d{16}/;

function keepExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  if (context?.source === undefined || !/^-?\d+$/.test(context.source)) return value;
  if (context.source.replace("-", "").length > DIGITS_MAX)
    throw new SyntaxError(`a number has more than ${DIGITS_MAX} digits`);
  return BigInt(context.source);
}

// Part of the language, and not yet of the compiler's library.
interface RawJson {
  rawJSON(text: string): unknown;
}
