import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  type Registry,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as Presence, type Timestamp } from "@bufbuild/protobuf/wkt";
import { isWellKnown } from "./json-leaves.ts";

/** Writes messages as JSON text. */
export interface JsonWriter {
  /** Every field that is not optional is written, set or not, in the order of their numbers. */
  write(schema: DescMessage, message: Message): string;
}

/** Writes a value that is set. */
type Write = (value: unknown) => string;

/**
 * The JSON of the protobuf mapping, as the library's `toJson` has it, written straight to text: answers are mostly lists of
 * small messages, and an object for each of them takes several times as long. `registry` knows what an Any may hold.
 */
export function jsonWriter(registry: Registry): JsonWriter {
  const writers = new Map<DescMessage, Write>();
  const writerOf = (schema: DescMessage): Write => {
    const known = writers.get(schema);
    if (known) return known;
    const byLibrary: Write = (message) => JSON.stringify(toJson(schema, message as Message, { registry, ...ALL }));
    if (isWellKnown(schema) || schema.fields.some(isUnwrapped)) {
      const write = schema.typeName === "google.protobuf.Timestamp" ? timestampWriter(byLibrary) : byLibrary;
      writers.set(schema, write);
      return write;
    }
    // Made when it is first used, since a message may hold others of its own kind.
    let fields: readonly FieldWriter[] | undefined;
    const write: Write = (message) => {
      fields ??= schema.fields.toSorted((a, b) => a.number - b.number).map((it) => fieldWriter(it, writerOf));
      let text = "";
      for (const it of fields) {
        const field = it(message as Values);
        if (field !== "") text += text === "" ? field : `,${field}`;
      }
      return `{${text}}`;
    };
    writers.set(schema, write);
    return write;
  };
  return { write: (schema, message) => writerOf(schema)(message) };
}

const ALL = { alwaysEmitImplicit: true };

const STRUCT = "google.protobuf.Struct";
const MESSAGES: ReadonlySet<string> = new Set([
  ...["Any", "Duration", "Empty", "FieldMask", "Struct", "Timestamp"].map((it) => `google.protobuf.${it}`),
]);

/** True for a field whose value the library keeps in another shape than its message. */
const isUnwrapped = ({ message }: DescField): boolean =>
  message !== undefined && isWellKnown(message) && !MESSAGES.has(message.typeName);

type Values = Readonly<Record<string, unknown>>;

/** Key and value of a field; empty if it is not written. */
type FieldWriter = (message: Values) => string;

interface Chosen {
  readonly case?: string;
  readonly value?: unknown;
}

function fieldWriter(field: DescField, writerOf: (schema: DescMessage) => Write): FieldWriter {
  const key = `${JSON.stringify(field.jsonName)}:`;
  const write = valueWriter(field, writerOf);
  const { localName, oneof } = field;
  if (oneof) {
    return (message) => {
      const chosen = message[oneof.localName] as Chosen;
      return chosen.case === localName ? key + write(chosen.value) : "";
    };
  }
  const isImplicit = field.presence === Presence.IMPLICIT;
  return (message) => {
    const value = message[localName];
    if (value === undefined && !isImplicit) return "";
    return key + write(value);
  };
}

function valueWriter(field: DescField, writerOf: (schema: DescMessage) => Write): Write {
  switch (field.fieldKind) {
    case "scalar":
      return scalarWriter(field.scalar);
    case "enum":
      return enumWriter(field.enum);
    case "message":
      return messageWriter(field.message, writerOf);
    case "list":
      return listWriter(itemWriter(field, writerOf));
    case "map":
      return mapWriter(itemWriter(field, writerOf));
  }
}

/** A Struct in a field is kept as the JSON that it stands for. */
const messageWriter = (schema: DescMessage, writerOf: (schema: DescMessage) => Write): Write =>
  schema.typeName === STRUCT ? JSON.stringify : writerOf(schema);

function itemWriter(
  field: {
    readonly scalar?: ScalarType | undefined;
    readonly enum?: DescEnum | undefined;
    readonly message?: DescMessage | undefined;
  },
  writerOf: (schema: DescMessage) => Write,
): Write {
  if (field.message) return messageWriter(field.message, writerOf);
  return field.enum ? enumWriter(field.enum) : scalarWriter(field.scalar ?? ScalarType.STRING);
}

const listWriter =
  (item: Write): Write =>
  (value) => {
    let text = "";
    for (const it of value as readonly unknown[]) text += text === "" ? item(it) : `,${item(it)}`;
    return `[${text}]`;
  };

const mapWriter =
  (item: Write): Write =>
  (value) => {
    const entries = value as Values;
    let text = "";
    for (const key of Object.keys(entries)) {
      text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${item(entries[key])}`;
    }
    return `{${text}}`;
  };

function enumWriter(of: DescEnum): Write {
  if (of.typeName === "google.protobuf.NullValue") return () => "null";
  const names = new Map(of.values.map((it) => [it.number, JSON.stringify(it.jsonName)]));
  return (value) => {
    const name = names.get(value as number);
    if (name === undefined) throw new Error(`${String(value)} is no value of ${of.typeName}`);
    return name;
  };
}

function scalarWriter(type: ScalarType): Write {
  switch (type) {
    case ScalarType.STRING:
      return JSON.stringify;
    case ScalarType.BYTES:
      return (value) => {
        const { buffer, byteOffset, byteLength } = value as Uint8Array;
        return `"${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}"`;
      };
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return (value) => `"${String(value)}"`;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return realText;
    default:
      return String;
  }
}

function realText(value: unknown): string {
  const number = value as number;
  // JSON has none of these as numbers, and String writes -0 as 0, as JSON.stringify does.
  return Number.isFinite(number) ? String(number) : `"${number}"`;
}

/** From the year 1 to the year 9999, in which the mapping has times. */
const SECONDS_LEAST = -62_135_596_800n;
const SECONDS_MOST = 253_402_300_799n;

/** Writes times, remembering the last second: those of one answer are mostly near each other. */
function timestampWriter(byLibrary: Write): Write {
  let lastSeconds: bigint | undefined;
  let lastText = "";
  return (value) => {
    const { seconds, nanos } = value as Timestamp;
    const isPlain = seconds >= SECONDS_LEAST && seconds <= SECONDS_MOST && nanos >= 0 && nanos < 1_000_000_000;
    if (!isPlain) return byLibrary(value);
    if (seconds !== lastSeconds) {
      lastSeconds = seconds;
      // Without the fraction and the Z.
      lastText = new Date(Number(seconds) * 1_000).toISOString().slice(0, -5);
    }
    return `"${lastText}${fractionOf(nanos)}Z"`;
  };
}

/** Nothing, or three, six or nine digits. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`;
  return `.${digits.endsWith("000") ? digits.slice(0, 6) : digits}`;
}
