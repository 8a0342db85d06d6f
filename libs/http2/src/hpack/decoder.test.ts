import { describe, expect, test } from "vitest";
import { HeaderDecoder } from "./decoder.ts";
import { HpackError } from "./error.ts";

const decoder = (limits: Partial<{ tableBytesMax: number; listBytesMax: number }> = {}) =>
  new HeaderDecoder({ tableBytesMax: 4096, listBytesMax: 16_384, ...limits });

const octets = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((it) => (typeof it === "string" ? Buffer.from(it, "latin1") : Buffer.from([it]))));

describe("a block that breaks the rules is refused", () => {
  test.each([
    ["index 0", octets(0x80)],
    ["an index beyond the static table", octets(0xbe)],
    ["a name with an index beyond the tables", octets(0x7e, 1, "v")],
    ["an integer without its end", octets(0xff)],
    ["an integer without its end, later", octets(0xff, 0x80)],
    ["an integer beyond 2^31", octets(0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ["an integer of more than 5 further octets", octets(0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)],
    ["a name without its length", octets(0x40)],
    ["a name without its end", octets(0x40, 2, "n")],
    ["a field without its value", octets(0x40, 1, "n")],
    ["a value without its end", octets(0x00, 1, "n", 2, "v")],
    ["a value that is said to be longer than memory", octets(0x00, 1, "n", 0x7f, 0xff, 0xff, 0xff, 0x7f)],
    ["the Huffman code of the end of strings", octets(0x00, 1, "n", 0x84, 0xff, 0xff, 0xff, 0xff)],
    ["the end of strings after a symbol", octets(0x00, 1, "n", 0x85, 0x1f, 0xff, 0xff, 0xff, 0xff)],
    ["padding of 8 ones", octets(0x00, 1, "n", 0x81, 0xff)],
    ["padding of 11 ones after a symbol", octets(0x00, 1, "n", 0x82, 0x1f, 0xff)],
    ["padding of zeros", octets(0x00, 1, "n", 0x81, 0x18)],
    ["a code that is not at its end", octets(0x00, 1, "n", 0x81, 0xfe)],
    ["a table beyond our setting", octets(0x3f, 0xe2, 0x1f)],
    ["three table size updates", octets(0x20, 0x20, 0x20)],
    ["a table size update after a field", octets(0x82, 0x20)],
  ])("%s", (_name, block) => {
    expect(() => decoder().decode(block)).toThrow(HpackError);
  });

  test("an index whose entry has been evicted", () => {
    const reader = decoder();
    reader.decode(octets(0x40, 1, "a", 1, "b"));
    expect(reader.decode(octets(0xbe)).fields).toEqual(["a", "b"]);
    expect(reader.decode(octets(0x20)).fields).toEqual([]);
    expect(() => reader.decode(octets(0xbe))).toThrow("beyond the tables");
  });
});

test("what is at the edge of the rules is read", () => {
  expect(decoder().decode(octets(0x20, 0x3f, 0xe1, 0x1f, 0x82)).fields).toEqual([":method", "GET"]);
  expect(decoder().decode(octets(0x00, 1, "n", 0x81, 0x1f)).fields).toEqual(["n", "a"]);
  expect(decoder().decode(octets(0x00, 1, "n", 0x80)).fields).toEqual(["n", ""]);
  expect(decoder().decode(octets(0x00, 1, "n", 2, 0x00, 0xff)).fields).toEqual(["n", "\u0000\u00ff"]);
  // Five octets for a zero are no error, and the index is then 127.
  expect(() => decoder().decode(octets(0xff, 0x80, 0x80, 0x80, 0x80, 0x00))).toThrow("beyond the tables");
  expect(decoder().decode(Buffer.alloc(0))).toEqual({ fields: [], isTooLarge: false });
});

test("a table smaller than usual is usual until the peer has heard of it", () => {
  const reader = decoder({ tableBytesMax: 0 });
  reader.decode(octets(0x40, 1, "a", 1, "b"));
  expect(reader.decode(octets(0xbe)).fields).toEqual(["a", "b"]);
  expect(reader.decode(octets(0x20, 0x40, 1, "a", 1, "b")).fields).toEqual(["a", "b"]);
  expect(() => reader.decode(octets(0xbe))).toThrow("beyond the tables");
});

test("a table larger than usual holds what the peer asks of it", () => {
  const reader = decoder({ tableBytesMax: 65_536 });
  const toLarge = octets(0x3f, 0xe1, 0xff, 0x03);
  const empty = octets(0x40, 0, 0);
  reader.decode(Buffer.concat([toLarge, octets(0x40, 1, "a", 1, "b"), ...Array.from({ length: 2047 }, () => empty)]));
  // The first of them has just been evicted: 2048 entries take 65,538 octets.
  expect(reader.decode(octets(0xff, 0xbd, 0x0f)).fields).toEqual(["", ""]);
  expect(() => reader.decode(octets(0xff, 0xbe, 0x0f))).toThrow("beyond the tables");
});

test("an entry larger than the table empties it", () => {
  const reader = decoder();
  reader.decode(octets(0x3f, 0x21, 0x40, 1, "a", 1, "b"));
  expect(reader.decode(octets(0xbe)).fields).toEqual(["a", "b"]);
  expect(reader.decode(octets(0x40, 1, "a", 40, "b".repeat(40))).fields).toEqual(["a", "b".repeat(40)]);
  expect(() => reader.decode(octets(0xbe))).toThrow("beyond the tables");
});

describe("a list that is too large", () => {
  test("stops at the limit, however small its block is, and leaves the table right", () => {
    const reader = decoder({ listBytesMax: 16_384 });
    const value = "v".repeat(4000);
    reader.decode(octets(0x40, 4, "bomb", 0x7f, 0xa1, 0x1e, value));
    const bomb = reader.decode(Buffer.concat([Buffer.alloc(65_536, 0xbe), octets(0x40, 1, "n", 1, "v")]));
    expect(bomb.isTooLarge).toBe(true);
    expect(bomb.fields).toEqual(Array.from({ length: 4 }, () => ["bomb", value]).flat());
    expect(reader.decode(octets(0xbe)).fields).toEqual(["n", "v"]);
  });

  test("begins one octet after the limit, and holds nothing after the field that was too much", () => {
    const fields = octets(0x00, 1, "n", 5, "value", 0x82);
    const bytes = 1 + 5 + 32 + ":method".length + "GET".length + 32;
    expect(decoder({ listBytesMax: bytes }).decode(fields)).toMatchObject({ isTooLarge: false });
    expect(decoder({ listBytesMax: bytes - 1 }).decode(fields)).toEqual({ fields: ["n", "value"], isTooLarge: true });
    expect(decoder({ listBytesMax: 40 }).decode(octets(0x00, 1, "n", 9, "too large", 0x00, 0, 0))).toEqual({
      fields: [],
      isTooLarge: true,
    });
  });
});

describe("blocks that come again", () => {
  const request = (path: string) => octets(0x83, 0x04, path.length, path, 0x86);

  test("give the same object for the same bytes", () => {
    const reader = decoder();
    for (const path of ["/a", `/${"long".repeat(20)}`]) {
      const first = reader.decode(request(path));
      expect(reader.decode(request(path))).toBe(first);
    }
  });

  test("are told apart by every octet", () => {
    const reader = decoder();
    for (const path of ["/a", "/b", "/ab", "/abc", "/abd"]) expect(reader.decode(request(path)).fields[3]).toBe(path);
    const long = "/".padEnd(100, "x");
    for (let i = 1; i < long.length; i += 1) {
      const other = `${long.slice(0, i)}y${long.slice(i + 1)}`;
      expect(reader.decode(request(long)).fields[3]).toBe(long);
      expect(reader.decode(request(other)).fields[3]).toBe(other);
    }
  });

  test("are read anew where the table has changed", () => {
    const reader = decoder();
    const newest = octets(0xbe);
    reader.decode(octets(0x40, 1, "a", 1, "1"));
    const first = reader.decode(newest);
    expect(first.fields).toEqual(["a", "1"]);
    reader.decode(octets(0x40, 1, "a", 1, "2"));
    expect(reader.decode(newest).fields).toEqual(["a", "2"]);
    reader.decode(octets(0x20));
    expect(() => reader.decode(newest)).toThrow(HpackError);
  });

  test("do not lie in the memory of the block", () => {
    const reader = decoder();
    const block = request("/a");
    reader.decode(block);
    block.fill(0x82);
    expect(reader.decode(request("/a")).fields[3]).toBe("/a");
    expect(reader.decode(block).fields).toEqual(Array.from({ length: block.length }, () => [":method", "GET"]).flat());
  });

  test("are remembered in a small number", () => {
    const reader = decoder();
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
    for (let round = 0; round < 3; round += 1) {
      for (const path of paths)
        expect(reader.decode(request(path)).fields).toEqual([":method", "POST", ":path", path, ":scheme", "http"]);
    }
  });
});
