import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type {
  LogBatchRequest,
  LogBatchResponse,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { doubleTag, endOfField, type FieldReader, lengthTag, textIn, varintTag } from "./field-reader.ts";
import { timeIn } from "./time-reader.ts";
import { int64 } from "./value-reader.ts";

/**
 * Reads a LogBatchRequest that has nothing but metrics of its run. Undefined for any other: the library reads those, and says what is
 * wrong with them.
 */
export function decodeLogBatch(bytes: Buffer): LogBatchRequest | undefined {
  const message: LogBatchRequest = {
    $typeName: "throughline.tracking.v1.LogBatchRequest",
    run: "",
    metrics: [],
    params: {},
    tags: {},
    datasets: [],
    artifacts: [],
    requestId: "",
    modelInputs: [],
    modelOutputs: [],
  };
  const reader: FieldReader = { bytes, at: 0, end: bytes.length };
  while (reader.at < reader.end) if (!readField(message, reader)) return undefined;
  return message;
}

const [RUN, METRICS, REQUEST_ID] = [lengthTag(1), lengthTag(2), lengthTag(7)];

/** The reading functions are false or undefined for what is not read here. */
function readField(message: LogBatchRequest, reader: FieldReader): boolean {
  const tag = reader.bytes[reader.at++];
  const end = endOfField(reader);
  if (end === undefined) return false;
  const { bytes, at } = reader;
  reader.at = end;
  if (tag === METRICS) {
    const metric = metricIn({ bytes, at, end });
    if (metric) message.metrics.push(metric);
    return metric !== undefined;
  }
  const text = textIn(bytes, at, end);
  if (text === undefined) return false;
  if (tag === RUN) message.run = text;
  else if (tag === REQUEST_ID) message.requestId = text;
  else return false;
  return true;
}

const [KEY, VALUE, STEP, TIME] = [lengthTag(1), doubleTag(2), varintTag(3), lengthTag(4)];
const DOUBLE_BYTES = 8;

/** A metric of a run alone. */
function metricIn(reader: FieldReader): Metric | undefined {
  const metric: Metric = {
    $typeName: "throughline.tracking.v1.Metric",
    key: "",
    value: 0,
    step: 0n,
    loggedModel: "",
    datasetName: "",
    datasetDigest: "",
  };
  while (reader.at < reader.end) if (!readMetricField(metric, reader)) return undefined;
  return metric;
}

function readMetricField(metric: Metric, reader: FieldReader): boolean {
  const { bytes } = reader;
  switch (bytes[reader.at++]) {
    case KEY: {
      const end = endOfField(reader);
      const key = end === undefined ? undefined : textIn(bytes, reader.at, end);
      if (end === undefined || key === undefined) return false;
      metric.key = key;
      reader.at = end;
      return true;
    }
    case VALUE:
      if (reader.at + DOUBLE_BYTES > reader.end) return false;
      metric.value = bytes.readDoubleLE(reader.at);
      reader.at += DOUBLE_BYTES;
      return true;
    case STEP: {
      const step = int64(reader, reader.end);
      if (step === undefined) return false;
      metric.step = step;
      return true;
    }
    case TIME: {
      const end = endOfField(reader);
      // One that is given twice is put together of both.
      const time = end === undefined || metric.time ? undefined : timeIn({ bytes, at: reader.at, end });
      if (end === undefined || !time) return false;
      metric.time = time;
      reader.at = end;
      return true;
    }
    default:
      return false;
  }
}

const NOTHING = new Uint8Array();

/** Writes a LogBatchResponse, which has no fields. Undefined for one that came with some. */
export const encodeLogBatch = ({ $unknown }: LogBatchResponse): Uint8Array | undefined =>
  $unknown ? undefined : NOTHING;
