import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOfBytes, digestOfJson, isDigest, parseDigest, streamingDigest } from "./digest.ts";

const OF_NOTHING = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("digests", () => {
  test("are those of the standard", () => {
    expect(digestOfBytes("")).toBe(OF_NOTHING);
    expect(digestOfBytes("abc")).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  test("of text are those of its UTF-8 bytes", () => {
    expect(digestOfBytes("é")).toBe(digestOfBytes(new Uint8Array([0xc3, 0xa9])));
  });

  test("of JSON do not depend on the order of keys", () => {
    expect(digestOfJson({ b: 1, a: [2] })).toBe(digestOfJson({ a: [2], b: 1 }));
    expect(digestOfJson({ a: 1 })).not.toBe(digestOfJson({ a: "1" }));
  });

  test("over pieces are those over the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => {
        const streaming = streamingDigest();
        for (const piece of pieces) streaming.update(piece);
        expect(streaming.digest()).toBe(digestOfBytes(Buffer.concat(pieces)));
      }),
    );
  });

  test.each([
    ["", "nothing"],
    [OF_NOTHING.toUpperCase(), "upper case"],
    [OF_NOTHING.slice(0, -1), "too short"],
    [`${OF_NOTHING}0`, "too long"],
    [`${OF_NOTHING}\n`, "a line end"],
    [OF_NOTHING.replace("sha256", "sha512"), "another algorithm"],
    [`../${OF_NOTHING}`, "a path"],
    [OF_NOTHING.replace("e", "é"), "a letter that is no digit"],
  ])("refuse %j: %s", (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text, "artifact.digest")).toThrow(
      expect.objectContaining({ reason: "INVALID_FIELD", metadata: { field: "artifact.digest" } }),
    );
  });

  test("of any size are answered with a short message", () => {
    expect(() => parseDigest("\ud83d\ude00".repeat(1_000_000), "digest")).toThrow(/^.{1,200}$/u);
  });

  test("read back as they were written", () => {
    expect(parseDigest(OF_NOTHING, "digest")).toBe(OF_NOTHING);
  });
});
