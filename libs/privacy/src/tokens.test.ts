import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { canonicalRowBytes } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPreserving } from "./format-preserving.ts";
import { derivedKey, type KeyRing, rotated } from "./key-ring.ts";
import { everyPseudonym, pseudonyms } from "./pseudonym.ts";

const secret = (fill: number): Uint8Array => Buffer.alloc(32, fill);
const ring: KeyRing = rotated([], secret(1));
const DIGITS = "0123456789";
const value = fc.oneof(fc.string(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.double(), fc.boolean());

describe("pseudonyms", () => {
  test("are the HMAC of the typed value under the HKDF key of purpose and domain, so that others can make them too", () => {
    const context = '["pseudonym","fraud","customer"]';
    const key = Buffer.from(hkdfSync("sha256", secret(1), "throughline/privacy/1", context, 32));
    const mac = createHmac("sha256", key)
      .update(canonicalRowBytes(["ann"]))
      .digest()
      .subarray(0, 16);
    expect(pseudonyms(ring, { purpose: "fraud", domain: "customer" })("ann")).toBe(`k1_${mac.toString("base64url")}`);
  });

  test("are equal for equal values of a purpose and domain, and never for others", () => {
    const fraud = pseudonyms(ring, { purpose: "fraud", domain: "customer" });
    const again = pseudonyms(ring, { purpose: "fraud", domain: "customer" });
    const others = [
      pseudonyms(ring, { purpose: "credit", domain: "customer" }),
      pseudonyms(ring, { purpose: "fraud", domain: "account" }),
      pseudonyms(rotated([], secret(2)), { purpose: "fraud", domain: "customer" }),
    ];
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(again(a)).toBe(fraud(a));
        for (const other of others) expect(other(a)).not.toBe(fraud(a));
        const same = canonicalRowBytes([a]).equals(canonicalRowBytes([b]));
        expect(fraud(a) === fraud(b)).toBe(same);
      }),
    );
  });

  test("1, 1.0 and '1' have three, and null has none", () => {
    const token = pseudonyms(ring, { purpose: "p", domain: "d" });
    expect(new Set([1n, 1, "1"].map(token)).size).toBe(3);
    expect(token(null)).toBeNull();
  });

  test("the parts of a use cannot be shifted into each other", () => {
    const key = (purpose: string, scope: readonly string[]) =>
      Buffer.from(derivedKey(ring, { mechanism: "pseudonym", purpose, scope }).key).toString("hex");
    const keys = [key("a", ["b", "c"]), key("a", ["b,c"]), key('a","b', ["c"]), key("ab", ["c"])];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("a new secret changes tokens; the old ones can be made as long as their version is kept", () => {
    const two = rotated(ring, secret(2));
    const scope = { purpose: "p", domain: "d" };
    const [old, fresh] = [pseudonyms(ring, scope)("ann"), pseudonyms(two, scope)("ann")];
    expect(fresh).toMatch(/^k2_[\w-]{22}$/);
    expect(pseudonyms(two, { ...scope, version: 1 })("ann")).toBe(old);
    expect(everyPseudonym(two, scope, "ann")).toEqual([old, fresh]);
    const gone = () => pseudonyms(two.slice(1), { ...scope, version: 1 });
    expect(gone).toThrow(expect.objectContaining({ reason: "KEY_VERSION_GONE" }));
  });

  test.each([
    ["a short secret", secret(1).subarray(1), "KEY_TOO_SHORT"],
    ["a secret that is there", secret(1), "KEY_REPEATED"],
  ])("%s is refused", (_, bytes, reason) => {
    expect(() => rotated(ring, bytes)).toThrow(expect.objectContaining({ reason }));
  });

  test("an empty ring says so", () => {
    expect(() => pseudonyms([], { purpose: "p", domain: "d" })).toThrow(/Add a secret first/);
  });
});

describe("format-preserving tokens", () => {
  const scope = { purpose: "fraud", domain: "card" };
  const cards = formatPreserving(ring, scope, DIGITS);

  test("keep the format and lead back with the key", () => {
    const card = fc.stringMatching(/^[0-9]{4}-[0-9]{4}-[0-9]{4}$/);
    fc.assert(
      fc.property(card, (it) => {
        const token = cards.token(it);
        expect(token).toMatch(/^\d{4}-\d{4}-\d{4}$/);
        expect(cards.original(token ?? null)).toBe(it);
      }),
      { numRuns: 50 },
    );
  });

  test("whole numbers keep digits and sign, up to the last of 64 bits", () => {
    const number = fc.bigInt({ min: 1_000_000n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(fc.oneof(number, fc.constant(2n ** 63n - 1n)), fc.boolean(), (size, negative) => {
        const it = negative ? -size : size;
        const token = cards.token(it) as bigint;
        expect(`${token}`).toHaveLength(`${it}`.length);
        expect(BigInt.asIntN(64, token)).toBe(token);
        expect(token < 0n).toBe(negative);
        expect(cards.original(token)).toBe(it);
      }),
      { numRuns: 50 },
    );
  });

  test("what has fewer than a million others of its format has no token", () => {
    expect([cards.token("12345"), cards.token("ab-12"), cards.token(999_999n), cards.token(-5n)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([cards.token("123456"), cards.token(1_000_000n)]).not.toContain(undefined);
    expect([cards.token(1.5), cards.token(true), cards.token(null)]).toEqual([undefined, undefined, null]);
  });

  test("tokens of two purposes, domains or key versions differ", () => {
    const two = rotated(ring, secret(9));
    const tokens = [
      cards,
      formatPreserving(ring, { ...scope, purpose: "credit" }, DIGITS),
      formatPreserving(ring, { ...scope, domain: "account" }, DIGITS),
      formatPreserving(two, scope, DIGITS),
    ].map((it) => it.token("4929123456781234"));
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(formatPreserving(two, { ...scope, version: 1 }, DIGITS).token("4929123456781234")).toBe(tokens[0]);
  });

  test.each(["", "a", "aba"])("the alphabet '%s' is refused", (alphabet) => {
    expect(() => formatPreserving(ring, scope, alphabet)).toThrow(expect.objectContaining({ reason: "ALPHABET" }));
  });

  test("characters beyond the basic plane are one symbol each", () => {
    const faces = formatPreserving(ring, scope, "😀😁😂🤣😃😄😅😆😉😊");
    const token = faces.token("😀😁😂🤣😃😄");
    expect([...(token as string)]).toHaveLength(6);
    expect(faces.original(token ?? null)).toBe("😀😁😂🤣😃😄");
  });
});

test("secrets from the system are accepted", () => {
  const many = [1, 2, 3].reduce<KeyRing>((found) => rotated(found, randomBytes(48)), []);
  expect(many.map((it) => it.version)).toEqual([1, 2, 3]);
});
