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

/** What a caller asks for by its headers, of the bytes of an artifact. */
export interface Conditions {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** A part of the bytes, from 0 on; `end` is behind the last. */
export interface Part {
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
  const conditions = conditionsOf(request.headers);
  const isPlain = offset === 0n && limit === 0n;
  if (isPlain && isKnown(conditions, etag)) return void response.writeHead(304, { etag }).end();
  const part = isPlain ? partAsked(conditions, { etag, size }) : partOfQuery({ offset, limit, size });
  if (part === "none") {
    response.setHeader("content-range", `bytes */${size}`);
    throw rangeNotSatisfiable(conditions.range ?? "", size);
  }
  const { start, end } = part ?? { start: 0, end: size };
  const writeHead = (): void =>
    void response.writeHead(part && isPlain ? 206 : 200, {
      ...RANGED_ATTACHMENT_HEAD,
      etag,
      "content-length": end - start,
      ...(part && isPlain && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
    });
  if (request.method === "HEAD") {
    writeHead();
    response.end();
    return;
  }
  const message =
    part && isPlain
      ? create(DownloadArtifactRequestSchema, { name, offset: BigInt(start), limit: BigInt(end - start) })
      : call.message;
  await sendBytes({ ...call, message }, writeHead);
}

const conditionsOf = (headers: NodeJS.Dict<string | string[]>): Conditions => ({
  range: headers["range"]?.toString(),
  ifRange: headers["if-range"]?.toString(),
  ifNoneMatch: headers["if-none-match"]?.toString(),
});

const isKnown = ({ ifNoneMatch }: Conditions, etag: string): boolean =>
  ifNoneMatch
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
export function partAsked(
  { range, ifRange }: Pick<Conditions, "range" | "ifRange">,
  { etag, size }: { readonly etag: string; readonly size: number },
): Part | "none" | undefined {
  // A unit that is not ours is as if there were no header; so is a range of what the bytes were once.
  if (range === undefined || !/^bytes=/i.test(range) || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [, first = "", last = ""] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(range) ?? [];
  if (first === "" && last === "") return "none";
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : "none";
}

/** Says that a file of so many bytes has no such part. */
export const rangeNotSatisfiable = (range: string, size: number): DomainError =>
  new DomainError(
    "invalid",
    "RANGE_NOT_SATISFIABLE",
    `The artifact has ${size} bytes, and one range within them can be asked for, not "${range.slice(0, 100)}".`,
    { metadata: { size: String(size) } },
  );
