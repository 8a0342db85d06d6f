/** Where reading of a protobuf message is; nothing is read from `end` on. */
export interface FieldReader {
  readonly bytes: Buffer;
  at: number;
  end: number;
}

const [DOUBLE_BITS, LENGTH_BITS] = [1, 2];

/** Tags: the number of a field, and how long its content is. */
export const varintTag = (field: number): number => field << 3;
export const doubleTag = (field: number): number => (field << 3) | DOUBLE_BITS;
export const lengthTag = (field: number): number => (field << 3) | LENGTH_BITS;

/** Where the content of a length-delimited field ends; undefined if that is beyond the end. */
export function endOfField(reader: FieldReader): number | undefined {
  const length = smallVarint(reader);
  return length === undefined || reader.at + length > reader.end ? undefined : reader.at + length;
}

/** A number of at most 28 bits, in its shortest or any other spelling of four bytes; undefined for others. */
export function smallVarint(reader: FieldReader): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    if (reader.at >= reader.end) return undefined;
    const byte = reader.bytes[reader.at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}

/** Longer texts are no names, and left to the library. */
const TEXT_LENGTH_MAX = 512;

/** Text of ASCII; undefined for any other, which may be no UTF-8. */
export function textIn(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start > TEXT_LENGTH_MAX) return undefined;
  for (let i = start; i < end; i++) if ((bytes[i] ?? 0x80) >= 0x80) return undefined;
  return bytes.toString("latin1", start, end);
}

/** Of the two fields of a map's entry. */
const [KEY, CONTENT] = [0x0a, 0x12];

/**
 * Reads the name of an entry of a map, and the tag of what it stands for, which comes next; undefined if they are not there in this
 * order. Both are length-delimited.
 */
export function entryNameIn(reader: FieldReader): string | undefined {
  const { bytes } = reader;
  if (bytes[reader.at++] !== KEY) return undefined;
  const end = endOfField(reader);
  if (end === undefined) return undefined;
  const name = nameIn(bytes, reader.at, end);
  reader.at = end;
  return name === "__proto__" || bytes[reader.at++] !== CONTENT ? undefined : name;
}

/** Names that were read lately, by their lengths: the rows of a request have the same ones, and most requests do. */
const lastNames: string[] = [];
/** Longer names are hardly any. */
const NAME_LENGTH_MAX = 64;

/** As `textIn`: a name that was read before is the very same text, which is found in tables without being looked up once more. */
function nameIn(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  const last = lastNames[length];
  if (last !== undefined && isSame(last, bytes, start)) return last;
  const name = textIn(bytes, start, end);
  if (name === undefined || length > NAME_LENGTH_MAX) return name;
  const [own = name] = Object.keys({ [name]: true });
  lastNames[length] = own;
  return own;
}

function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
