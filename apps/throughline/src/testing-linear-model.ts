import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "@throughline/contracts/onnx/onnx_pb";

const FLOAT = 1;
const INT64 = 7;

const matrix = (width: number) => ({
  value: {
    case: "tensorType" as const,
    value: {
      elemType: FLOAT,
      shape: {
        dim: [
          { value: { case: "dimParam" as const, value: "rows" } },
          { value: { case: "dimValue" as const, value: BigInt(width) } },
        ],
      },
    },
  },
});

/**
 * A linear model of rows of `input`, which gives `score`: every product and every sum is an operator of its own, in the order of
 * the weights, so that the bits of a score follow from the bits of a row, on every machine.
 */
export function linearModel(weights: readonly number[]): Uint8Array<ArrayBuffer> {
  const whole = (name: string, value: number) => ({
    name,
    dims: [1n],
    dataType: INT64,
    rawData: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
  });
  const places = weights.map((_, i) => i);
  const bytes = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [{ version: 18n }],
      graph: {
        name: "linear",
        input: [{ name: "input", type: matrix(weights.length) }],
        output: [{ name: "score", type: matrix(1) }],
        initializer: [
          {
            name: "weights",
            dims: [1n, BigInt(weights.length)],
            dataType: FLOAT,
            rawData: new Uint8Array(Float32Array.from(weights).buffer),
          },
          ...[...places, weights.length].map((it) => whole(`at-${it}`, it)),
        ],
        node: [
          { opType: "Mul", input: ["input", "weights"], output: ["products"] },
          ...places.map((i) => ({
            opType: "Slice",
            input: ["products", `at-${i}`, `at-${i + 1}`, "at-1"],
            output: [i === 0 ? "sum-0" : `product-${i}`],
          })),
          ...places.slice(1).map((i) => ({
            opType: "Add",
            input: [`sum-${i - 1}`, `product-${i}`],
            output: [i === weights.length - 1 ? "score" : `sum-${i}`],
          })),
        ],
      },
    }),
  );
  return Uint8Array.from(bytes);
}

/** What `linearModel` gives for a row. */
export function linearScore(weights: readonly number[], row: ArrayLike<number>): number {
  const products = weights.map((it, i) => Math.fround(Math.fround(it) * (row[i] as number)));
  return products.slice(1).reduce((sum, it) => Math.fround(sum + it), products[0] as number);
}
