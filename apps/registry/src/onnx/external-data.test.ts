import { expect, test } from "vitest";
import { graph, modelBytes } from "./crafted-models.ts";
import { scatteredModel } from "./external-data.ts";

const SIZES = new Map([
  ["weights.bin", 16],
  ["sub/w.bin", 8],
]);

/** A model whose constant is where the entries say. */
const saved = (...entries: readonly (readonly [key: string, value: string])[]): Uint8Array => {
  const externalData = entries.map(([key, value]) => ({ key, value }));
  return modelBytes({
    graph: graph({ initializer: [{ name: "w", dims: [2n], dataType: 1, dataLocation: 1, externalData }] }),
  });
};

test("the files that are needed are told, and their parts put into the model", () => {
  const whole = { name: "w", dims: [2n], dataType: 1, rawData: new Uint8Array([8, 9, 10, 11, 12, 13, 14, 15]) };
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
  for (const entries of [
    [
      ["location", "weights.bin"],
      ["offset", "8"],
    ],
    [
      ["location", "weights.bin"],
      ["offset", "8"],
      ["length", "8"],
      ["checksum", "x"],
    ],
  ] as const) {
    const model = scatteredModel(saved(...entries), SIZES);
    expect(model.paths).toEqual(["weights.bin"]);
    const expected = modelBytes({ graph: graph({ initializer: [whole] }) });
    expect(model.gathered(new Map([["weights.bin", bytes]]))).toEqual(expected);
  }
  expect(scatteredModel(saved(["location", "sub/w.bin"]), SIZES).paths).toEqual(["sub/w.bin"]);
  expect(scatteredModel(modelBytes(), SIZES).paths).toEqual([]);
});

test.each([
  "../weights.bin",
  "./weights.bin",
  "sub/../weights.bin",
  "/etc/passwd",
  "weights.bin\u0000",
  "sub\\w.bin",
  "..\\weights.bin",
  "package.json",
  "secret.bin",
  "*/_ORT_MEM_ADDR_/*",
  "",
])("data in %j is refused: it is no file of the version", (location) => {
  expect(() => scatteredModel(saved(["location", location]), SIZES)).toThrow("not a file of this version");
});

test.each([
  [["offset", "-1"]],
  [["length", "-8"]],
  [
    ["offset", "9"],
    ["length", "8"],
  ],
  [["offset", "17"]],
  [["length", "1152921504606846976"]],
  [["offset", "1e3"]],
  [["__class__", "x"]],
  [["key", "x"]],
] as const)("the entries %j are refused", (...entries) => {
  expect(() => scatteredModel(saved(["location", "weights.bin"], ...entries), SIZES)).toThrow(/not within|unknown key/);
});

test("a file that is cut or no model is refused", () => {
  const bytes = saved(["location", "weights.bin"]);
  for (let length = 1; length < bytes.length; length++)
    try {
      scatteredModel(bytes.subarray(0, length), SIZES);
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  expect(() => scatteredModel(new Uint8Array([0xff, 0xff]), SIZES)).toThrow();
});
