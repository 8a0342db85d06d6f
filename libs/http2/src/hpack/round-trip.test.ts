import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderDecoder } from "./decoder.ts";
import { entryBytes } from "./dynamic-table.ts";
import { HeaderEncoder, type HeaderField, type HeaderList } from "./encoder.ts";
import { HpackError } from "./error.ts";
import { HUFFMAN_CODES } from "./tables.ts";

const LIMITS = { tableBytesMax: 4096, listBytesMax: 1_000_000 };

const octetText = (maxLength: number) => fc.uint8Array({ maxLength }).map((it) => Buffer.from(it).toString("latin1"));

const name = fc.oneof(fc.constantFrom(":status", ":path", "content-type", "x-a", "x-b", "x-c"), octetText(40));
const value = fc.oneof(
  fc.constantFrom("200", "204", "/", "application/grpc", "a", "b"),
  octetText(60),
  fc.nat(5000).map((it) => "long".repeat(it)),
);
const field: fc.Arbitrary<HeaderField> = fc.record(
  { name, value, isRemembered: fc.boolean(), isSensitive: fc.boolean() },
  { requiredKeys: ["name", "value"] },
);
const lists = fc.array(fc.array(field, { maxLength: 12 }), { minLength: 1, maxLength: 6 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ list: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ tableBytes: fc.constantFrom(0, 32, 40, 100, 256, 1000, 4096, 100_000) }) },
);

const flat = (list: HeaderList): readonly string[] => list.flatMap((it) => [it.name, it.value]);

describe("what the encoder writes is what the decoder reads", () => {
  test("over many blocks, with evictions and changes of the size", () => {
    fc.assert(
      fc.property(lists, fc.array(step, { maxLength: 60 }), (known, steps) => {
        const encoder = new HeaderEncoder();
        const decoder = new HeaderDecoder(LIMITS);
        for (const it of steps) {
          if ("tableBytes" in it) {
            encoder.setTableBytesMax(it.tableBytes);
            continue;
          }
          const list = known[it.list % known.length] as HeaderList;
          expect(decoder.decode(encoder.encode(list))).toEqual({ fields: flat(list), isTooLarge: false });
        }
      }),
      { numRuns: 500 },
    );
  });

  test("in Huffman code, whatever the octets", () => {
    fc.assert(
      fc.property(octetText(200), (text) => {
        const coded = huffman(text);
        const length = coded.length < 127 ? [0x80 | coded.length] : [0xff, ...later(coded.length - 127)];
        const block = Buffer.concat([Buffer.from([0x00, 1, 0x6e, ...length]), coded]);
        expect(new HeaderDecoder(LIMITS).decode(block).fields).toEqual(["n", text]);
      }),
      { numRuns: 2000 },
    );
  });

  test("in Huffman code, beyond what is decoded in place", () => {
    const text = "0123456789".repeat(5000);
    const coded = huffman(text);
    const block = Buffer.concat([Buffer.from([0x00, 1, 0x6e, 0xff, ...later(coded.length - 127)]), coded]);
    expect(new HeaderDecoder(LIMITS).decode(block).fields).toEqual(["n", text]);
  });
});

/** Valid blocks of one connection each: with indices, insertions, size updates and Huffman code. */
function conversations(): readonly (readonly Buffer[])[] {
  const encoder = new HeaderEncoder();
  encoder.setTableBytesMax(300);
  const fields = ["content-type", "server", "x-a", ":path", "x-a"].map((it, i) => ({
    name: it,
    value: `value ${i} of ${it}`,
    isRemembered: i < 4,
  }));
  const written = [fields, fields.slice(1), [...fields].reverse(), fields].map((it) => encoder.encode(it));
  const coded = [
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
  ];
  return [written, coded.map((it) => Buffer.from(it, "hex"))];
}

/** Decodes one more block after those before it; true: it was valid. Anything but a list within the limit or HpackError is a failure. */
function isRead(before: readonly Buffer[], block: Buffer): boolean {
  const listBytesMax = 2000;
  const decoder = new HeaderDecoder({ tableBytesMax: 4096, listBytesMax });
  for (const it of before) decoder.decode(it);
  try {
    const { fields } = decoder.decode(block);
    let bytes = 0;
    for (let i = 0; i < fields.length; i += 2) bytes += entryBytes(fields[i] as string, fields[i + 1] as string);
    expect(bytes).toBeLessThanOrEqual(listBytesMax);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(HpackError);
    return false;
  }
}

describe("a block that has been damaged is read or refused", () => {
  test("cut anywhere", () => {
    for (const blocks of conversations()) {
      blocks.forEach((block, i) => {
        const whole = Array.from({ length: block.length + 1 }, (_, end) =>
          isRead(blocks.slice(0, i), block.subarray(0, end)),
        );
        expect(whole.at(-1)).toBe(true);
        expect(whole.at(0)).toBe(true);
      });
    }
  });

  test("changed in up to eight places", () => {
    const samples = conversations().flatMap((blocks) =>
      blocks.map((block, i) => ({ before: blocks.slice(0, i), block })),
    );
    const change = fc.record({
      at: fc.nat(1000),
      octet: fc.nat(255),
      kind: fc.constantFrom("set", "insert", "remove"),
    });
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 8 }), (sample, changes) => {
        const octets = [...sample.block];
        for (const { at, octet, kind } of changes) {
          octets.splice(at % (octets.length + 1), kind === "insert" ? 0 : 1, ...(kind === "remove" ? [] : [octet]));
        }
        isRead(sample.before, Buffer.from(octets));
      }),
      { numRuns: 20_000 },
    );
  });

  test("made of nothing but chance", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => void isRead([], Buffer.from(octets))),
      { numRuns: 5000 },
    );
  });
});

/** The Huffman code of the text, bit by bit. */
function huffman(text: string): Buffer {
  const bits = [...Buffer.from(text, "latin1")].map((octet) => {
    const { code, bits: length } = HUFFMAN_CODES[octet] as { code: number; bits: number };
    return code.toString(2).padStart(length, "0");
  });
  const all = bits.join("");
  const octets = all.padEnd(Math.ceil(all.length / 8) * 8, "1").match(/.{8}/g) ?? [];
  return Buffer.from(octets.map((it) => Number.parseInt(it, 2)));
}

/** The octets of an integer after its prefix. */
function later(rest: number): readonly number[] {
  return rest < 128 ? [rest] : [128 | (rest % 128), ...later(Math.floor(rest / 128))];
}
