import { type MlflowCall, some } from "./endpoint.ts";
import { jsonParts } from "./json-parts.ts";
import { answerText } from "./text-answer.ts";

/** A part of a list, as it is answered. */
export interface ListPage {
  /** A function makes an item, of which there is much, when it is written. */
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

/**
 * Answers with as many items as were asked for, if there are as many: clients of MLflow that ask for a thousand look for no
 * further page. A message of a service may hold fewer. Then the answer is written page by page, as fast as it is taken, so
 * that no more than a page of it is in memory.
 */
export async function answerList(call: MlflowCall, asked: AskedList, read: ReadPage): Promise<unknown> {
  const pageSize = Math.min(asked.pageMost, asked.most);
  const first = await read({ pageSize, pageToken: asked.pageToken });
  const isPart = first.nextPageToken !== "" && first.items.length < asked.most;
  if (isPart || first.items.some((it) => typeof it === "function"))
    return answerText(call, partsOf(asked, { first, read }));
  return { [asked.field]: some(first.items), next_page_token: first.nextPageToken || undefined };
}

async function* partsOf(
  { field, most, pageMost }: AskedList,
  { first, read }: { readonly first: ListPage; readonly read: ReadPage },
): AsyncIterable<string> {
  yield `{${JSON.stringify(field)}:[`;
  let count = 0;
  for (let page = first; ; ) {
    for (const it of page.items) {
      if (count++ > 0) yield ",";
      if (typeof it === "function") yield* jsonParts(await it());
      else yield JSON.stringify(it);
    }
    const { nextPageToken: pageToken } = page;
    if (pageToken === "") return yield "]}";
    if (count >= most) return yield `],"next_page_token":${JSON.stringify(pageToken)}}`;
    page = await read({ pageSize: Math.min(pageMost, most - count), pageToken });
  }
}
