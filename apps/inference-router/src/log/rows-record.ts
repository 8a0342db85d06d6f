import type { PayloadReference, RowsEntry } from "../domain/prediction.ts";
import { type PredictedRow, predictedRows } from "../domain/row-prediction.ts";
import type { Datatype } from "../domain/tensor.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import type { FrameContent, LogFrame } from "./frame.ts";
import { behindLength, encodeEntity } from "./inputs-record.ts";
import {
  asOfOf,
  decodeHead,
  entityOf,
  HEAD_BYTES,
  partsFrom,
  readReference,
  referenceBytes,
  writeHead,
} from "./records.ts";
import { decodeTrace, encodeTrace } from "./trace-record.ts";

/**
 * A `rows` frame: the head of a prediction, with the form and the number of rows in place of the score, the scores as f64, and in parts the
 * entity and, by the form, what the request was and came to, or where that is (then without the entity), or nothing.
 */
const FORM_AT = 8;
/** 1 if a graph answered. */
const GRAPH_AT = 10;
const COUNT_AT = 12;
const SCORE_BYTES = 8;
/** Stands for the score that a row has not and that is excused: a NaN like any other to whoever reads a number. */
const EXCUSED_BITS = 0x7ff8_0000_0000_0001n;

/** Where the tensors are. Of `unsampled` rows nothing is kept but what is counted. */
const FORMS = ["inline", "referred", "unsampled"] as const;
export type RowsForm = (typeof FORMS)[number];

export const rowsForm = (payload: Buffer): RowsForm => FORMS[payload.readUInt16LE(FORM_AT)] as RowsForm;

const isByGraph = (payload: Buffer): boolean => payload.readUInt16LE(GRAPH_AT) === 1;

const rowCountIn = (payload: Buffer): number => payload.readUInt32LE(COUNT_AT);

/** Traces behind their lengths, names, types and shapes of the tensors as JSON, and the elements of each as they came. */
export const rowsParts = ({ tensors, traces = [] }: RowsEntry): readonly Uint8Array[] => [
  traces.length === 0 ? NOTHING : Buffer.concat(traces.map((it) => behindLength(encodeTrace(it)))),
  Buffer.from(JSON.stringify(tensors.map(({ name, datatype, shape }) => [name, datatype, shape]))),
  ...tensors.map((it) => it.bytes),
];

export const sizeOfParts = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, it) => sum + LENGTH_BYTES + it.byteLength, 0);

const LENGTH_BYTES = 4;

/** Tensors that are kept outside of the log. The number makes them differ from those of every other request. */
export const rowsPayload = (parts: readonly Uint8Array[], number: string): Buffer =>
  Buffer.concat([Buffer.from(number), ...parts].map(behindLength));

/** What a record has of the tensors. */
export type RowsInputs = { readonly parts: readonly Uint8Array[] } | { readonly payload: PayloadReference } | undefined;

export function rowsContent(entry: RowsEntry, factsOffset: number, inputs: RowsInputs): FrameContent {
  const { scores } = entry;
  const kept = inputs && ("parts" in inputs ? inputs.parts : [referenceBytes(inputs.payload)]);
  const parts = kept === undefined ? [] : [encodeEntity(entry.entity), ...kept];
  const form: RowsForm = inputs === undefined ? "unsampled" : "parts" in inputs ? "inline" : "referred";
  return {
    kind: "rows",
    size: HEAD_BYTES + SCORE_BYTES * scores.length + sizeOfParts(parts),
    write(to, at) {
      const { bytes, view } = to;
      view.setUint32(at, factsOffset, true);
      writeHead(to, at, entry);
      view.setUint16(at + FORM_AT, FORMS.indexOf(form), true);
      view.setUint16(at + GRAPH_AT, entry.traces === undefined ? 0 : 1, true);
      view.setUint32(at + COUNT_AT, scores.length, true);
      let offset = at + HEAD_BYTES;
      scores.forEach((it, row) => {
        if (Number.isNaN(it) && entry.excused?.[row]) view.setBigUint64(offset, EXCUSED_BITS, true);
        else view.setFloat64(offset, it, true);
        offset += SCORE_BYTES;
      });
      for (const it of parts) {
        view.setUint32(offset, it.byteLength, true);
        bytes.set(it, offset + LENGTH_BYTES);
        offset += LENGTH_BYTES + it.byteLength;
      }
    },
  };
}

/** What is counted of the rows, without reading the rest. */
export function rowsIn(payload: Buffer): readonly PredictedRow[] {
  const scores = scoresIn(payload);
  const excused = scores.some(Number.isNaN) ? excusedIn(payload) : [];
  return predictedRows({ scores, excused }, isByGraph(payload));
}

/** NaN where a row has no finite score: older records have what the model gave, such as Infinity, and meant the same by it. */
const scoresIn = (payload: Buffer): readonly number[] =>
  Array.from({ length: rowCountIn(payload) }, (_, i) => {
    const score = payload.readDoubleLE(HEAD_BYTES + SCORE_BYTES * i);
    return Number.isFinite(score) ? score : Number.NaN;
  });

const excusedIn = (payload: Buffer): readonly boolean[] =>
  Array.from(
    { length: rowCountIn(payload) },
    (_, i) => payload.readBigUInt64LE(HEAD_BYTES + SCORE_BYTES * i) === EXCUSED_BITS,
  );

const partsIn = (payload: Buffer) => partsFrom(payload, HEAD_BYTES + SCORE_BYTES * rowCountIn(payload));

/** Where the tensors of `referred` rows are. */
export const rowsReference = (payload: Buffer): PayloadReference => readReference(partsIn(payload)[1]);

export type DecodedRows = Omit<RowsEntry, "facts"> & { readonly payload?: PayloadReference };

/** The rows of a frame. `inputs` are those of `referred` rows. */
export function decodeRows({ payload }: Pick<LogFrame, "payload">, inputs?: Buffer): DecodedRows {
  const { latencyUs, timeMs } = decodeHead(payload);
  const [entity, ...kept] = partsIn(payload);
  const common = {
    latencyUs,
    timeMs,
    asOfNs: asOfOf(payload),
    scores: scoresIn(payload),
    entity: entity === undefined ? {} : entityOf(readCanonicalRow(entity)),
  };
  switch (rowsForm(payload)) {
    case "inline":
      return { ...common, ...partsRead(kept, isByGraph(payload)) };
    case "referred": {
      const [, ...parts] = inputs === undefined ? [] : partsFrom(inputs, 0);
      return { ...common, ...partsRead(parts, isByGraph(payload)), payload: rowsReference(payload) };
    }
    case "unsampled":
      return { ...common, tensors: [], isSampled: false };
  }
}

type Layout = readonly (readonly [name: string, datatype: Datatype, shape: readonly number[]])[];

/** What `rowsParts` made parts of. */
function partsRead(
  [traces = NOTHING, layout = EMPTY_LAYOUT, ...elements]: readonly Buffer[],
  hasTraces: boolean,
): Pick<RowsEntry, "tensors" | "traces"> {
  const described = JSON.parse(layout.toString("utf8")) as Layout;
  return {
    tensors: described.map(([name, datatype, shape], i) => ({ name, datatype, shape, bytes: elements[i] ?? NOTHING })),
    ...(hasTraces && { traces: partsFrom(traces, 0).map(decodeTrace) }),
  };
}

const EMPTY_LAYOUT = Buffer.from("[]");

const NOTHING = Buffer.alloc(0);
