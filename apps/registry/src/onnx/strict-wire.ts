import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { MESSAGE_DEPTH_MAX, MESSAGES_MAX } from "./limits.ts";

/** The bytes are not a message of the format. The text says what and where. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Ways in which a field is written. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

interface Walk {
  readonly bytes: Uint8Array;
  at: number;
  messages: number;
}

/**
 * Checks that bytes are one message, down to the last nested field: lengths end where they say, and each known field is
 * written in its own way.
 *
 * Readers of protobuf differ in what they make of a field that is written in another way than its type says: some skip
 * it, some read on at another place. A file could so show a harmless model to the registry and another one to the
 * runtime. Such files are refused. Fails with WireError.
 */
export function checkWire(message: DescMessage, bytes: Uint8Array): void {
  checkMessage({ bytes, at: 0, messages: 0 }, message, { end: bytes.length, depth: 1 });
}

function checkMessage(walk: Walk, message: DescMessage, { end, depth }: { end: number; depth: number }): void {
  walk.messages += 1;
  if (walk.messages > MESSAGES_MAX) throw new WireError(`it has more than ${MESSAGES_MAX} parts`);
  if (depth > MESSAGE_DEPTH_MAX) throw new WireError(`its parts are nested more than ${MESSAGE_DEPTH_MAX} deep`);
  const fields = fieldsOf(message);
  while (walk.at < end) {
    const start = walk.at;
    const tag = varint(walk, end);
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (number < 1 || number > 0x1fffffff) throw wrong(start, "there is no field of that number");
    const field = fields.get(number);
    if (field === undefined) skip(walk, wire, end);
    else checkField(walk, field, { wire, end, depth, start });
  }
}

function checkField(
  walk: Walk,
  field: DescField,
  { wire, end, depth, start }: { wire: number; end: number; depth: number; start: number },
): void {
  const scalar = field.fieldKind === "scalar" || (field.fieldKind === "list" && field.listKind === "scalar");
  const own = scalar ? wireOf(field.scalar as ScalarType) : DELIMITED;
  const packed = field.fieldKind === "list" && own !== DELIMITED && wire === DELIMITED;
  if (wire !== own && !packed) throw wrong(start, `${field.name} is written as a value of another type`);
  if (packed) checkPacked(walk, own, end);
  else if (wire !== DELIMITED || field.message === undefined) skip(walk, wire, end);
  else checkMessage(walk, field.message, { end: delimitedEnd(walk, end), depth: depth + 1 });
}

function checkPacked(walk: Walk, own: number, end: number): void {
  const start = walk.at;
  const last = delimitedEnd(walk, end);
  if (own === VARINT) while (walk.at < last) varint(walk, last);
  else if ((last - walk.at) % (own === FIXED32 ? 4 : 8) !== 0) throw wrong(start, "a list ends within an element");
  walk.at = last;
}

function skip(walk: Walk, wire: number, end: number): void {
  const start = walk.at;
  if (wire === VARINT) varint(walk, end);
  else if (wire === FIXED64) walk.at += 8;
  else if (wire === DELIMITED) walk.at = delimitedEnd(walk, end);
  else if (wire === FIXED32) walk.at += 4;
  else throw wrong(start, "the format has no fields of that kind");
  if (walk.at > end) throw wrong(start, "a value goes on after its end; the file is cut or damaged");
}

function delimitedEnd(walk: Walk, end: number): number {
  const start = walk.at;
  const last = varint(walk, end) + walk.at;
  if (last > end) throw wrong(start, "a part is longer than the space it has; the file is cut or damaged");
  return last;
}

/** Reads a number of at most ten bytes. Numbers above 2^53 lose their low bits, which nobody looks at. */
function varint(walk: Walk, end: number): number {
  const start = walk.at;
  let value = 0;
  for (let scale = 1, length = 1; length <= 10; scale *= 128, length++) {
    if (walk.at >= end) throw wrong(start, "a number goes on after its end; the file is cut or damaged");
    const byte = walk.bytes[walk.at++] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw wrong(start, "a number has more than ten bytes");
}

const wrong = (at: number, what: string): WireError => new WireError(`at byte ${at}: ${what}`);

function wireOf(scalar: ScalarType): number {
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return DELIMITED;
  if (scalar === ScalarType.DOUBLE) return FIXED64;
  return scalar === ScalarType.FLOAT ? FIXED32 : VARINT;
}

const FIELDS = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(message: DescMessage): ReadonlyMap<number, DescField> {
  let fields = FIELDS.get(message);
  if (fields === undefined) {
    fields = new Map(message.fields.map((it) => [it.number, it]));
    FIELDS.set(message, fields);
  }
  return fields;
}
