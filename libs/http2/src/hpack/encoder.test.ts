import { describe, expect, test } from "vitest";
import { HeaderEncoder, type HeaderList } from "./encoder.ts";

const hex = (encoder: HeaderEncoder, list: HeaderList): string => encoder.encode(list).toString("hex");

const remembered = (name: string, value: string) => ({ name, value, isRemembered: true });

const AB = [remembered("a", "b")];
const CD = [remembered("c", "d")];

describe("a field is written", () => {
  test.each([
    ["as an index where the static table has it", [{ name: ":status", value: "200" }], "88"],
    ["with the index of its name", [{ name: ":status", value: "418" }], "0803343138"],
    ["with the index of its name, in two octets", [{ name: "vary", value: "x" }], "0f2c0178"],
    ["in full", [{ name: "a", value: "\u00ff" }], "00016101ff"],
    [
      "as never indexed, even where a table has it",
      [{ name: ":method", value: "GET", isSensitive: true }],
      "1203474554",
    ],
    [
      "with the length of its value in more octets",
      [{ name: "a", value: "b".repeat(300) }],
      `0001617fad01${"62".repeat(300)}`,
    ],
  ])("%s", (_name, list, written) => {
    expect(hex(new HeaderEncoder(), list)).toBe(written);
  });

  test("in full first and as an index of one octet from then on, if it is remembered", () => {
    const encoder = new HeaderEncoder();
    expect(hex(encoder, AB)).toBe("4001610162");
    expect(hex(encoder, AB)).toBe("be");
    expect(hex(encoder, CD)).toBe("4001630164");
    expect(hex(encoder, [...AB, ...CD])).toBe("bfbe");
    expect(hex(encoder, [{ name: "a", value: "other" }])).toBe("0f30056f74686572");
  });

  test("without a place in the table where it would only empty it", () => {
    const encoder = new HeaderEncoder();
    hex(encoder, AB);
    expect(encoder.encode([remembered("a", "v".repeat(4096 - 32))])[0]).toBe(0x0f);
    expect(hex(encoder, AB)).toBe("be");
    // This one just fits in, and takes the whole table.
    expect(encoder.encode([remembered("a", "v".repeat(4096 - 33))])[0]).toBe(0x7e);
    expect(hex(encoder, AB)).toBe("7e0162");
  });

  test("whatever its length", () => {
    const value = "v".repeat(100_000);
    const block = new HeaderEncoder().encode([{ name: "n", value }, ...AB]);
    expect(block.toString("latin1")).toContain(value);
    expect(block.subarray(-5).toString("hex")).toBe("4001610162");
  });
});

describe("the size of the table", () => {
  test("is said at the beginning of the next block, once", () => {
    const encoder = new HeaderEncoder();
    encoder.setTableBytesMax(34);
    expect(hex(encoder, AB)).toBe("3f034001610162");
    expect(hex(encoder, AB)).toBe("be");
    expect(hex(encoder, CD)).toBe("4001630164");
    expect(hex(encoder, AB)).toBe("4001610162");
  });

  test("is said with the smallest that it had meanwhile", () => {
    const encoder = new HeaderEncoder();
    hex(encoder, AB);
    for (const it of [1000, 0, 2000, 4096]) encoder.setTableBytesMax(it);
    expect(hex(encoder, AB)).toBe("203fe11f4001610162");
  });

  test("is not said where it stays as it is, nor is more used than usual", () => {
    const encoder = new HeaderEncoder();
    hex(encoder, AB);
    encoder.setTableBytesMax(4096);
    encoder.setTableBytesMax(1_000_000);
    expect(hex(encoder, AB)).toBe("be");
  });

  test("may be nothing", () => {
    const encoder = new HeaderEncoder();
    encoder.setTableBytesMax(0);
    expect(hex(encoder, AB)).toBe("200001610162");
    expect(hex(encoder, AB)).toBe("0001610162");
  });
});

describe("the bytes of a list", () => {
  test("are kept while the table stays as it is", () => {
    const encoder = new HeaderEncoder();
    encoder.encode(AB);
    const block = encoder.encode(AB);
    expect(encoder.encode(AB)).toBe(block);
    expect(encoder.encode([...AB])).not.toBe(block);

    encoder.encode(CD);
    expect(hex(encoder, AB)).toBe("bf");
    encoder.setTableBytesMax(0);
    expect(hex(encoder, AB)).toBe("200001610162");
  });

  test("are kept of a small number of lists", () => {
    const encoder = new HeaderEncoder();
    const lists = Array.from({ length: 100 }, (_, i) => [{ name: "n", value: `${i}` }]);
    for (let round = 0; round < 2; round += 1) {
      for (const list of lists) expect(encoder.encode(list).toString("latin1")).toContain(list[0]?.value);
    }
  });

  test("share no memory", () => {
    const encoder = new HeaderEncoder();
    const blocks = Array.from({ length: 20 }, (_, i) => encoder.encode([{ name: "n", value: "v".repeat(i) }]));
    expect(blocks.map((it) => it.toString("latin1", 4))).toEqual(blocks.map((_, i) => "v".repeat(i)));
  });
});
