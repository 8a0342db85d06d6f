import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkedFolder, checkedPath, folderOf, foldersOf } from "./file-path.ts";

const encoded = (text: string, times: number): string =>
  Array.from({ length: times }).reduce<string>(
    (it, _, round) => (round === 0 ? it.replaceAll(".", "%2e").replaceAll("/", "%2f") : it.replaceAll("%", "%25")),
    text,
  );

const decoded = (text: string): string => text.replace(/(?:%[0-9a-f]{2})+/giu, decodeURIComponent);

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "leads back": ["..", ".", "../etc/passwd", "a/../../b", "./../x", "a/./b", "a/..", "./a"],
  "is absolute": ["/", "/etc/passwd", "//etc//passwd", "//host/share"],
  "is of Windows": ["..\\..\\x", "C:\\x", "C:/x", "c:x", "\\\\?\\C:\\x", "\\\\host\\share", "a\\b", "Ｃ：x"],
  "is encoded": [
    ...[1, 2, 3, 10, 11, 40].map((times) => encoded("../", times)),
    ...["%2e%2e%2fx", "%252e%252e%252fx", "a/%2e%2e/b", "a%2f..%2fb", "%5c", "a%00.png", "%0a", "%2Fetc%2Fpasswd"],
    ...["%c0%ae%c0%ae%c0%af", "a%ff", "%ed%a0%80", "%e2%80%ae", "%ef%bc%8f", "a%20", "%20a", "C%3a/x"],
  ],
  "has a control": ["a\0.png", "a\u0001", "a\tb", "a\nb", "a\rb", "a\u001fb", "a\u007f", "a\u0085b", "a\u2028b"],
  "has half a pair": ["a\ud800", "\udc00a", "a/\ud83d/b"],
  "looks like another": ["．．／x", "a／b", "a．b", "a＼b", "․․/x", "‥/x", "a∕b", "a⁄b", "a⧸b", "﹨x"],
  "has what is not shown": [
    "a\u202etxt.exe",
    "a\u200bb",
    "a\u200d",
    "\ufeffa",
    "a\u2066b",
    "a\u00adb",
    "a\u3164",
    "a\u{e0041}",
  ],
  "is empty somewhere": ["", "a/", "a//b", "/a", "a/b/"],
  "has blanks at an end": [" a", "a ", "a/ b", "a /b", "a\u00a0", "a\u3000/b", "\u2003a"],
  "is too long": [
    "a".repeat(1_025),
    "é".repeat(513),
    Array.from({ length: 300 }).fill("a").join("/"),
    `${"a/".repeat(100)}a`,
  ],
};

describe("checkedPath()", () => {
  for (const [kind, paths] of Object.entries(REFUSED))
    test.each(paths.map((it) => [JSON.stringify(it).slice(0, 60), it]))(
      `refuses a path that ${kind}: %s`,
      (_, path) => {
        expect(() => checkedPath(path, "files[3].path")).toThrow(
          expect.objectContaining({ kind: "invalid", reason: "BAD_PATH", metadata: { field: "files[3].path" } }),
        );
      },
    );

  test.each([
    ...["a", "a/b/c.txt", "MLmodel", ".hidden", "...", "a..b", "..a", "model..", "a b.txt", "~", "ab:c", "1:2", "-rf"],
    ...[
      "100%",
      "100%.txt",
      "50%zz",
      "a%20b.png",
      "%41",
      "CON",
      "aux.txt",
      "日本語/グラフ.png",
      "👍️.png",
      "a\u0301".normalize("NFC"),
    ],
    ...[
      "a".repeat(1_024),
      Array.from({ length: 100 }).fill("a").join("/"),
      "__proto__/constructor",
      "$where",
      "a'b\"c;--",
    ],
  ])("takes %s as it is", (path) => {
    expect(checkedPath(path, "path")).toBe(path);
  });

  test("gives two spellings of one text one path", () => {
    expect(checkedPath("cafe\u0301/re\u0301sume\u0301", "path")).toBe(
      checkedPath("caf\u00e9/r\u00e9sum\u00e9", "path"),
    );
  });

  test("gives what it has given, and nothing that any of these readings would take elsewhere", () => {
    const pieces = fc.constantFrom(
      "..",
      ".",
      "/",
      "\\",
      "a",
      "%2e",
      "%2f",
      "%25",
      "%5c",
      "．",
      "／",
      " ",
      "C:",
      "\0",
      "é",
      "\u0301",
    );
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (parts) => {
        let path: string;
        try {
          path = checkedPath(parts.join(""), "path");
        } catch (error) {
          expect(error).toMatchObject({ reason: "BAD_PATH" });
          return;
        }
        expect(checkedPath(path, "path")).toBe(path);
        for (let text = path, round = 0; round < 12; round++, text = decoded(text)) {
          expect(text.split(/[/\\]/)).not.toContain("..");
          expect(text).not.toMatch(/^[/\\]|^[a-z]:|\0/i);
          if (!/%[0-9a-f]{2}/i.test(text)) break;
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

test("the top of a tree is the empty folder", () => {
  expect(checkedFolder("", "path")).toBe("");
  expect(() => checkedFolder("/", "path")).toThrow(expect.objectContaining({ reason: "BAD_PATH" }));
});

test("a path stands in its folders", () => {
  expect(foldersOf("a/b/c")).toEqual(["a", "a/b"]);
  expect(foldersOf("a")).toEqual([]);
  expect(folderOf("a/b/c")).toBe("a/b");
  expect(folderOf("a")).toBe("");
});
