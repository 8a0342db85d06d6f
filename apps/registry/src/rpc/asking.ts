import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fromMs, reasonOf } from "@throughline/rpc";
import { serviceAway } from "../domain/unanswered.ts";

/** No longer is waited for one answer of another service. */
export const CALL = { timeoutMs: 10_000 } as const;

/** Asks a service for something. Fails with SERVICE_AWAY while it does not answer. */
export const asking =
  <Given extends readonly unknown[], T>(service: string, what: string, ask: (...given: Given) => Promise<T>) =>
  async (...given: Given): Promise<T> => {
    try {
      return await ask(...given);
    } catch (error) {
      throw AWAY.has(ConnectError.from(error).code) ? serviceAway(service, what, error) : error;
    }
  };

const AWAY: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded]);

export type Then = { readonly asOf?: Timestamp };

/** The instant of a question, if it has one. */
export const thenOf = (asOfMs: number | undefined): Then => (asOfMs === undefined ? {} : { asOf: fromMs(asOfMs) });

/** The project of something, by its name. */
export const projectIn = (name: string): string => name.split("/").slice(0, 2).join("/");

/** What a version says of its origin may be no name at all: then there is nothing of that name. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (ConnectError.from(error).code !== Code.NotFound && reasonOf(error) !== "BAD_NAME") throw error;
    return undefined;
  }
}

/** Whether something was there at an instant. */
export const isBy = (createTime: Timestamp | undefined, asOfMs: number | undefined): boolean =>
  asOfMs === undefined || (createTime !== undefined && timestampMs(createTime) <= asOfMs);

/** A page of things of which each tells when it was made, newest first. */
interface MadePage<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/**
 * The newest thing of a list that is wanted, or the newest at an instant: of those that were there then as many are looked at as would
 * have been looked at then.
 */
export async function newestOf<T extends { readonly createTime?: Timestamp | undefined }>(
  load: (pageToken: string) => Promise<MadePage<T>>,
  { isWanted, most, asOfMs }: { isWanted: (it: T) => boolean; most: number; asOfMs: number | undefined },
): Promise<T | undefined> {
  let [pageToken, lookedAt] = ["", 0];
  do {
    const page = await load(pageToken);
    for (const it of page.items.filter(({ createTime }) => isBy(createTime, asOfMs))) {
      if (lookedAt++ === most) return undefined;
      if (isWanted(it)) return it;
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return undefined;
}
