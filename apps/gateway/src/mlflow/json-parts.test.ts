import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonParts } from "./json-parts.ts";

const long = (part: string): string => `${part.repeat(Math.ceil(700_000 / part.length))}!`;

test("the parts of a value are its JSON, whatever stands where a long text is cut", () => {
  const texts = ["x", "😀", "a😀", '"\\', "\n\u2028", "\ud800"].map(long);
  for (const value of [texts, { a: { b: texts.join("") }, c: 1, d: [null, texts[1]] }, "short", texts[1], {}]) {
    const parts = [...jsonParts(value)];
    expect(parts.every((it) => it.length < 2_000_000)).toBe(true);
    expect(Object.is(JSON.stringify(JSON.parse(parts.join(""))), JSON.stringify(value))).toBe(true);
  }
});

test("short values are one part, as JSON.stringify has them", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => void expect([...jsonParts(value)]).toEqual([JSON.stringify(value)])),
  );
});
