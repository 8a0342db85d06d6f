import type { FeatureValue } from "@throughline/kernel";
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  List,
  makeData,
  TimestampNanosecond,
  TimeUnit,
  Type,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { typeUnsupported } from "../errors.ts";
import type { Column, ColumnType, ScalarType } from "../table.ts";
import { itemType } from "./column-types.ts";

const SCALARS: Readonly<Record<ScalarType, () => DataType>> = {
  bool: () => new Bool(),
  int64: () => new Int64(),
  float64: () => new Float64(),
  string: () => new Utf8(),
  bytes: () => new Binary(),
  timestamp: () => new TimestampNanosecond("UTC"),
};

/** The Arrow type that holds ours. */
export function arrowType(type: ColumnType): DataType {
  const item = itemType(type);
  return item ? new List(new Field("item", SCALARS[item](), true)) : SCALARS[type as ScalarType]();
}

export const arrowField = (column: Column): Field => new Field(column.name, arrowType(column.type), true);

/** The values of a column as Arrow holds them. */
export function arrowData(type: ColumnType, values: readonly FeatureValue[]): Data {
  const item = itemType(type);
  const nullCount = values.reduce<number>((count, it) => count + (it === null ? 1 : 0), 0);
  const shared = { length: values.length, nullCount, nullBitmap: validity(values) };
  if (item) {
    const lists = values.map((it) => (it ?? []) as readonly FeatureValue[]);
    const valueOffsets = new Int32Array(values.length + 1);
    for (const [i, list] of lists.entries()) valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + list.length;
    return makeData({ type: arrowType(type) as List, ...shared, valueOffsets, child: arrowData(item, lists.flat()) });
  }
  if (type === "int64" || type === "timestamp") {
    const data = BigInt64Array.from(values, (it) =>
      typeof it === "bigint" ? it : it !== null && typeof it === "object" && "ns" in it ? it.ns : 0n,
    );
    return makeData({ type: arrowType(type) as Int64, ...shared, data });
  }
  if (type === "float64") {
    return makeData({ type: new Float64(), ...shared, data: Float64Array.from(values, (it) => Number(it ?? 0)) });
  }
  const [data] = vectorFromArray(values as unknown[], arrowType(type)).data;
  // A builder of no values makes no data at all.
  return data ?? makeData({ type: arrowType(type), length: 0 } as Parameters<typeof makeData>[0]);
}

/** One bit a value, set where there is one. */
function validity(values: readonly FeatureValue[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((it, i) => {
    if (it !== null) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return bits;
}

/** Our column for an Arrow field. Fails with TABLE_TYPE_UNSUPPORTED. */
export const columnOf = (field: Field): Column => ({ name: field.name, type: typeOf(field.name, field.type) });

function typeOf(name: string, type: DataType): ColumnType {
  if (type.typeId === Type.List) return `list<${scalarOf(name, (type as List).valueType)}>`;
  return scalarOf(name, type);
}

function scalarOf(name: string, type: DataType): ScalarType {
  switch (type.typeId) {
    case Type.Bool:
      return "bool";
    case Type.Int:
      return "int64";
    case Type.Float:
      return "float64";
    case Type.Utf8:
    case Type.LargeUtf8:
      return "string";
    case Type.Binary:
    case Type.LargeBinary:
    case Type.FixedSizeBinary:
      return "bytes";
    case Type.Timestamp:
    case Type.Date:
      return "timestamp";
    case Type.Dictionary:
      return scalarOf(name, (type as unknown as { readonly dictionary: DataType }).dictionary);
    default:
      throw typeUnsupported(
        name,
        String(type),
        "bool, an integer, a float, a string, bytes, a time, or a list of these",
      );
  }
}

const NS_PER: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1_000_000_000n,
  [TimeUnit.MILLISECOND]: 1_000_000n,
  [TimeUnit.MICROSECOND]: 1_000n,
  [TimeUnit.NANOSECOND]: 1n,
};
const NS_PER_DAY = 86_400_000_000_000n;

/** Reads the values of one column of a batch. Times are read from the raw numbers: the library would round them to milliseconds. */
export function valueReader(data: Data | undefined): (index: number) => FeatureValue {
  if (!data) return () => null;
  const present = (read: (index: number) => FeatureValue) => (index: number) =>
    data.getValid(index) ? read(index) : null;
  const { type } = data;
  const raw = (index: number): bigint => BigInt((data.values as ArrayLike<number | bigint>)[index] ?? 0);
  if (type.typeId === Type.Timestamp) {
    const scale = NS_PER[(type as unknown as { readonly unit: TimeUnit }).unit];
    return present((index) => ({ ns: raw(index) * scale }));
  }
  if (type.typeId === Type.Date) {
    const isDays = (data.values as ArrayBufferView) instanceof Int32Array;
    return present((index) => ({ ns: raw(index) * (isDays ? NS_PER_DAY : 1_000_000n) }));
  }
  if (type.typeId === Type.Int) return present(raw);
  if (type.typeId === Type.List) {
    const item = valueReader(data.children[0]);
    const offsets = data.valueOffsets as ArrayLike<number>;
    return present((index) => {
      const start = offsets[index] ?? 0;
      return Array.from({ length: (offsets[index + 1] ?? start) - start }, (_, i) => item(start + i));
    });
  }
  const vector = new Vector([data]);
  return present((index) => vector.get(index) as FeatureValue);
}
