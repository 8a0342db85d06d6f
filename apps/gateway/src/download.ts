import type { IncomingMessage, ServerResponse } from "node:http";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import {
  ArtifactService,
  type DownloadArtifactRequest,
  DownloadArtifactRequestSchema,
} from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { DomainError, LIMITS } from "@throughline/kernel";
import { RANGED_ATTACHMENT_HEAD } from "./attachment.ts";
import { sendBytes, type WithMessage } from "./rest-stream.ts";

/** A call, as HTTP has it. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The whole of some bytes, of which a part may be asked for. */
interface Bytes {
  readonly etag: string;
  readonly size: number;
}

/** A part of the bytes, from 0 on; `end` is behind the last. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * Answers with the bytes of an artifact, or with the one range of them that the caller asks for. The
 * digest is the entity tag.
 *
 * With `offset` or `limit` in the query, a `range` header is not read.
 */
export async function answerDownload(call: WithMessage): Promise<void> {
  const { request, response, signal, headers } = call;
  const { name, offset, limit } = call.message as DownloadArtifactRequest;
  const artifacts = createClient(ArtifactService, call.transportOf(ArtifactService));
  const { artifact } = await artifacts.getArtifact({ name }, { signal, headers, timeoutMs: LIMITS.deadlineMsMax });
  const size = Number(artifact?.sizeBytes ?? 0n);
  const etag = `"${artifact?.digest ?? ""}"`;
  const isPlain = offset === 0n && limit === 0n;
  if (isPlain && isKnown(request, etag)) return void response.writeHead(304, { etag }).end();
  const range = isPlain ? rangeAsked(call, { etag, size }) : undefined;
  const part = range ?? partOfQuery({ offset, limit, size });
  const writeHead = (): void => writeBytesHead(response, { etag, size, part, isRange: range !== undefined });
  if (request.method === "HEAD") {
    writeHead();
    response.end();
    return;
  }
  const asked = { name, offset: BigInt(part.start), limit: BigInt(part.end - part.start) };
  const message = range ? create(DownloadArtifactRequestSchema, asked) : call.message;
  await sendBytes({ ...call, message }, writeHead);
}

/**
 * The range that the caller's headers ask for; undefined for the whole. Fails with RANGE_NOT_SATISFIABLE, the answer then says how
 * many bytes there are.
 */
export function rangeAsked({ request, response }: Exchange, { etag, size }: Bytes): Part | undefined {
  const [range, ifRange] = [request.headers["range"]?.toString(), request.headers["if-range"]?.toString()];
  const part = partAsked({ range, ifRange }, { etag, size });
  if (part !== "none") return part;
  response.setHeader("content-range", `bytes */${size}`);
  throw rangeNotSatisfiable(range ?? "", size);
}

/** Writes what comes before the bytes of a part. */
export function writeBytesHead(
  response: ServerResponse,
  { etag, size, part, isRange }: Bytes & { readonly part: Part; readonly isRange: boolean },
): void {
  response.writeHead(isRange ? 206 : 200, {
    ...RANGED_ATTACHMENT_HEAD,
    etag,
    "content-length": part.end - part.start,
    ...(isRange && { "content-range": `bytes ${part.start}-${part.end - 1}/${size}` }),
  });
}

const isKnown = ({ headers }: IncomingMessage, etag: string): boolean =>
  headers["if-none-match"]
    ?.split(",")
    .map((it) => it.trim().replace(/^W\//, ""))
    .some((it) => it === etag || it === "*") ?? false;

function partOfQuery({
  offset,
  limit,
  size,
}: {
  readonly offset: bigint;
  readonly limit: bigint;
  readonly size: number;
}) {
  const start = Math.min(Number(offset), size);
  return { start, end: limit === 0n ? size : Math.min(size, start + Number(limit)) };
}

/**
 * The part that a `range` header means: undefined for the whole, "none" where there is no such part, and for several
 * ranges at once, which are not served.
 */
function partAsked(
  { range, ifRange }: { readonly range: string | undefined; readonly ifRange: string | undefined },
  { etag, size }: Bytes,
): Part | "none" | undefined {
  // A unit that is not ours is as if there were no header; so is a range of what the bytes were once.
  if (range === undefined || !/^bytes=/i.test(range) || (ifRange !== undefined && ifRange !== etag)) return undefined;
  // A few spaces, and not any number of them, which could be divided in as many ways as there are pairs.
  const [, first = "", last = ""] = /^bytes=\s{0,9}(\d*)\s{0,9}-\s{0,9}(\d*)\s{0,9}$/i.exec(range) ?? [];
  if (first === "" && last === "") return "none";
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : "none";
}

/** Says that a file of so many bytes has no such part. */
const rangeNotSatisfiable = (range: string, size: number): DomainError =>
  new DomainError(
    "invalid",
    "RANGE_NOT_SATISFIABLE",
    `The artifact has ${size} bytes, and one range within them can be asked for, not "${range.slice(0, 100)}".`,
    { metadata: { size: String(size) } },
  );
