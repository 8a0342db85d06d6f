/** The list of a tensor that holds elements of a type, when they are not raw bytes. */
export type ElementList = "floatData" | "int32Data" | "stringData" | "int64Data" | "doubleData" | "uint64Data";

/** What is known of an element type of the ONNX format. */
export interface ElementType {
  /** Bits of one element; 0 for texts, which have no fixed size. */
  readonly bits: number;
  readonly list: ElementList;
  /** How many elements one entry of the list holds: 1/2 for complex numbers, more for types below a byte. */
  readonly perEntry: number;
  /** Name in the Open Inference Protocol, and the runtime's own name. Absent if requests cannot carry the type. */
  readonly datatype?: string;
  readonly runtime?: string;
}

const type = (bits: number, list: ElementList, rest: Partial<ElementType> = {}): ElementType => ({
  bits,
  list,
  perEntry: 1,
  ...rest,
});

/** Element types by their number in the format (TensorProto.DataType). */
export const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map([
  [1, type(32, "floatData", { datatype: "FP32", runtime: "float32" })],
  [2, type(8, "int32Data", { datatype: "UINT8", runtime: "uint8" })],
  [3, type(8, "int32Data", { datatype: "INT8", runtime: "int8" })],
  [4, type(16, "int32Data", { datatype: "UINT16", runtime: "uint16" })],
  [5, type(16, "int32Data", { datatype: "INT16", runtime: "int16" })],
  [6, type(32, "int32Data", { datatype: "INT32", runtime: "int32" })],
  [7, type(64, "int64Data", { datatype: "INT64", runtime: "int64" })],
  [8, type(0, "stringData", { datatype: "BYTES", runtime: "string" })],
  [9, type(8, "int32Data", { datatype: "BOOL", runtime: "bool" })],
  [10, type(16, "int32Data", { datatype: "FP16", runtime: "float16" })],
  [11, type(64, "doubleData", { datatype: "FP64", runtime: "float64" })],
  [12, type(32, "uint64Data", { datatype: "UINT32", runtime: "uint32" })],
  [13, type(64, "uint64Data", { datatype: "UINT64", runtime: "uint64" })],
  [14, type(64, "floatData", { perEntry: 0.5 })],
  [15, type(128, "doubleData", { perEntry: 0.5 })],
  [16, type(16, "int32Data")],
  ...[17, 18, 19, 20, 24].map((float8) => [float8, type(8, "int32Data")] as const),
  ...[21, 22, 23].map((halfByte) => [halfByte, type(4, "int32Data", { perEntry: 2 })] as const),
  ...[25, 26].map((quarterByte) => [quarterByte, type(2, "int32Data", { perEntry: 4 })] as const),
]);

/** Open Inference datatype of the runtime's name of a type. */
export const datatypeOfRuntime = (runtime: string): string | undefined =>
  [...ELEMENT_TYPES.values()].find((it) => it.runtime === runtime)?.datatype;
