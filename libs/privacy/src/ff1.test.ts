import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ff1, fitsDomain } from "./ff1.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
const KEY = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
const [SHORT, LONG] = ["39383736353433323130", "3737373770717273373737"];

/** The nine samples that NIST publishes for FF1: bytes of the key, radix, tweak, plain text, encrypted text. */
const SAMPLES = [
  [16, 10, "", "0123456789", "2433477484"],
  [16, 10, SHORT, "0123456789", "6124200773"],
  [16, 36, LONG, "0123456789abcdefghi", "a9tv40mll9kdu509eum"],
  [24, 10, "", "0123456789", "2830668132"],
  [24, 10, SHORT, "0123456789", "2496655549"],
  [24, 36, LONG, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"],
  [32, 10, "", "0123456789", "6657667009"],
  [32, 10, SHORT, "0123456789", "1001623463"],
  [32, 36, LONG, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"],
] as const;

const symbols = (text: string): number[] => [...text].map((it) => LETTERS.indexOf(it));
const hex = (text: string): Uint8Array => Buffer.from(text, "hex");

describe("FF1", () => {
  test.each(SAMPLES)(
    "NIST's sample: key of %i bytes, radix %i, tweak '%s'",
    (bytes, radix, tweak, plain, encrypted) => {
      const cipher = ff1({ key: hex(KEY).subarray(0, bytes), radix, tweak: hex(tweak) });
      expect(cipher.encrypt(symbols(plain))).toEqual(symbols(encrypted));
      expect(cipher.decrypt(symbols(encrypted))).toEqual(symbols(plain));
    },
  );

  test("decrypting gives back any list, of any radix, tweak and length", () => {
    const cases = fc.record({
      radix: fc.oneof(fc.integer({ min: 2, max: 65_536 }), fc.constantFrom(2, 10, 62, 256, 65_536)),
      tweak: fc.uint8Array({ maxLength: 40 }),
      seeds: fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 60 }),
    });
    fc.assert(
      fc.property(cases, ({ radix, tweak, seeds }) => {
        fc.pre(fitsDomain(radix, seeds.length));
        const cipher = ff1({ key: hex(KEY), radix, tweak });
        const list = seeds.map((it) => it % radix);
        const encrypted = cipher.encrypt(list);
        expect(encrypted).toHaveLength(list.length);
        expect(encrypted.every((it) => it >= 0 && it < radix)).toBe(true);
        expect(cipher.decrypt(encrypted)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });

  test("it is a permutation: different lists stay different", () => {
    const cipher = ff1({ key: hex(KEY), radix: 10, tweak: hex("") });
    const found = new Set(
      Array.from({ length: 2_000 }, (_, i) => cipher.encrypt([...`${1e6 + i}`].map(Number)).join("")),
    );
    expect(found.size).toBe(2_000);
  });

  test.each([
    [10, 5],
    [36, 3],
    [999_999, 1],
    [2, 19],
    [10, 1_001],
  ])("%i symbols in lists of %i are refused", (radix, length) => {
    const encrypt = () => ff1({ key: hex(KEY), radix, tweak: hex("") }).encrypt(new Array(length).fill(0));
    expect(encrypt).toThrow(expect.objectContaining({ reason: "FF1_DOMAIN" }));
  });

  test("six digits are just enough", () => {
    expect([fitsDomain(10, 6), fitsDomain(10, 5), fitsDomain(2, 20), fitsDomain(65_536, 2)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});
