const SIMPLE: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const ESCAPE = /\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/gu;
const CODE_POINT_MAX = 0x10ffff;

/**
 * Text between quotes as Python's literals mean it, which is how MLflow reads the texts of a list; a backslash before any other
 * character stays. Undefined for what Python refuses (`\x1`), and for `\N{…}`.
 */
export function unescaped(raw: string): string | undefined {
  let valid = true;
  const text = raw.replace(ESCAPE, (sequence) => {
    const meant = meaningOf(sequence.slice(1));
    valid &&= meant !== undefined;
    return meant ?? "";
  });
  return valid ? text : undefined;
}

/** What stands for a backslash and `rest`. */
function meaningOf(rest: string): string | undefined {
  const [letter = ""] = rest;
  if (/[0-7]/.test(letter)) return String.fromCodePoint(Number.parseInt(rest, 8));
  if (Object.hasOwn(SIMPLE, letter)) return SIMPLE[letter];
  if (!/[xuUN]/.test(letter)) return `\\${rest}`;
  const code = Number.parseInt(rest.slice(1), 16);
  return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : undefined;
}

/** The opposite of `unescaped`, for between single quotes. */
export function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
