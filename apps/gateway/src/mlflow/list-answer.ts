import { setImmediate as nextTurn } from "node:timers/promises";
import { callerSignal } from "../caller-signal.ts";
import { writePiece } from "../rest-stream.ts";
import { type MlflowCall, SENT, some } from "./endpoint.ts";

/** A part of a list, as it is answered. */
export interface ListPage {
  readonly items: readonly unknown[];
  /** Where the next one begins; empty behind the last. */
  readonly nextPageToken: string;
}

/** What a caller asks for. */
export interface AskedList {
  /** The field of the answer that has the items. */
  readonly field: string;
  /** Most items of the answer. */
  readonly most: number;
  /** Most items that the service gives at a time. */
  readonly pageMost: number;
  readonly pageToken: string;
}

type ReadPage = (asked: { readonly pageSize: number; readonly pageToken: string }) => Promise<ListPage>;

/** Text that is written in one go, after which others may have their turn. */
const PIECE_LENGTH = 128 * 1024;

/**
 * Answers with as many items as were asked for, if there are as many: clients of MLflow that ask for a thousand look for no
 * further page. A message of a service may hold fewer. Then the answer is written page by page, as fast as it is taken, so
 * that no more than a page of it is in memory.
 */
export async function answerList(call: MlflowCall, asked: AskedList, read: ReadPage): Promise<unknown> {
  const pageSize = Math.min(asked.pageMost, asked.most);
  const first = await read({ pageSize, pageToken: asked.pageToken });
  if (first.nextPageToken !== "" && first.items.length < asked.most) {
    await writeList(call, asked, { first, read });
    return SENT;
  }
  return { [asked.field]: some(first.items), next_page_token: first.nextPageToken || undefined };
}

async function writeList(
  { request, response }: MlflowCall,
  { field, most, pageMost }: AskedList,
  { first, read }: { readonly first: ListPage; readonly read: ReadPage },
): Promise<void> {
  const to = { response, signal: callerSignal(request) };
  let text = `{${JSON.stringify(field)}:[`;
  let count = 0;
  for (let page = first; ; ) {
    for (const item of page.items) {
      text += `${count === 0 ? "" : ","}${JSON.stringify(item)}`;
      count += 1;
      if (text.length < PIECE_LENGTH) continue;
      if (!response.headersSent) response.writeHead(200, { "content-type": "application/json" });
      await writePiece(to, text);
      text = "";
      await nextTurn();
    }
    if (page.nextPageToken === "" || count >= most) {
      const rest = page.nextPageToken === "" ? "" : `,"next_page_token":${JSON.stringify(page.nextPageToken)}`;
      if (!response.headersSent) response.writeHead(200, { "content-type": "application/json" });
      response.end(`${text}]${rest}}`);
      return;
    }
    page = await read({ pageSize: Math.min(pageMost, most - count), pageToken: page.nextPageToken });
  }
}
