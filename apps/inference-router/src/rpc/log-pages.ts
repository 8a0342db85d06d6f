import { type PageTokens, pageSize } from "@throughline/kernel";
import type { LogPosition } from "../domain/prediction.ts";

export interface PageAsked {
  readonly parent: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface LogPages<T> {
  readonly pageTokens: PageTokens;
  /** What is listed: a token is good for nothing else. */
  readonly kind: string;
  read(page: { readonly before?: LogPosition; readonly limit: number }): Promise<readonly T[]>;
}

/** One page of what stands in the log, newest first. */
export async function logPage<T extends { readonly position: LogPosition }>(
  { pageTokens, kind, read }: LogPages<T>,
  asked: PageAsked,
): Promise<{ readonly items: readonly T[]; readonly nextPageToken: string }> {
  const limit = pageSize(asked.pageSize);
  const query = [kind, asked.parent];
  const after = pageTokens.decode(query, asked.pageToken) as readonly [string, number, number?] | undefined;
  const before = after && positionOf(after);
  const found = await read({ limit: limit + 1, ...(before ? { before } : {}) });
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return {
    items,
    nextPageToken: last ? pageTokens.encode(query, tokenOf(last.position)) : "",
  };
}

const tokenOf = ({ segment, offset, record }: LogPosition) =>
  record === undefined ? [segment, offset] : [segment, offset, record];

const positionOf = ([segment, offset, record]: readonly [string, number, number?]): LogPosition => ({
  segment,
  offset,
  ...(record !== undefined && { record }),
});
