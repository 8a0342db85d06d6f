import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import type { JsonValue } from "@bufbuild/protobuf";
import type { ModelInferRequest, ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import { invalidField, LIMITS } from "@throughline/kernel";
import { bodyTooLarge, contentTypeRefused, readAsSent } from "./body.ts";
import { inferAnswerText } from "./infer-answer-text.ts";
import { answerJson } from "./json-answer.ts";
import { parseJson } from "./json-text.ts";
import { inferResponse, type RestAnswer } from "./open-inference-response.ts";
import { type Model, quickInferRequest } from "./quick-infer-request.ts";

/** A body of the protocol: JSON, and binary tensor data behind it. */
export interface InferBody {
  readonly json: JsonValue | undefined;
  readonly binary: Uint8Array;
  /** True if the caller says that there is no JSON, and the data are all of it. */
  readonly isRaw: boolean;
  /** The request itself, if the body has the form that most have; then nothing else is set. */
  readonly quick?: ModelInferRequest;
}

const HEADER_LENGTH = "inference-header-content-length";
const NO_BYTES = new Uint8Array();

const DECODE = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;
const ENCODE = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;
type Encoding = keyof typeof DECODE;

const isEncoding = (text: string): text is Encoding => Object.hasOwn(DECODE, text);

/**
 * Reads a body as clients of the protocol send it: plain or compressed, as JSON or with binary tensor data. Fails with
 * BODY_TOO_LARGE also where a small body becomes a large one, with CONTENT_TYPE_REFUSED and INVALID_FIELD.
 */
export const readInferBody = (request: IncomingMessage, model: Model): Promise<InferBody> =>
  readAsSent(request, LIMITS.inferenceMessageBytesMax).then((sent) => {
    const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
    if (encoding === "identity") return inferBody(request, sent, model);
    return decoded(sent, encoding).then((bytes) => inferBody(request, bytes, model));
  });

function inferBody(request: IncomingMessage, bytes: Buffer, model: Model): InferBody {
  const headerLength = request.headers[HEADER_LENGTH]?.toString();
  checkType(request.headers["content-type"], headerLength !== undefined);
  if (headerLength === undefined) {
    const quick = quickInferRequest(bytes, model);
    if (quick) return { json: undefined, binary: NO_BYTES, isRaw: false, quick };
    return { json: parseJson(bytes), binary: NO_BYTES, isRaw: false };
  }
  const length = /^\d{1,9}$/.test(headerLength) ? Number(headerLength) : Number.NaN;
  if (!(length <= bytes.byteLength)) {
    throw invalidField(HEADER_LENGTH, `expected the bytes of the JSON, at most the ${bytes.byteLength} of the body`);
  }
  return { json: parseJson(bytes.subarray(0, length)), binary: bytes.subarray(length), isRaw: length === 0 };
}

/** Where the JSON ends tells a header of its own; the content type of what has both is not agreed upon. */
function checkType(type: string | undefined, isBinary: boolean): void {
  if (type === undefined || type === "application/json" || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return;
  if (isBinary && /^application\/octet-stream\s*(;|$)/i.test(type)) return;
  const taken = `application/json, or application/octet-stream with ${HEADER_LENGTH}`;
  throw contentTypeRefused(`This path takes ${taken}, not ${type.slice(0, 100)}.`);
}

async function decoded(bytes: Uint8Array, encoding: string): Promise<Buffer> {
  if (!isEncoding(encoding)) {
    throw contentTypeRefused(`This path takes the content-encodings gzip and deflate, not ${encoding.slice(0, 100)}.`);
  }
  const maxOutputLength = LIMITS.inferenceMessageBytesMax;
  try {
    return await DECODE[encoding](bytes, { maxOutputLength });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw isTooLarge ? bodyTooLarge(maxOutputLength) : invalidField("body", `the body is not ${encoding}`);
  }
}

/** What is smaller is not worth the work. */
const COMPRESSED_BYTES_LEAST = 1_024;

/** Sends an answer in the protocol's form, compressed if that was asked for. */
export function sendInfer(
  { request, response }: Exchange,
  answered: ModelInferResponse,
  isBinary: (output: string) => boolean,
): Promise<void> | void {
  const encoding = accepted(request.headers["accept-encoding"]?.toString() ?? "");
  if (encoding === undefined && !answered.outputs.some((it) => isBinary(it.name))) {
    return answerJson(response, inferAnswerText(answered) ?? JSON.stringify(inferResponse(answered, isBinary).json));
  }
  return sendEncoded(response, inferResponse(answered, isBinary), encoding);
}

async function sendEncoded(
  response: ServerResponse,
  answer: RestAnswer,
  encoding: Encoding | undefined,
): Promise<void> {
  const json = Buffer.from(JSON.stringify(answer.json));
  const body = answer.binary.length === 0 ? json : Buffer.concat([json, ...answer.binary]);
  if (answer.binary.length > 0) response.setHeader(HEADER_LENGTH, json.byteLength);
  response.setHeader("content-type", answer.binary.length === 0 ? "application/json" : "application/octet-stream");
  const isCompressed = encoding !== undefined && body.byteLength >= COMPRESSED_BYTES_LEAST;
  if (isCompressed) response.setHeader("content-encoding", encoding);
  const sent = isCompressed ? await ENCODE[encoding](body) : body;
  response.writeHead(200, { "content-length": sent.byteLength }).end(sent);
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The encoding that the caller likes best, of ours; undefined if it wants none. */
function accepted(header: string): Encoding | undefined {
  if (header === "") return undefined;
  const weighed = header
    .toLowerCase()
    .split(",", 20)
    .flatMap((it) => {
      const [name = "", ...options] = it.split(";").map((part) => part.trim());
      const weight = Number(options.find((option) => option.startsWith("q="))?.slice(2) ?? 1);
      return isEncoding(name) && weight > 0 ? [{ name, weight }] : [];
    });
  return weighed.sort((a, b) => b.weight - a.weight)[0]?.name;
}
