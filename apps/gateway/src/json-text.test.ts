import type { JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "./json-text.ts";

const parse = (text: string) => parseJson(Buffer.from(text));
const failure = (text: string | Uint8Array): string => {
  try {
    parseJson(typeof text === "string" ? Buffer.from(text) : text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "was taken";
};

/** Values whose objects have no key `__proto__`, and are not too deep. */
const values = fc.jsonValue({ maxDepth: 8 }).filter((it) => !JSON.stringify(it).includes("__proto__"));

describe("parseJson", () => {
  test("reads what JSON.parse reads, however it is written", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0, 1, "\t", "\r\n "), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("takes and refuses random text as JSON.parse does", () => {
    const piece = fc.constantFrom(
      '"',
      "\\",
      "\\u0022",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "1",
      "-",
      "e5",
      " ",
      "\n",
      "null",
      '"a"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        let expected: JsonValue | undefined;
        try {
          expected = text === "" ? undefined : JSON.parse(text);
        } catch {
          expect(failure(text)).toMatch(/not JSON/);
          return;
        }
        const keys = text.match(/"a"\s*:/g) ?? [];
        // Only keys that are given twice are refused besides.
        if (keys.length < 2) expect(parse(text)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test("finds a key that an object has twice, wherever it stands and however it is spelled", () => {
    const withObject = values.filter((it) => /\{"/.test(JSON.stringify(it)));
    fc.assert(
      fc.property(withObject, fc.nat(), fc.boolean(), (value, at, isEscaped) => {
        const text = JSON.stringify(value);
        // Only braces outside of texts: a text's own braces follow something else than a quote and a colon.
        const objects = [...text.matchAll(/\{("(?:[^"\\]|\\.)*"):/g)].filter((it) => isOutsideTexts(text, it.index));
        const chosen = objects[at % objects.length];
        if (!chosen) return;
        const key = JSON.parse(chosen[1] ?? "") as string;
        const spelled = isEscaped ? `"${[...key].flatMap(escaped).join("")}"` : chosen[1];
        expect(failure(`${text.slice(0, chosen.index + 1)}${spelled}:0,${text.slice(chosen.index + 1)}`)).toMatch(
          /given twice/,
        );
      }),
    );
  });

  test.each([
    ["a prototype", '{"__proto__":{"x":1}}', "__proto__: this key is refused"],
    ["a prototype in disguise", '{"a":{"\\u005f_proto__":1}}', "__proto__: this key is refused"],
    ["a number beyond doubles", '{"a":{"b":[1,1e999]}}', "a.b[1]: the number is beyond the range of a double"],
    ["a number below doubles", "-1e999", "body: the number is beyond the range of a double"],
    ["nesting", `${"[".repeat(101)}${"]".repeat(101)}`, "body: nested more than 100 levels deep"],
    [
      "nesting without end",
      `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
      "body: nested more than 100 levels deep",
    ],
    ["a byte order mark", "\ufeff{}", /^body: the body is not JSON/],
    ["two values", "{} {}", /^body: the body is not JSON/],
    ["NaN", '{"a":NaN}', /^body: the body is not JSON/],
    ["a NUL behind it", "{}\0", /^body: the body is not JSON/],
    ["an open list", "[".repeat(1_000_000), /^body: the body is not JSON/],
  ])("refuses %s", (_what, text, message) => {
    const found = failure(text);
    if (message instanceof RegExp) expect(found).toMatch(message);
    else expect(found).toBe(message);
  });

  test.each([
    ["a lone continuation", [0x22, 0x80, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["half a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a cut end", [0x22, 0xe2, 0x82, 0x22]],
  ])("refuses bytes that are not UTF-8: %s", (_what, bytes) => {
    expect(failure(Uint8Array.from(bytes))).toBe("body: the body is not UTF-8");
  });

  test("leaves the prototype of all objects alone", () => {
    failure('{"__proto__":{"polluted":1}}');
    failure('{"constructor":{"prototype":{"polluted":1}}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("takes time in proportion to texts of quotes and backslashes", () => {
    const text = `["${'\\"'.repeat(1_000_000)}","${"\\\\".repeat(1_000_000)}"]`;
    expect(parse(text)).toEqual(['"'.repeat(1_000_000), "\\".repeat(1_000_000)]);
  });

  test("reads nothing as nothing", () => {
    expect(parse("")).toBeUndefined();
    expect(parse("null")).toBeNull();
  });
});

const escaped = (character: string): string[] =>
  Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`);

/** True if a position of JSON text is not within a text. */
function isOutsideTexts(text: string, position: number): boolean {
  let isInside = false;
  for (let at = 0; at < position; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') isInside = !isInside;
  }
  return !isInside;
}
