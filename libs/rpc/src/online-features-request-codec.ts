import type {
  GetOnlineFeaturesRequest,
  Row,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { endOfField, type FieldReader, lengthTag, smallVarint, textIn, varintTag } from "./field-reader.ts";
import { timeIn } from "./time-reader.ts";
import { readNamedValue } from "./value-reader.ts";

const [FEATURE_SERVICE, VERSION, ROWS, WITH_DETAILS] = [lengthTag(1), varintTag(2), lengthTag(3), varintTag(5)];
const AS_OF = lengthTag(4);
const VALUES = lengthTag(1);

/**
 * Reads a GetOnlineFeaturesRequest whose values are numbers and texts. Undefined for any other: the library reads those,
 * and says what is wrong with them.
 */
export function decodeOnlineFeatures(bytes: Buffer): GetOnlineFeaturesRequest | undefined {
  const message: GetOnlineFeaturesRequest = {
    $typeName: "throughline.features.v1.GetOnlineFeaturesRequest",
    featureService: "",
    version: 0n,
    rows: [],
    withDetails: false,
  };
  const reader: FieldReader = { bytes, at: 0, end: bytes.length };
  while (reader.at < reader.end) if (!readField(message, reader)) return undefined;
  return message;
}

/** The reading functions are false or undefined for what is not read here. */
function readField(message: GetOnlineFeaturesRequest, reader: FieldReader): boolean {
  const tag = reader.bytes[reader.at++];
  if (tag === VERSION || tag === WITH_DETAILS) {
    const value = smallVarint(reader);
    if (value === undefined) return false;
    if (tag === VERSION) message.version = BigInt(value);
    else message.withDetails = value !== 0;
    return true;
  }
  const end = endOfField(reader);
  if (end === undefined) return false;
  const { bytes, at } = reader;
  reader.at = end;
  if (tag === ROWS) {
    const row = rowIn({ bytes, at, end });
    if (row) message.rows.push(row);
    return row !== undefined;
  }
  if (tag === AS_OF) {
    // The library puts two of them together.
    const time = message.asOf ? undefined : timeIn({ bytes, at, end });
    if (time) message.asOf = time;
    return time !== undefined;
  }
  const text = tag === FEATURE_SERVICE ? textIn(bytes, at, end) : undefined;
  if (text === undefined) return false;
  message.featureService = text;
  return true;
}

function rowIn(reader: FieldReader): Row | undefined {
  const row: Row = { $typeName: "throughline.features.v1.Row", values: {} };
  while (reader.at < reader.end) {
    const end = reader.bytes[reader.at++] === VALUES ? endOfField(reader) : undefined;
    if (end === undefined) return undefined;
    const { bytes, at } = reader;
    reader.at = end;
    if (!readNamedValue(row.values, { bytes, at, end })) return undefined;
  }
  return row;
}
