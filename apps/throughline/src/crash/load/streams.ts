import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LogMetricsRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { pointsOf } from "../content.ts";
import { whole } from "../random.ts";
import { createRun } from "./runs.ts";
import type { Load, Writer } from "./writer.ts";

/** The metric that is written by streams alone. */
export const STREAM_KEY = "streamed";
/** Points of each message. */
export const STREAM_POINTS = 7;
/** Messages that may be on their way at the same time. */
const WINDOW = 4;
/** Messages of a stream; a stream that was cut is taken up again by the next process. */
const MESSAGES = 40;

/** Takes up the stream that the process before left, and then begins new ones. */
export const writeStreams: Writer = async (load) => {
  const left = load.cells
    .filter((it) => it.name.startsWith("stream:"))
    .map((it) => ({ cell: it.name, done: Number(it.value) }));
  for (const { cell, done } of left.slice(-2)) if (done > 0 && done < MESSAGES) await send(load, cell, done);
  for (let number = 1; ; number++) {
    const id = `s${load.id}-${number}`;
    await createRun(load, id, "");
    await send(load, `stream:${id}/first`, 0);
  }
};

/** Sends the messages after those that are known to be there, and some of those once more, which must change nothing. */
async function send({ services, pen, random }: Load, cell: string, done: number): Promise<void> {
  const [run = "", streamId = ""] = cell.slice("stream:".length).split("/");
  const again = Math.max(0, done - whole(random, 0, 3));
  const answered = windowOf(again);
  async function* messages(): AsyncIterable<MessageInitShape<typeof LogMetricsRequestSchema>> {
    for (let message = again + 1; message <= MESSAGES; message++) {
      await answered.reached(message - WINDOW);
      const metrics = pointsOf(STREAM_KEY, (message - 1) * STREAM_POINTS, message * STREAM_POINTS);
      const request = { run: `${services.parent}/runs/${run}`, streamId, sequence: BigInt(message), metrics };
      if (message <= done) yield request;
      else {
        void pen.write({
          what: "send a message of a stream",
          changes: [{ cell, value: message }],
          call: () => answered.reached(message),
        });
        yield request;
      }
    }
  }
  for await (const { acknowledgedSequence } of services.tracking.logMetrics(messages()))
    answered.set(Number(acknowledgedSequence));
}

interface Window {
  set(acknowledged: number): void;
  /** Resolves once that much was acknowledged. */
  reached(sequence: number): Promise<void>;
}

function windowOf(start: number): Window {
  let acknowledged = start;
  let waiting: readonly { readonly sequence: number; readonly wake: () => void }[] = [];
  return {
    set(sequence) {
      acknowledged = Math.max(acknowledged, sequence);
      const due = waiting.filter((it) => it.sequence <= acknowledged);
      waiting = waiting.filter((it) => it.sequence > acknowledged);
      for (const it of due) it.wake();
    },
    reached: (sequence) =>
      sequence <= acknowledged
        ? Promise.resolve()
        : new Promise((wake) => {
            waiting = [...waiting, { sequence, wake }];
          }),
  };
}
