import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  type TensorProtoSchema,
} from "@throughline/contracts/onnx/onnx_pb";
import { expect } from "vitest";
import { inspectOnnx, type OnnxReport } from "./inspect.ts";
import { ONNX_LIMITS } from "./limits.ts";

type ModelInit = Exclude<MessageInitShape<typeof ModelProtoSchema>, ModelProto>;
type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, GraphProto>;
export type TensorInit = Exclude<MessageInitShape<typeof TensorProtoSchema>, TensorProto>;

/** The type of a tensor of floats. */
export const floats = (...dims: (number | string)[]) => ({
  value: {
    case: "tensorType" as const,
    value: {
      elemType: 1,
      shape: {
        dim: dims.map((it) => ({
          value:
            typeof it === "string"
              ? { case: "dimParam" as const, value: it }
              : { case: "dimValue" as const, value: BigInt(it) },
        })),
      },
    },
  },
});

/** A small sound graph: y = x + w. `changes` replace parts of it. */
export const graph = (changes: GraphInit = {}): GraphInit => ({
  name: "g",
  input: [{ name: "x", type: floats("n", 2) }],
  output: [{ name: "y", type: floats("n", 2) }],
  node: [{ opType: "Add", input: ["x", "w"], output: ["y"] }],
  initializer: [weight()],
  ...changes,
});

/** A constant of two floats. */
export const weight = (changes: TensorInit = {}): TensorInit => ({
  name: "w",
  dims: [2n],
  dataType: 1,
  rawData: new Uint8Array(8),
  ...changes,
});

/** The bytes of a small sound model. `changes` replace parts of it. */
export const modelBytes = (changes: ModelInit = {}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 10n, opsetImport: [{ version: 18n }], graph: graph(), ...changes }),
  );

export const inspected = (bytes: Uint8Array): OnnxReport => inspectOnnx(bytes, ONNX_LIMITS);

/** The paths and texts of everything that is wrong with the bytes. */
export function problemsOf(bytes: Uint8Array): readonly string[] {
  const report = inspected(bytes);
  if (report.kind === "accepted") expect.fail("the model was accepted");
  return report.problems.map((it) => `${it.path}: ${it.description}`);
}
