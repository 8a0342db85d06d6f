import { create, type Message } from "@bufbuild/protobuf";
import {
  ArtifactService,
  type DownloadArtifactResponse,
  type UploadArtifactRequest,
  UploadArtifactRequestSchema,
  type UploadArtifactResponse,
} from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LIMITS } from "@throughline/kernel";
import { checkEncoding, piecesOf } from "../body.ts";
import { callerSignal } from "../caller-signal.ts";
import { rangeAsked, writeBytesHead } from "../download.ts";
import type { BareCall } from "./endpoint.ts";
import type { NamedBytes } from "./files.ts";

/** What an upload is, before its bytes. */
export interface Upload {
  readonly mediaType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What the bytes must be, where that is known. */
  readonly sizeBytes?: bigint;
}

/** The bytes of a request's body. */
export function bodyOf({ request }: BareCall): Upload {
  checkEncoding(request);
  const length = request.headers["content-length"];
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase().slice(0, 255) ?? "";
  return { mediaType, bytes: piecesOf(request), ...(length !== undefined && { sizeBytes: BigInt(length) }) };
}

/** Stores bytes as they come, and gives their digest. Nothing is kept of an upload that breaks off. */
export async function upload(call: BareCall, given: Upload): Promise<string> {
  const signal = callerSignal(call.request);
  const method = ArtifactService.method.uploadArtifact;
  const transport = call.transportOf(ArtifactService);
  const { message } = await transport.stream(method, signal, undefined, call.headers, messagesOf(call, given));
  for await (const { artifact } of message as AsyncIterable<UploadArtifactResponse>) {
    if (artifact) return artifact.digest;
  }
  throw new Error("UploadArtifact answered nothing");
}

async function* messagesOf({ project }: BareCall, given: Upload): AsyncIterable<UploadArtifactRequest> {
  const { mediaType, sizeBytes } = given;
  yield create(UploadArtifactRequestSchema, {
    declaration: { parent: project, mediaType, ...(sizeBytes !== undefined && { sizeBytes }) },
  });
  for await (const piece of given.bytes) {
    for (let at = 0; at < piece.byteLength; at += LIMITS.chunkBytesMax)
      yield create(UploadArtifactRequestSchema, { data: piece.subarray(at, at + LIMITS.chunkBytesMax) });
  }
}

/** The bytes of an artifact from `start` on, before `end`. */
export async function* download(
  call: BareCall,
  { digest }: Pick<NamedBytes, "digest">,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncIterable<Uint8Array> {
  // A limit of 0 would mean all of them.
  if (start === end) return;
  const signal = callerSignal(call.request);
  const asked = { name: `${call.project}/artifacts/${digest}`, offset: BigInt(start), limit: BigInt(end - start) };
  const method = ArtifactService.method.downloadArtifact;
  const input = once(create(method.input, asked));
  const { message } = await call.transportOf(ArtifactService).stream(method, signal, undefined, call.headers, input);
  for await (const { data } of message as AsyncIterable<DownloadArtifactResponse>) yield data;
}

async function* once<T extends Message>(message: T): AsyncIterable<T> {
  yield message;
}

/** Answers with the bytes of a file, or with the one range of them that the caller asks for. */
export async function sendFile(call: BareCall, file: NamedBytes): Promise<void> {
  const { request, response } = call;
  const size = Number(file.sizeBytes);
  const etag = `"${file.digest}"`;
  const range = rangeAsked(call, { etag, size });
  const part = range ?? { start: 0, end: size };
  const writeHead = (): void => writeBytesHead(response, { etag, size, part, isRange: range !== undefined });
  if (request.method !== "HEAD") {
    for await (const piece of download(call, file, part)) {
      // Not before the first bytes: until then a failure still has an answer of its own.
      if (!response.headersSent) writeHead();
      if (!response.write(piece)) await drained(call);
    }
  }
  if (!response.headersSent) writeHead();
  response.end();
}

/** Waits until the caller takes more, or is gone. */
function drained({ response }: BareCall): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}
