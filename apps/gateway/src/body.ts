import type { IncomingMessage } from "node:http";
import type { JsonValue } from "@bufbuild/protobuf";
import { DomainError } from "@throughline/kernel";
import { GatewayRequest } from "./gateway-request.ts";
import { parseJson } from "./json-text.ts";

const FIRST_BYTES = 16 * 1024;

/** Reads a body of JSON. Fails with BODY_TOO_LARGE, CONTENT_TYPE_REFUSED and INVALID_FIELD. */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<JsonValue | undefined> {
  const bytes = await readBody(request, bytesMax);
  const type = request.headers["content-type"];
  if (bytes.byteLength > 0 && type !== undefined && !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw contentTypeRefused(`This path takes application/json, not ${type.slice(0, 100)}.`);
  }
  return parseJson(bytes);
}

/** Reads a body whole. Fails with BODY_TOO_LARGE above `bytesMax`, and with CALLER_WENT_AWAY. */
export const readBody = (request: IncomingMessage, bytesMax: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    checkEncoding(request);
    listen(request, bytesMax, { resolve, reject });
  });

/** As `readBody`, for callers that undo the content-encoding themselves. */
export const readAsSent = (request: IncomingMessage, bytesMax: number): Promise<Buffer> =>
  new Promise((resolve, reject) => listen(request, bytesMax, { resolve, reject }));

interface Settling {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/** By events: an iterator costs a small request more than the rest of its way through here. */
function listen(request: IncomingMessage, bytesMax: number, { resolve, reject }: Settling): void {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > bytesMax) throw bodyTooLarge(bytesMax);
  const body = growing(declared, bytesMax);
  // Nobody else listens to the request, and taking listeners off costs as much as the reading: they only fall silent.
  let isSettled = false;
  const fault = (error: unknown): void => {
    if (isSettled) return;
    isSettled = true;
    request.pause();
    reject(error);
  };
  const add = (piece: Buffer): boolean => {
    if (isSettled) return false;
    const isTaken = body.add(piece);
    if (!isTaken) fault(bodyTooLarge(bytesMax));
    return isTaken;
  };
  const end = (): void => {
    isSettled = true;
    resolve(body.bytes());
  };
  const fail = (cause?: unknown): void => {
    if (!isSettled) fault(wentAway(cause));
  };
  request.on("error", fail).on("close", fail);
  if (!(request instanceof GatewayRequest && request.takeBody({ add, end }))) request.on("data", add).on("end", end);
  if (request.destroyed) fail();
}

/** One buffer that grows, so that a million pieces of one byte cost what one piece of a million does. */
function growing(declared: number, bytesMax: number) {
  let bytes: Buffer | undefined;
  let size = 0;
  return {
    /** False if the body has become too large. */
    add(piece: Buffer): boolean {
      const needed = size + piece.byteLength;
      if (needed > bytesMax) return false;
      if (bytes === undefined && needed === declared) bytes = piece;
      else {
        bytes ??= Buffer.allocUnsafe(Math.max(declared, FIRST_BYTES));
        if (needed > bytes.byteLength) {
          const grown = Buffer.allocUnsafe(Math.min(bytesMax, Math.max(needed, bytes.byteLength * 2)));
          bytes.copy(grown, 0, 0, size);
          bytes = grown;
        }
        piece.copy(bytes, size);
      }
      size = needed;
      return true;
    },
    bytes: (): Buffer => (bytes?.byteLength === size ? bytes : (bytes?.subarray(0, size) ?? Buffer.alloc(0))),
  };
}

/** The pieces of a body as they come. The request stays open at the end, so that it can be answered. */
export async function* piecesOf(request: IncomingMessage): AsyncIterable<Buffer> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw wentAway(cause);
  }
}

/** Fails with CONTENT_TYPE_REFUSED for a compressed body: its true size would show too late. */
export function checkEncoding(request: IncomingMessage): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw contentTypeRefused("Send the body as it is, without a content-encoding.");
  }
}

export const contentTypeRefused = (message: string): DomainError =>
  new DomainError("invalid", "CONTENT_TYPE_REFUSED", message);

const wentAway = (cause: unknown): DomainError =>
  new DomainError("cancelled", "CALLER_WENT_AWAY", "The connection ended before the body did.", { cause });

/** The body is larger than it may be, as sent or once it is decompressed. */
export const bodyTooLarge = (bytesMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "BODY_TOO_LARGE",
    `The body is larger than ${bytesMax} bytes. Send less at once, or upload it as an artifact.`,
    { metadata: { bytesMax: String(bytesMax) } },
  );
