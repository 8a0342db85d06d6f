import type { SparseTensorProto, TensorProto } from "@throughline/contracts/onnx/onnx_pb";
import { ELEMENT_TYPES, type ElementType } from "./element-type.ts";
import { RANK_MAX } from "./limits.ts";
import { type Problems, quoted } from "./problems.ts";

/** What constants may take, and where to tell what is wrong. */
export interface TensorCheck {
  readonly problems: Problems;
  /** Bytes that all constants together may still take. Counted down. */
  bytesLeft: bigint;
}

/** Where the elements are in a file beside the model. */
const EXTERNAL = 1;
const STRING = 8;
const LISTS = ["floatData", "int32Data", "stringData", "int64Data", "doubleData", "uint64Data"] as const;

/**
 * Checks one constant: that its elements are in the model itself, that there are as many as its dimensions say, and that
 * they fit in memory. Returns the number of elements, 0n if that is not known.
 */
export function checkTensor(tensor: TensorProto, path: string, check: TensorCheck): bigint {
  const { problems } = check;
  if (tensor.dataLocation === EXTERNAL || tensor.externalData.length > 0)
    problems.add(`${path}.external_data`, externalData(tensor));
  else if (tensor.dataLocation !== 0)
    problems.add(`${path}.data_location`, `the format has no location ${tensor.dataLocation}`);
  const type = ELEMENT_TYPES.get(tensor.dataType);
  if (!type) problems.add(`${path}.data_type`, `the format has no element type ${tensor.dataType}`);
  const count = elementCount(tensor.dims, `${path}.dims`, problems);
  if (!type || count === undefined) return 0n;
  if (!takeBytes(bytesOf(count, type), path, check)) return count;
  if (tensor.externalData.length === 0 && tensor.dataLocation !== EXTERNAL)
    checkElements({ tensor, type, count }, path, problems);
  return count;
}

/** Checks a constant that is mostly zero. The runtime spreads it out, so its full size counts. */
export function checkSparseTensor(sparse: SparseTensorProto, path: string, check: TensorCheck): bigint {
  const values = sparse.values && checkTensor(sparse.values, `${path}.values`, check);
  if (!sparse.values || !sparse.indices) {
    check.problems.add(path, "a sparse tensor needs its values and their indices");
    return 0n;
  }
  const indices = checkTensor(sparse.indices, `${path}.indices`, check);
  const type = ELEMENT_TYPES.get(sparse.values.dataType);
  const count = elementCount(sparse.dims, `${path}.dims`, check.problems);
  if (type && count !== undefined) takeBytes(bytesOf(count, type), path, check);
  if (values !== indices && indices !== (values ?? 0n) * BigInt(sparse.dims.length))
    check.problems.add(`${path}.indices`, "there is not one index, or one for each dimension, for each value");
  return values ?? 0n;
}

function externalData(tensor: TensorProto): string {
  const location = tensor.externalData.find((it) => it.key === "location")?.value;
  return (
    `the elements of ${quoted(tensor.name)} are ${location === undefined ? "outside" : `in ${quoted(location)}, outside`} the model file, ` +
    "which is never read. Save the model with all its data in one file (onnx.save without external data)"
  );
}

/** The product of the dimensions. */
function elementCount(dims: readonly bigint[], path: string, problems: Problems): bigint | undefined {
  if (dims.length > RANK_MAX) {
    problems.add(path, `there are ${dims.length} dimensions; at most ${RANK_MAX} are accepted`);
    return undefined;
  }
  const negative = dims.findIndex((it) => it < 0n);
  if (negative >= 0) {
    problems.add(`${path}[${negative}]`, `a dimension of ${dims[negative]} is negative`);
    return undefined;
  }
  return dims.reduce((product, it) => product * it, 1n);
}

/** Size of elements in memory. A text takes at least an object of 32 bytes there. */
function bytesOf(count: bigint, { bits }: ElementType): bigint {
  return bits === 0 ? count * 32n : (count * BigInt(bits) + 7n) / 8n;
}

function takeBytes(bytes: bigint, path: string, check: TensorCheck): boolean {
  check.bytesLeft -= bytes;
  if (check.bytesLeft >= 0n) return true;
  // What is too large alone must not make all that follows too large as well.
  check.bytesLeft += bytes;
  check.problems.add(path, `it is oversized: its dimensions ask for ${bytes} bytes, and ${check.bytesLeft} are left`);
  return false;
}

interface Elements {
  readonly tensor: TensorProto;
  readonly type: ElementType;
  readonly count: bigint;
}

function checkElements({ tensor, type, count }: Elements, path: string, problems: Problems): void {
  const filled = LISTS.filter((it) => tensor[it].length > 0);
  const raw = tensor.rawData.length > 0;
  const entries = BigInt(Math.ceil(Number(count) / type.perEntry));
  if (filled.length + (raw ? 1 : 0) > 1) problems.add(path, "its elements are given twice");
  else if (raw || (filled.length === 0 && type.bits > 0)) checkRaw({ tensor, type, count }, path, problems);
  else if (filled[0] !== undefined && filled[0] !== type.list)
    problems.add(path, `its elements are in ${filled[0]}, where type ${tensor.dataType} has none`);
  else if (BigInt(tensor[type.list].length) !== entries)
    problems.add(path, `it has ${tensor[type.list].length} elements, and the dimensions ask for ${entries}`);
}

function checkRaw({ tensor, type, count }: Elements, path: string, problems: Problems): void {
  const expected = bytesOf(count, type);
  if (tensor.dataType === STRING) problems.add(`${path}.raw_data`, "texts cannot be raw bytes");
  else if (BigInt(tensor.rawData.length) !== expected)
    problems.add(
      `${path}.raw_data`,
      `it has ${tensor.rawData.length} bytes, and the dimensions ask for ${expected} (${count} elements)`,
    );
}
