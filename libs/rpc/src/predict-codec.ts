import type {
  PredictRequest,
  PredictResponse,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import type { LogPosition } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { BackwardWriter } from "./backward-writer.ts";
import { endOfField, type FieldReader, smallVarint, textIn } from "./field-reader.ts";
import { readNamedValue } from "./value-reader.ts";

/** Tags of the fields of a request. */
const [DEPLOYMENT, ENTITY, REQUEST_ID, PRIORITY] = [0x0a, 0x12, 0x22, 0x28];

/**
 * Reads a PredictRequest as of now whose values are numbers and texts. Undefined for any other: the library reads those, and says
 * what is wrong with them.
 */
export function decodePredict(bytes: Buffer): PredictRequest | undefined {
  const message: PredictRequest = {
    $typeName: "throughline.inference.v1.PredictRequest",
    deployment: "",
    entity: {},
    requestId: "",
    priority: 0,
  };
  const reader: FieldReader = { bytes, at: 0, end: bytes.length };
  while (reader.at < reader.end) if (!readField(message, reader)) return undefined;
  return message;
}

/** The reading functions are false for what is not read here. */
function readField(message: PredictRequest, reader: FieldReader): boolean {
  const tag = reader.bytes[reader.at++];
  if (tag === PRIORITY) {
    const priority = smallVarint(reader);
    if (priority === undefined) return false;
    message.priority = priority;
    return true;
  }
  const end = endOfField(reader);
  if (end === undefined) return false;
  const { bytes, at } = reader;
  reader.at = end;
  if (tag === ENTITY) return readNamedValue(message.entity, { bytes, at, end });
  const text = textIn(bytes, at, end);
  if (text === undefined) return false;
  if (tag === DEPLOYMENT) message.deployment = text;
  else if (tag === REQUEST_ID) message.requestId = text;
  else return false;
  return true;
}

/** Most answers have about so many bytes. */
const ANSWER_BYTES = 768;

/**
 * Writes a PredictResponse of one model without an interval, as the library does. Undefined for any other, which is left to the
 * library.
 */
export function encodePredict(message: PredictResponse): Buffer | undefined {
  const { logPosition, decisions, viewVersions, modelVersions, absentFeatures } = message;
  if (message.$unknown || hasMore(message)) return undefined;
  const writer = new BackwardWriter(ANSWER_BYTES);
  if (message.releasePropensity !== undefined) writer.double(41, message.releasePropensity);
  if (message.notSampled) writer.whole(40, 1);
  if (message.status !== 0) writer.whole(16, message.status);
  writeMap(writer, { field: 11, map: modelVersions }, (value) => writer.text(2, value));
  if (message.rowDigest !== "") writer.text(10, message.rowDigest);
  if (logPosition && !writePosition(writer, logPosition)) return undefined;
  writeMap(writer, { field: 8, map: absentFeatures }, (value) => writer.whole(2, value));
  for (let i = message.path.length - 1; i >= 0; i--) writer.text(7, message.path[i] ?? "");
  writeMap(writer, { field: 6, map: viewVersions }, (value) => writer.int64(2, value));
  if (message.releaseDigest !== "") writer.text(5, message.releaseDigest);
  if (message.release !== "") writer.text(4, message.release);
  writeMap(writer, { field: 3, map: decisions }, (value) => writer.whole(2, value ? 1 : 0));
  // The library takes the zero with a sign for a number that is set.
  if (!Object.is(message.score, 0)) writer.double(2, message.score);
  if (message.prediction !== "") writer.text(1, message.prediction);
  return writer.written();
}

/** True for what graphs and calibrated models add. */
const hasMore = (message: PredictResponse): boolean =>
  message.interval !== undefined ||
  message.calibrationGroup !== "" ||
  message.choices.length > 0 ||
  message.absentNodes.length > 0 ||
  message.gateVerdicts.length > 0 ||
  message.scores.length > 0 ||
  message.nodeFeatures.length > 0 ||
  message.labelSet.length > 0;

function writePosition(writer: BackwardWriter, { segment, offset, $unknown }: LogPosition): boolean {
  if ($unknown) return false;
  const before = writer.length;
  if (offset !== 0n) writer.int64(2, offset);
  if (segment !== "") writer.text(1, segment);
  writer.head(9, before);
  return true;
}

/** Both parts of an entry are written, also where they are the zeros of their types. */
function writeMap<T>(
  writer: BackwardWriter,
  { field, map }: { readonly field: number; readonly map: Readonly<Record<string, T>> },
  write: (value: T) => void,
): void {
  const names = Object.keys(map);
  for (let i = names.length - 1; i >= 0; i--) {
    const before = writer.length;
    const name = names[i] as string;
    write(map[name] as T);
    writer.text(1, name);
    writer.head(field, before);
  }
}
