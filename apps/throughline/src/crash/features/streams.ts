import { setTimeout as delay } from "node:timers/promises";
import { whole } from "../random.ts";
import { messagesOf } from "./batches.ts";
import { rowsCell } from "./cells.ts";
import { sourceOf } from "./ground.ts";
import type { Load } from "./writer.ts";

/** Messages of a stream, each a batch of its own. A stream that was cut is taken up again by the next process. */
const MESSAGES = 30;

/** Takes up the stream that the process before left, and then begins new ones. */
export async function writeStreams(load: Load): Promise<never> {
  const left = load.orders.cells.filter((it) => it.name.startsWith("stream:"));
  const last = left.at(-1);
  if (last) await send(load, last.name.slice("stream:".length));
  for (let number = 1; ; number++) await send(load, `${load.id}-${number}`);
}

/** Sends the messages that are not stored yet, and the one before them once more, which must change nothing. */
async function send({ services, pen, random, orders }: Load, stream: string): Promise<void> {
  const cell = `stream:${stream}`;
  const stored = Number(orders.cells.find((it) => it.name === cell)?.value ?? 0);
  const waiting = new Map<number, () => void>();
  async function* messages() {
    yield { source: sourceOf(services, "events"), streamId: stream };
    for (let number = Math.max(1, stored); number <= MESSAGES; number++) {
      const batch = { name: `s${stream}-${number}`, count: 1 + (number % 4) };
      const message = { sequence: BigInt(number), rows: messagesOf(batch) };
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(number, resolve);
      if (number > stored)
        void pen.write({
          what: "send a message of a stream",
          changes: [rowsCell(batch)],
          call: () => promise,
          learnt: () => [{ cell, value: number }],
        });
      yield message;
      await Promise.race([promise, delay(whole(random, 0, 40))]);
    }
  }
  for await (const { acknowledgedSequence } of services.features.streamRows(messages()))
    for (const [number, done] of waiting) if (number <= Number(acknowledgedSequence)) done();
}
