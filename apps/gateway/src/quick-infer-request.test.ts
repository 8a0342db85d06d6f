import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "./json-text.ts";
import { inferRequest } from "./open-inference-request.ts";
import { quickInferRequest } from "./quick-infer-request.ts";

const MODEL = { name: "tiny", version: "" };
const NOTHING = new Uint8Array();

/** With elements of their own: whether they are a view of more bytes is no matter. */
function quick(text: string) {
  const read = quickInferRequest(Buffer.from(text), MODEL);
  return read && { ...read, rawInputContents: read.rawInputContents.map((it) => Uint8Array.from(it)) };
}

/** As every body is read that the quick way leaves alone. */
const generic = (text: string) => {
  const { message } = inferRequest(parseJson(Buffer.from(text)), NOTHING);
  return { ...message, modelName: MODEL.name, modelVersion: MODEL.version };
};

/** A number in one of the spellings that JSON has for it. */
const spelled = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => JSON.stringify(it)),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((it) => JSON.stringify(it)),
  fc.integer().map(String),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(30), fc.integer({ min: -60, max: 60 }))
    .map(
      ([digits, zeros, exponent]) => `${digits}.${"0".repeat(zeros)}7${exponent % 2 ? "e" : "E+"}${Math.abs(exponent)}`,
    ),
  fc.constantFrom("-0", "0", "0.0", "1e-400", "5e-324", "3.4028234663852886e38", "9007199254740993", "0.1e-22", "1E22"),
);

const bodies = fc
  .tuple(fc.array(spelled, { maxLength: 40 }), fc.constantFrom("", " ", "\n\t "), fc.boolean(), fc.boolean())
  .map(([data, gap, isIdFirst, hasId]) => {
    const fields = [
      `"name"${gap}:"input"`,
      `"shape":[1,${gap}${data.length}]`,
      `"datatype":"FP32"`,
      `"data":[${data.join(`,${gap}`)}]`,
    ];
    const parts = [`"inputs":[{${fields.join(`${gap},`)}}]`, ...(hasId ? [`"id":"a-1"`] : [])];
    return `{${gap}${(isIdFirst ? parts.reverse() : parts).join(",")}}${gap}`;
  });

describe("the quick way to read a request", () => {
  test("reads what the generic way reads, to the bit", () => {
    fc.assert(
      fc.property(bodies, (text) => {
        const read = quick(text);
        if (read !== undefined) expect(read).toEqual(generic(text));
      }),
      { numRuns: 500 },
    );
  });

  test("reads each number as JSON.parse does, rounded to a single", () => {
    fc.assert(
      fc.property(spelled, (number) => {
        const read = quick(`{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[${number}]}]}`);
        const value = JSON.parse(number) as number;
        const single = new Float32Array(read?.rawInputContents[0]?.buffer ?? new ArrayBuffer(4))[0];
        if (Math.abs(value) <= 3.4028234663852886e38) expect(Object.is(single, Math.fround(value))).toBe(true);
        else expect(read).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test("agrees with the generic way about every damaged body that it takes", () => {
    const damage = fc.tuple(bodies, fc.nat(400), fc.constantFrom(...'",:[]{}0123456789.eE+-x\\ ', ""));
    fc.assert(
      fc.property(damage, ([text, place, put]) => {
        const at = place % text.length;
        const damaged = text.slice(0, at) + put + text.slice(at + 1);
        const read = quick(damaged);
        if (read !== undefined) expect(read).toEqual(generic(damaged));
      }),
      { numRuns: 2_000 },
    );
  });

  test("takes the form that it is for", () => {
    const text = '{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2.5,-3e-2]}]}';
    expect(quick(text)?.rawInputContents[0]).toEqual(new Uint8Array(Float32Array.of(1, 2.5, -0.03).buffer));
  });

  test.for([
    "",
    "{}",
    '{"inputs":[]}',
    '{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[[1],[2]]}]}',
    '{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"x","name":"y","shape":[1],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"INT64","data":[1]}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[01]}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1.]}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1e999]}]}',
    '{"inputs":[{"name":"\\u0078","shape":[1],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"x","shape":[-0],"datatype":"FP32","data":[]}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}{}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],"id":}',
    '{"inputs":[{"name":,"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"shape":,"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1],}]}',
    '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],"outputs":[]}',
  ])("leaves %s alone", (text) => {
    expect(quick(text)).toBeUndefined();
  });
});
