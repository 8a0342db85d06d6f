import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A field of a message. `whole` has its bytes with tag and length, for writing it again as it was. */
export interface FileField {
  readonly number: number;
  readonly whole: Uint8Array;
  /** What is in it, if it is a message, a text or bytes. */
  readonly content?: Uint8Array;
  /** Its number, if it is one. */
  readonly value?: bigint;
}

/** Field numbers of the ONNX format. */
export const MODEL = { irVersion: 1, producer: 2, graph: 7, opsetImport: 8, property: 14 } as const;
export const GRAPH = { node: 1, name: 2, constant: 5, input: 11, output: 12, sparseConstant: 15 } as const;
export const NODE = { input: 1, output: 2, operator: 4, attribute: 5 } as const;
export const ATTRIBUTE = { graph: 6, graphs: 11 } as const;
export const TENSOR_NAME = 8;
export const VALUE = { name: 1, type: 2 } as const;

/**
 * The fields of a message, in the order in which they are written. A model is taken apart no further than is needed, so that
 * its weights stay the bytes that they were. Throws for bytes that are no message.
 */
export function fieldsOf(bytes: Uint8Array): readonly FileField[] {
  const reader = new BinaryReader(bytes);
  const fields: FileField[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) {
      const content = reader.bytes();
      fields.push({ number, content, whole: bytes.subarray(start, reader.pos) });
    } else if (wireType === WireType.Varint) {
      const value = BigInt(reader.int64());
      fields.push({ number, value, whole: bytes.subarray(start, reader.pos) });
    } else {
      reader.skip(wireType, number);
      fields.push({ number, whole: bytes.subarray(start, reader.pos) });
    }
  }
  return fields;
}

/** The contents of a field that may be repeated. */
export const contentsOf = (fields: readonly FileField[], number: number): readonly Uint8Array[] =>
  fields.flatMap((it) => (it.number === number && it.content !== undefined ? [it.content] : []));

/** The texts of a field that may be repeated. */
export const textsOf = (fields: readonly FileField[], number: number): readonly string[] =>
  contentsOf(fields, number).map((it) => new TextDecoder().decode(it));

/** The last number of a field, which is the one that counts. */
export const numberOf = (fields: readonly FileField[], number: number): bigint | undefined =>
  fields.findLast((it) => it.number === number)?.value;

/** An input of a graph. Sizes are missing where any is taken; the shape as a whole, where nothing is known. */
export interface FileValue {
  readonly name: string;
  readonly elementType?: number;
  readonly shape?: readonly (number | undefined)[];
}

/** Reads the name and the tensor type of an input. */
export function fileValue(bytes: Uint8Array): FileValue {
  const fields = fieldsOf(bytes);
  const [name = ""] = textsOf(fields, VALUE.name);
  const tensor = contentsOf(fields, VALUE.type).flatMap((it) => contentsOf(fieldsOf(it), 1))[0];
  if (tensor === undefined) return { name };
  const parts = fieldsOf(tensor);
  const shape = contentsOf(parts, 2)[0];
  return {
    name,
    elementType: Number(numberOf(parts, 1) ?? 0n),
    ...(shape && {
      shape: contentsOf(fieldsOf(shape), 1).map((it) => {
        const size = numberOf(fieldsOf(it), 1);
        return size === undefined || size < 0n ? undefined : Number(size);
      }),
    }),
  };
}
