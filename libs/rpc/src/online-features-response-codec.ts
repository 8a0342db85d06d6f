import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { GetOnlineFeaturesResponse } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { FeatureValue, FeatureVector } from "@throughline/contracts/throughline/features/v1/online_pb";
import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import { BackwardWriter } from "./backward-writer.ts";

/** A value with its times takes about so many bytes. */
const VALUE_BYTES = 48;
const VECTOR_BYTES = 96;

/**
 * Writes a GetOnlineFeaturesResponse, as the library does. Undefined for one with fields that are not known here, which is left
 * to the library.
 */
export function encodeOnlineFeatures(message: GetOnlineFeaturesResponse): Buffer | undefined {
  const { features, vectors, version, digest } = message;
  const perVector = VECTOR_BYTES + VALUE_BYTES * (vectors[0]?.values.length ?? 0);
  const writer = new BackwardWriter(1_024 + perVector * vectors.length);
  const known: KnownEnd = { status: 0, eventTime: undefined, knowledgeTime: undefined, bytes: undefined };
  if (message.$unknown) return undefined;
  if (digest !== "") writer.text(4, digest);
  if (version !== 0n) writer.int64(3, version);
  for (let i = vectors.length - 1; i >= 0; i--) {
    const before = writer.length;
    if (!writeVector(writer, vectors[i] as FeatureVector, known)) return undefined;
    writer.head(2, before);
  }
  for (let i = features.length - 1; i >= 0; i--) writer.text(1, features[i] ?? "");
  return writer.written();
}

/** The last end of a feature that was written: those of a row share their times, and rows that came together too. */
interface KnownEnd {
  status: number;
  eventTime: Timestamp | undefined;
  knowledgeTime: Timestamp | undefined;
  /** Undefined before the first. */
  bytes: Uint8Array | undefined;
}

/** The writing functions are false for what they do not know. */
function writeVector(writer: BackwardWriter, { values, rowDigest, $unknown }: FeatureVector, known: KnownEnd): boolean {
  if ($unknown) return false;
  if (rowDigest !== "") writer.text(2, rowDigest);
  for (let i = values.length - 1; i >= 0; i--) {
    const before = writer.length;
    if (!writeFeature(writer, values[i] as FeatureValue, known)) return false;
    writer.head(1, before);
  }
  return true;
}

function writeFeature(writer: BackwardWriter, feature: FeatureValue, known: KnownEnd): boolean {
  const { value } = feature;
  if (feature.$unknown || value?.$unknown || feature.age || feature.viewVersion !== undefined) return false;
  if (!writeEnd(writer, feature, known)) return false;
  if (!value) return true;
  const before = writer.length;
  if (!writeKind(writer, value.kind)) return false;
  writer.head(1, before);
  return true;
}

/** What comes behind the value: status and times. By the messages of the times, which nobody changes. */
function writeEnd(writer: BackwardWriter, feature: FeatureValue, known: KnownEnd): boolean {
  const { status, eventTime, knowledgeTime } = feature;
  const isKnown = eventTime === known.eventTime && knowledgeTime === known.knowledgeTime && status === known.status;
  if (isKnown && known.bytes) {
    writer.bare(known.bytes);
    return true;
  }
  const before = writer.length;
  if (knowledgeTime && !writeTime(writer, 4, knowledgeTime)) return false;
  if (eventTime && !writeTime(writer, 3, eventTime)) return false;
  if (status !== 0) writer.whole(2, status);
  known.status = status;
  known.eventTime = eventTime;
  known.knowledgeTime = knowledgeTime;
  known.bytes = writer.copySince(before);
  return true;
}

/** Writes the field of a Timestamp. False for what is not known here. */
export function writeTime(writer: BackwardWriter, field: number, { seconds, nanos, $unknown }: Timestamp): boolean {
  if ($unknown || nanos < 0) return false;
  const before = writer.length;
  if (nanos !== 0) writer.whole(2, nanos);
  if (seconds !== 0n) writer.int64(1, seconds);
  writer.head(field, before);
  return true;
}

/** Writes the field of a Value. What is chosen is written also if it is the zero of its type. False for what is not known here. */
export function writeKind(writer: BackwardWriter, kind: Value["kind"]): boolean {
  switch (kind.case) {
    case undefined:
      return true;
    case "boolValue":
      writer.whole(1, kind.value ? 1 : 0);
      return true;
    case "int64Value":
      writer.int64(2, kind.value);
      return true;
    case "float64Value":
      writer.double(3, kind.value);
      return true;
    case "stringValue":
      writer.text(4, kind.value);
      return true;
    case "bytesValue":
      writer.raw(5, kind.value);
      return true;
    case "timestampValue":
      return writeTime(writer, 6, kind.value);
    case "listValue":
      return false;
  }
}
