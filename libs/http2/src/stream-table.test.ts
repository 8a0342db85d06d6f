import { Socket } from "node:net";
import { expect, test } from "vitest";
import { CONNECTION_LIMITS } from "./limits.ts";
import { ERROR } from "./protocol.ts";
import { Sender } from "./sender.ts";
import { ServerStream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

test("a stream that ends others as it ends leaves the rest as they are", () => {
  const table = new StreamTable(new Sender(new Socket().destroy()), CONNECTION_LIMITS);
  const head = { headers: {}, contentLength: undefined };
  const streams = [1, 3, 5].map((id) => new ServerStream(table, { id, head, windowBytes: 1_000 }));
  for (const it of streams) table.open.add(it);
  const [first, second, third] = streams as [ServerStream, ServerStream, ServerStream];
  const closed = () => second.reset(ERROR.cancel);
  first.taker = { data() {}, end() {}, drained() {}, closed };
  for (const it of [first, second]) it.stalledSinceMs = 1;
  table.resetStalled(2);
  expect([first.isClosed, second.isClosed, third.isClosed]).toEqual([true, true, false]);
  expect(table.open.all()).toEqual([third]);
});
