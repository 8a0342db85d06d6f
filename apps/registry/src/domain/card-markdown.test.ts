import { expect, test } from "vitest";
import { escaped } from "./card-markdown.ts";

test.each([
  ["# title", "\\# title"],
  ["- item", "\\- item"],
  ["1. item", "1\\. item"],
  ["=== \n\n ---", "\\=== ---"],
  ["a *b* _c_ `d`", "a \\*b\\* \\_c\\_ \\`d\\`"],
  ["[a](https://b)", "\\[a\\](https\\://b)"],
  ["<b onclick=x>", "\\<b onclick=x\\>"],
  ["a | b", "a \\| b"],
  ["www.example.org, me@example.org", "www\\.example.org, me\\@example.org"],
  ["back\\slash &amp;", "back\\\\slash \\&amp;"],
])("%j is shown as it is", (text, markdown) => {
  expect(escaped(text)).toBe(markdown);
});
