import type { JsonValue } from "@bufbuild/protobuf";
import { invalidField } from "@throughline/kernel";
import {
  type Element,
  isDatatype,
  type NumberType,
  readElements,
  readTexts,
  writeElements,
  writeTexts,
} from "@throughline/kernel/datatypes";

/**
 * The raw bytes of elements that came as JSON. `path` is that of the tensor. Fails with INVALID_FIELD for what does not fit
 * the type.
 */
export function rawOfJson(datatype: string, elements: readonly JsonValue[], path: string): Uint8Array<ArrayBuffer> {
  if (!isDatatype(datatype)) throw invalidField(`${path}.datatype`, `"${datatype.slice(0, 32)}" is no datatype`);
  if (datatype === "BYTES") return writeTexts(elements.map((it, i) => textOf(it, `${path}.data[${i}]`)));
  const raw = writeElements(datatype, elements);
  if (typeof raw === "number") throw invalidField(`${path}.data[${raw}]`, whyNot(datatype, elements[raw]));
  return raw;
}

function whyNot(datatype: NumberType, element: JsonValue | undefined): string {
  const isInexact = /64$/.test(datatype) && Number.isInteger(element) && !Number.isSafeInteger(element);
  if (isInexact && datatype !== "FP64") return "a number beyond 2^53 is not exact in JSON: send it as text";
  return datatype === "BOOL" ? "expected true or false" : "expected a number within the range of the datatype";
}

function textOf(json: JsonValue, path: string): Uint8Array {
  if (typeof json !== "string") throw invalidField(path, "expected text");
  return Buffer.from(json, "utf8");
}

/** Raw bytes as elements of JSON. */
export function jsonOfRaw(datatype: string, raw: Uint8Array): unknown[] {
  if (!isDatatype(datatype)) throw new Error(`${datatype} is no datatype that JSON can carry`);
  if (datatype !== "BYTES") {
    const elements: unknown[] = readElements(datatype, raw);
    for (let i = 0; i < elements.length; i++) elements[i] = elementJson(elements[i] as Element);
    return elements;
  }
  const decoder = new TextDecoder();
  return (readTexts(raw) ?? []).map((it) => decoder.decode(it));
}

/** JSON has no NaN and no infinities, which become null as JavaScript writes them; and no exact numbers beyond 2^53. */
function elementJson(value: Element): number | string | boolean | null {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
