import type {
  FeatureColumn,
  ReadColumnsResponse,
  ReadView,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { BackwardWriter } from "./backward-writer.ts";

/** Bytes of a column beside its values and statuses, about. */
const COLUMN_BYTES = 64;
/** A value with its status and, where they are its view's, its event time. */
const VALUE_BYTES = 11;

/**
 * Writes a ReadColumnsResponse, as the library does. Undefined for one with fields that are not known here, which is left to the
 * library.
 */
export function encodeReadColumns(message: ReadColumnsResponse): Buffer | undefined {
  const { columns, views, version, digest } = message;
  if (message.$unknown || views.some((it) => it.$unknown)) return undefined;
  const perColumn = COLUMN_BYTES + VALUE_BYTES * (columns[0]?.statuses.length ?? 0);
  const writer = new BackwardWriter(512 + perColumn * (columns.length + views.length));
  const packed: Packed = { statuses: NO_STATUSES, bytes: NO_BYTES };
  if (digest !== "") writer.text(4, digest);
  if (version !== 0n) writer.int64(3, version);
  for (let i = views.length - 1; i >= 0; i--) {
    const before = writer.length;
    writeView(writer, views[i] as ReadView);
    writer.head(2, before);
  }
  for (let i = columns.length - 1; i >= 0; i--) {
    const before = writer.length;
    if (!writeColumn(writer, columns[i] as FeatureColumn, packed)) return undefined;
    writer.head(1, before);
  }
  return writer.written();
}

/** What was packed for the column before: those of a view share their statuses. */
interface Packed {
  statuses: readonly number[];
  bytes: Uint8Array;
}

const NO_STATUSES: readonly number[] = [];

/** So many values are written as they are; views of memory for them would cost more. */
const FEW = 16;

function writeView(writer: BackwardWriter, { view, version, eventTimesNs }: ReadView): void {
  writeInt64s(writer, 3, eventTimesNs);
  if (version !== 0n) writer.int64(2, version);
  if (view !== "") writer.text(1, view);
}

/** False for what is not known here. */
function writeColumn(writer: BackwardWriter, column: FeatureColumn, packed: Packed): boolean {
  if (column.$unknown) return false;
  const { viewIndex, name, type, nullRows, statuses, bytesValues, stringValues } = column;
  if (!writeWholes(writer, 10, nullRows)) return false;
  if (statuses.length <= FEW) {
    if (!writeWholes(writer, 9, statuses)) return false;
  } else {
    const bytes = packed.statuses === statuses ? packed.bytes : packedWhole(statuses);
    if (!bytes) return false;
    packed.statuses = statuses;
    packed.bytes = bytes;
    writer.raw(9, bytes);
  }
  for (let i = bytesValues.length - 1; i >= 0; i--) writer.raw(8, bytesValues[i] as Uint8Array);
  for (let i = stringValues.length - 1; i >= 0; i--) writer.text(7, stringValues[i] ?? "");
  writeDoubles(writer, 6, column.float64Values);
  writeInt64s(writer, 5, column.int64Values);
  if (column.boolValues.length > 0) writer.raw(4, Uint8Array.from(column.boolValues, Number));
  if (type !== 0) writer.whole(3, type);
  if (name !== "") writer.text(2, name);
  if (viewIndex !== 0) writer.int64(1, BigInt(viewIndex));
  return true;
}

/** Whole numbers, packed. False if one is below 0. */
function writeWholes(writer: BackwardWriter, field: number, values: readonly number[]): boolean {
  if (values.length === 0) return true;
  if (values.length > FEW) {
    const bytes = packedWhole(values);
    if (bytes) writer.raw(field, bytes);
    return bytes !== undefined;
  }
  const before = writer.length;
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i] as number;
    if (value < 0) return false;
    writer.varint(value);
  }
  writer.head(field, before);
  return true;
}

function writeDoubles(writer: BackwardWriter, field: number, values: readonly number[]): void {
  if (values.length === 0) return;
  if (values.length > FEW) {
    writer.raw(field, packedDoubles(values));
    return;
  }
  const before = writer.length;
  for (let i = values.length - 1; i >= 0; i--) writer.bareDouble(values[i] as number);
  writer.head(field, before);
}

function writeInt64s(writer: BackwardWriter, field: number, values: readonly bigint[]): void {
  if (values.length === 0) return;
  if (values.length > FEW) {
    writer.raw(field, packedInt64(values));
    return;
  }
  const before = writer.length;
  for (let i = values.length - 1; i >= 0; i--) writer.bareInt64(values[i] as bigint);
  writer.head(field, before);
}

/** Protobuf is little-endian, and so is every machine that the runtime is built for but one, which takes the slow way. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Rows of an answer at most; of more the contract knows nothing. */
const ROWS_MAX = 4_096;
// Values are packed in memory that is used again, since the writer copies them.
const floats = new Float64Array(ROWS_MAX);
const wholes = new BigInt64Array(ROWS_MAX);

function packedDoubles(values: readonly number[]): Uint8Array {
  const numbers = values.length <= ROWS_MAX ? floats : new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = values[i] as number;
  const bytes = Buffer.from(numbers.buffer, 0, numbers.BYTES_PER_ELEMENT * values.length);
  return IS_LITTLE_ENDIAN ? bytes : bytes.swap64();
}

/** Whole numbers of which most take one byte; undefined if one is below 0. */
function packedWhole(values: readonly number[]): Uint8Array | undefined {
  const [least, most] = boundsOf(values);
  if (least < 0) return undefined;
  if (most < 0x80) return new Uint8Array(values);
  const writer = new BackwardWriter(5 * values.length);
  for (let i = values.length - 1; i >= 0; i--) writer.varint(values[i] ?? 0);
  return writer.written();
}

const NO_BYTES = new Uint8Array();

function boundsOf(values: readonly number[]): readonly [least: number, most: number] {
  let [least, most] = [0, 0];
  for (const it of values) {
    if (it < least) least = it;
    if (it > most) most = it;
  }
  return [least, most];
}

/** Bytes of the longest varint. */
const INT64_BYTES = 10;

function packedInt64(values: readonly bigint[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(INT64_BYTES * values.length);
  const numbers = values.length <= ROWS_MAX ? wholes : new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = values[i] as bigint;
  const halves = new Uint32Array(numbers.buffer, 0, 2 * values.length);
  const [lowAt, highAt] = IS_LITTLE_ENDIAN ? [0, 1] : [1, 0];
  let at = 0;
  for (let i = 0; i < halves.length; i += 2) {
    // Seven bits to a byte, the lowest first.
    let [low, high] = [halves[i + lowAt] ?? 0, halves[i + highAt] ?? 0];
    while (high !== 0 || low >= 0x80) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | ((high & 0x7f) << 25)) >>> 0;
      high >>>= 7;
    }
    bytes[at++] = low;
  }
  return bytes.subarray(0, at);
}
