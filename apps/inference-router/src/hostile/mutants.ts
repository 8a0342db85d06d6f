import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
} from "@throughline/contracts/onnx/onnx_pb";
import { type Random, seededRandom } from "@throughline/stats";

/** The mutant of a number: the same whichever others are made, so that a long sweep can be taken up again in the middle. */
export const numberedMutant = (originals: readonly Uint8Array[], seed: number, number: number): Uint8Array =>
  mutant(originals, seededRandom(Math.imul(seed, SPREAD) + number));

/** Odd, and far from one: the mutants of neighbouring seeds are not those of neighbouring numbers. */
const SPREAD = 0x85eb_ca77;

/** A model that was damaged on purpose: half of them in their bytes, half of them as a well-formed file that says other things. */
export function mutant(originals: readonly Uint8Array[], random: Random): Uint8Array {
  const original = pick(originals, random);
  const times = 1 + Math.floor(random() * 4);
  if (random() < 0.5) return repeated(original, times, (bytes) => damagedBytes(bytes, originals, random));
  const model = fromBinary(ModelProtoSchema, original);
  for (let i = 0; i < times; i++) pick(CHANGES, random)(model, random);
  return toBinary(ModelProtoSchema, model);
}

function damagedBytes(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const at = whole(random, bytes.byteLength + 1);
  const to = Math.min(bytes.byteLength, at + whole(random, 16));
  const other = pick(others, random);
  const from = whole(random, other.byteLength);
  const edits: readonly (() => Uint8Array)[] = [
    () => spliced(bytes, { at, to: at }, Uint8Array.of(whole(random, 256))),
    () => spliced(bytes, { at, to: Math.min(bytes.byteLength, at + 1) }, Uint8Array.of(whole(random, 256))),
    () => spliced(bytes, { at, to }, new Uint8Array(0)),
    () => spliced(bytes, { at, to: at }, bytes.subarray(at, to)),
    () => spliced(bytes, { at, to }, other.subarray(from, from + whole(random, 64))),
    () => spliced(bytes, { at, to }, Uint8Array.from(pick(NUMBERS, random))),
    () => bytes.subarray(0, at),
  ];
  return pick(edits, random)();
}

/** Encoded numbers that programs take badly: negative ones, the largest, and one that never ends. */
const NUMBERS: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0x00],
];

const SIZES: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  7n,
  1_000n,
  65_537n,
  2n ** 31n,
  2n ** 45n,
  2n ** 62n,
  -1n,
  -(2n ** 63n),
];

/** Operators that can be made to run long, to take much, or to read what is not theirs. */
const OPERATORS: readonly string[] = [
  ...["Loop", "Scan", "If", "ConstantOfShape", "Expand", "Tile", "Resize", "Pad", "Range", "Reshape", "Gather", "Cast"],
  ...["MatMul", "Gemm", "Conv", "Concat", "Split", "Slice", "TopK", "NonZero", "ReduceSum", "Transpose", "Identity"],
  ...[
    "SequenceEmpty",
    "StringNormalizer",
    "TfIdfVectorizer",
    "RandomNormal",
    "Einsum",
    "TreeEnsembleClassifier",
    "Nope",
  ],
];

type Change = (model: ModelProto, random: Random) => void;

const CHANGES: readonly Change[] = [
  (model, random) => {
    const node = maybe(model.graph?.node, random);
    if (node) node.opType = pick(OPERATORS, random);
  },
  (model, random) => {
    const node = maybe(model.graph?.node, random);
    if (node && node.input.length > 0) node.input[whole(random, node.input.length)] = nameIn(model, random);
  },
  (model, random) => {
    const node = maybe(model.graph?.node, random);
    if (node && node.output.length > 0) node.output[whole(random, node.output.length)] = nameIn(model, random);
  },
  (model, random) => {
    const nodes = model.graph?.node ?? [];
    const node = maybe(nodes, random);
    if (node) nodes.splice(whole(random, nodes.length), random() < 0.5 ? 1 : 0, node);
  },
  (model, random) => changeTensor(maybe(model.graph?.initializer, random), random),
  (model, random) => changeAttribute(maybe(maybe(model.graph?.node, random)?.attribute, random), random),
  (model, random) => {
    const opset = maybe(model.opsetImport, random);
    if (opset) opset.version = pick(SIZES, random);
    if (opset && random() < 0.3) opset.domain = pick(["", "ai.onnx.ml", "com.microsoft", "evil"], random);
  },
  (model, random) => {
    const value = maybe([...(model.graph?.input ?? []), ...(model.graph?.output ?? [])], random);
    if (value?.type?.value.case !== "tensorType") return;
    const tensor = value.type.value.value;
    tensor.elemType = whole(random, 24);
    const size = maybe(tensor.shape?.dim, random);
    if (size) size.value = { case: "dimValue", value: pick(SIZES, random) };
  },
];

function changeTensor(tensor: TensorProto | undefined, random: Random): void {
  if (tensor === undefined) return;
  const which = whole(random, 5);
  if (which === 0) tensor.dims[whole(random, tensor.dims.length + 1)] = pick(SIZES, random);
  else if (which === 1) tensor.dataType = whole(random, 24);
  else if (which === 2) tensor.rawData = new Uint8Array(whole(random, 64));
  else if (which === 3) tensor.floatData = [Number.NaN, Number.POSITIVE_INFINITY, 1e38];
  else tensor.int64Data = [pick(SIZES, random), pick(SIZES, random)];
}

function changeAttribute(attribute: AttributeProto | undefined, random: Random): void {
  if (attribute === undefined) return;
  changeTensor(attribute.t, random);
  changeTensor(maybe(attribute.g?.initializer, random), random);
  const inner = maybe(attribute.g?.node, random);
  if (inner && random() < 0.5) inner.opType = pick(OPERATORS, random);
  if (random() < 0.2) attribute.name = pick(["axis", "value", "body", "keepdims", "x"], random);
}

function nameIn({ graph }: ModelProto, random: Random): string {
  const names = (graph?.node ?? []).flatMap((it) => [...it.input, ...it.output]);
  return names.length === 0 ? "" : pick(names, random);
}

const whole = (random: Random, below: number): number => Math.floor(random() * below);

const pick = <T>(all: readonly T[], random: Random): T => all[whole(random, all.length)] as T;

const maybe = <T>(all: readonly T[] | undefined, random: Random): T | undefined =>
  all === undefined || all.length === 0 ? undefined : pick(all, random);

const spliced = (bytes: Uint8Array, { at, to }: { readonly at: number; readonly to: number }, put: Uint8Array) =>
  Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(to)]);

function repeated<T>(value: T, times: number, change: (value: T) => T): T {
  let changed = value;
  for (let i = 0; i < times; i++) changed = change(changed);
  return changed;
}
