import { expect, test } from "vitest";
import { readIndex } from "./release-archive.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const SOUND = `{"format":"throughline.release.v1","parts":[],"release":{"description":"","digest":"${DIGEST}","name":"n"}}`;
const read = (text: string) => readIndex(Buffer.from(text));

test("an index that is sound is read, with what it says besides left alone", () => {
  const more = SOUND.replace('"parts"', '"lineage":[{"a":[1]}],"parts"');
  expect(read(more)).toEqual({ name: "n", digest: DIGEST, description: "", parts: [] });
});

test.each([
  ["JSON that is nested 100,000 deep", SOUND.replace("[]", "[".repeat(100_000) + "]".repeat(100_000))],
  ["a key twice", SOUND.replace('"parts":[]', '"parts":[],"parts":[]')],
  ["a number beyond all numbers", SOUND.replace("[]", "[1e999]")],
  ["a part that is no object", SOUND.replace("[]", "[1]")],
  ["more parts than a release has", SOUND.replace("[]", `[${"{},".repeat(200)}{}]`)],
  ["a prototype in place of what is missing", '{"__proto__":{"format":"throughline.release.v1"}}'],
  ["keys in another order", SOUND.replace(/^\{("format":"[^"]*"),("parts":\[\])/, "{$2,$1")],
  ["spaces", ` ${SOUND}`],
  ["a digest that is none", SOUND.replace(DIGEST, "sha256:../../x")],
  ["a negative size", SOUND.replace("[]", `[{"digest":"${DIGEST}","part":"manifest","sizeBytes":-1}]`)],
  ["another format", SOUND.replace("release.v1", "release.v2")],
  ["a half surrogate", SOUND.replace('"n"', '"\\ud800"')],
  ["nothing", ""],
])("%s is refused", (_, text) => {
  expect(() => read(text)).toThrow("The bytes are no archive of a release");
  expect(Object.keys(Object.prototype)).toEqual([]);
});
