import { fromBinary } from "@bufbuild/protobuf";
import { type ViewSelection, ViewSelectionSchema } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { ReadColumnsRequest } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import type { Value, ValueList } from "@throughline/contracts/throughline/type/v1/value_pb";
import {
  endOfField,
  entryNameIn,
  type FieldReader,
  lengthTag,
  smallVarint,
  textIn,
  varintTag,
} from "./field-reader.ts";
import { valueIn } from "./value-reader.ts";

/**
 * Reads a ReadColumnsRequest as of now whose values are numbers and texts. Undefined for any other: the library reads those, and
 * says what is wrong with them.
 */
export function decodeReadColumns(bytes: Buffer): ReadColumnsRequest | undefined {
  const message: ReadColumnsRequest = {
    $typeName: "throughline.features.v1.ReadColumnsRequest",
    parent: "",
    featureService: "",
    version: 0n,
    views: [],
    fields: {},
    convertValues: false,
  };
  const reader: FieldReader = { bytes, at: 0, end: bytes.length };
  while (reader.at < reader.end) if (!readField(message, reader)) return undefined;
  return message;
}

const [PARENT, FEATURE_SERVICE, VERSION] = [lengthTag(1), lengthTag(2), varintTag(3)];
const [VIEWS, FIELDS, CONVERT_VALUES] = [lengthTag(4), lengthTag(5), varintTag(6)];
const VALUES = lengthTag(1);

/** The reading functions are false or undefined for what is not read here. */
function readField(message: ReadColumnsRequest, reader: FieldReader): boolean {
  const tag = reader.bytes[reader.at++];
  if (tag === VERSION || tag === CONVERT_VALUES) {
    const value = smallVarint(reader);
    if (value === undefined) return false;
    if (tag === VERSION) message.version = BigInt(value);
    else message.convertValues = value !== 0;
    return true;
  }
  const end = endOfField(reader);
  if (end === undefined) return false;
  const { bytes, at } = reader;
  reader.at = end;
  if (tag === FIELDS) return readEntry(message.fields, { bytes, at, end });
  if (tag === VIEWS) {
    message.views.push(selectionIn(bytes, at, end));
    return true;
  }
  const text = textIn(bytes, at, end);
  if (text === undefined) return false;
  if (tag === PARENT) message.parent = text;
  else if (tag === FEATURE_SERVICE) message.featureService = text;
  else return false;
  return true;
}

/** Selections that were asked for lately, by their bytes: callers ask for the same features again and again. */
const known = new Map<string, ViewSelection>();
const KNOWN_MAX = 1_000;
/** Bytes of a selection that is kept. */
const KNOWN_BYTES_MAX = 10_000;

/** Nobody changes a selection: it is the same for all who ask so. Fails as the library does. */
function selectionIn(bytes: Buffer, at: number, end: number): ViewSelection {
  if (end - at > KNOWN_BYTES_MAX) return fromBinary(ViewSelectionSchema, bytes.subarray(at, end));
  const key = bytes.toString("latin1", at, end);
  const before = known.get(key);
  if (before) return before;
  const read = fromBinary(ViewSelectionSchema, bytes.subarray(at, end));
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, read);
  return read;
}

/** Reads the name and the values of a field, in this order and each once. */
function readEntry(fields: Record<string, ValueList>, reader: FieldReader): boolean {
  const { bytes } = reader;
  const name = entryNameIn(reader);
  if (name === undefined) return false;
  if (endOfField(reader) !== reader.end) return false;
  const values: Value[] = [];
  while (reader.at < reader.end) {
    const value = bytes[reader.at++] === VALUES ? valueIn(reader) : undefined;
    if (!value) return false;
    values.push(value);
  }
  fields[name] = { $typeName: "throughline.type.v1.ValueList", values };
  return true;
}
