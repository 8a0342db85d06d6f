import type { FileHandle } from "node:fs/promises";
import { invariant } from "@throughline/kernel";
import type { Prediction, Shadow } from "../domain/prediction.ts";
import type { AskedPrediction, FoundPrediction, UnsampledPrediction } from "../domain/prediction-log.ts";
import { type LoggedRows, predictionsOfRows } from "../domain/row-prediction.ts";
import type { LogFrame } from "./frame.ts";
import { formatPredictionId } from "./prediction-id.ts";
import {
  asOfOf,
  type DecodedPrediction,
  decodeHead,
  decodePrediction,
  decodeReferred,
  decodeUnsampled,
  factsOffsetOf,
  payloadOf,
  requestOf,
} from "./records.ts";
import { decodeRows, rowsForm, rowsIn, rowsReference } from "./rows-record.ts";
import { factsAt, type Segment } from "./segment.ts";
import { decodeShadow } from "./shadow-record.ts";

export const isPrediction = ({ kind, payload }: LogFrame): boolean =>
  kind === "prediction" || kind === "referred" || (kind === "rows" && rowsForm(payload) !== "unsampled");

/** The predictions of a record: one, or one for each row. */
export async function predictionsOf(
  segment: Segment,
  file: FileHandle,
  frame: LogFrame,
): Promise<readonly Prediction[]> {
  if (frame.kind !== "rows") return [await placed(segment, file, { frame, decoded: await decodedOf(segment, frame) })];
  return predictionsOfRows(await rowsOf(segment, file, frame));
}

async function rowsOf(segment: Segment, file: FileHandle, frame: LogFrame): Promise<LoggedRows> {
  const { payload, offset, crc } = frame;
  const isApart = rowsForm(payload) === "referred";
  const inputs = isApart ? await segment.elsewhere.readInputs(rowsReference(payload)) : undefined;
  const position = { segment: segment.id, offset };
  const facts = await factsAt(segment, file, factsOffsetOf(payload));
  return { ...decodeRows(frame, inputs), facts, position, id: formatPredictionId(position, crc) };
}

async function decodedOf({ elsewhere }: Segment, { kind, payload }: LogFrame): Promise<DecodedPrediction> {
  if (kind === "prediction") return decodePrediction(payload);
  return decodeReferred(payload, await elsewhere.readInputs(payloadOf(payload)));
}

async function placed(
  segment: Segment,
  file: FileHandle,
  { frame, decoded }: { readonly frame: LogFrame; readonly decoded: DecodedPrediction },
): Promise<Prediction> {
  const facts = await factsAt(segment, file, factsOffsetOf(frame.payload));
  const position = { segment: segment.id, offset: frame.offset };
  return { ...decoded, facts, position, id: formatPredictionId(position, frame.crc) };
}

/** What a frame has, by the number of a row; undefined stands for a record that has no rows. */
export type FoundRecord = (row: number | undefined) => FoundPrediction | undefined;

export async function foundIn(segment: Segment, file: FileHandle, frame: LogFrame): Promise<FoundRecord | undefined> {
  if (frame.kind === "rows") return foundRows(segment, file, frame);
  const found = await foundOne(segment, file, frame);
  return (row) => (row === undefined ? found : undefined);
}

async function foundRows(segment: Segment, file: FileHandle, frame: LogFrame): Promise<FoundRecord> {
  if (isUnsampled(frame)) {
    // Nothing is known of them but that they were given.
    const { length } = rowsIn(frame.payload);
    return (row) => (row !== undefined && row < length ? { isSampled: false, answer: undefined } : undefined);
  }
  const predictions = predictionsOfRows(await rowsOf(segment, file, frame));
  return (row) => {
    const prediction = row === undefined ? undefined : predictions[row];
    return prediction && { isSampled: true, prediction };
  };
}

async function foundOne(segment: Segment, file: FileHandle, frame: LogFrame): Promise<FoundPrediction | undefined> {
  if (isPrediction(frame)) {
    const decoded = await decodedOf(segment, frame);
    return { isSampled: true, prediction: await placed(segment, file, { frame, decoded }) };
  }
  if (frame.kind !== "unsampled") return undefined;
  const answer = decodeUnsampled(frame.payload);
  return { isSampled: false, answer: answer && (await placed(segment, file, { frame, decoded: answer })) };
}

export const isUnsampled = ({ kind, payload }: LogFrame): boolean =>
  kind === "unsampled" || (kind === "rows" && rowsForm(payload) === "unsampled");

export async function unsampledOf(
  segment: Segment,
  file: FileHandle,
  { kind, payload }: LogFrame,
): Promise<readonly UnsampledPrediction[]> {
  const { release } = await factsAt(segment, file, factsOffsetOf(payload));
  const one = { release, timeMs: decodeHead(payload).timeMs, asOfNs: asOfOf(payload) };
  return kind === "rows" ? rowsIn(payload).map(() => one) : [one];
}

export async function askedOf(
  { id: segment }: Segment,
  _: FileHandle,
  frame: LogFrame,
): Promise<readonly AskedPrediction[]> {
  const id = formatPredictionId({ segment, offset: frame.offset }, frame.crc);
  const request = requestOf(frame);
  invariant(request, "a record without a request id is not asked for");
  return [{ id, request, timeMs: decodeHead(frame.payload).timeMs }];
}

/** True if its inputs are in the blob store. */
export const refers = ({ kind, payload }: LogFrame): boolean =>
  kind === "referred" || (kind === "rows" && rowsForm(payload) === "referred");

/** Digests of the inputs that it refers to. */
export const referencesOf = async (_: Segment, __: FileHandle, frame: LogFrame): Promise<readonly string[]> => [
  (frame.kind === "rows" ? rowsReference(frame.payload) : payloadOf(frame.payload)).digest,
];

/** True if it is what a mirror answered. */
export const isShadow = ({ kind }: LogFrame): boolean => kind === "shadow";

export async function shadowsOf(segment: Segment, file: FileHandle, frame: LogFrame): Promise<readonly Shadow[]> {
  const facts = await factsAt(segment, file, factsOffsetOf(frame.payload));
  return [{ ...decodeShadow(frame.payload), facts, position: { segment: segment.id, offset: frame.offset } }];
}
