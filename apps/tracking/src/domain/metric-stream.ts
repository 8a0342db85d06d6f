import { isDomainError } from "@throughline/kernel";
import { streamGap } from "./errors.ts";
import type { Log } from "./log.ts";
import { EMPTY_BATCH, type LogBatch } from "./log-batch.ts";
import type { MetricStream } from "./metric.ts";
import type { Key } from "./names.ts";
import type { Tracking } from "./ports.ts";
import { storedRun } from "./runs.ts";

/** One message of a stream. */
export interface StreamedMetrics {
  readonly sequence: number;
  readonly batch: LogBatch;
}

/** Stores the messages of one stream, each once. */
export interface StreamLog {
  /** How far the stream is. Fails with NOT_FOUND for the run. */
  position(): Promise<number>;
  /**
   * Stores messages that came one after the other, but for those that are stored already, and tells how far the stream is each
   * time when that has changed: mostly once, since they are one commit. Fails with SEQUENCE_GAP if a message before one of them
   * is missing, and as `Log` does; what comes before the message that fails is stored, and told.
   */
  append(messages: readonly StreamedMetrics[]): AsyncGenerator<number, void, undefined>;
}

export function streamLog(
  tracking: Tracking,
  log: Log,
  { run, id }: { readonly run: Key; readonly id: string },
): StreamLog {
  const stored = async () => (await tracking.store.metricStream(run, id)) ?? { sequence: 0, revision: 0 };

  const appendOne = async ({ sequence, batch }: StreamedMetrics): Promise<number> => {
    let reached = sequence;
    const onward = async (): Promise<MetricStream | undefined> => {
      const before = await stored();
      reached = Math.max(before.sequence, sequence);
      if (sequence <= before.sequence) return undefined;
      if (sequence > before.sequence + 1) throw streamGap(id, before.sequence + 1, sequence);
      return { run, id, sequence, revision: before.revision + 1 };
    };
    await log({ run, batch, onward }, NO_CALL);
    return reached;
  };

  /** Undefined, and nothing stored, unless all of them are the next ones and nothing is wrong with any. */
  const appendTogether = async (messages: readonly StreamedMetrics[]): Promise<number | undefined> => {
    const [first, last] = [messages[0]?.sequence ?? 0, messages.at(-1)?.sequence ?? 0];
    if (messages.length < 2 || messages.some((it, i) => it.sequence !== first + i)) return undefined;
    let areNext = false;
    const onward = async (): Promise<MetricStream | undefined> => {
      const before = await stored();
      areNext = before.sequence === first - 1;
      return areNext ? { run, id, sequence: last, revision: before.revision + 1 } : undefined;
    };
    try {
      await log({ run, batch: joined(messages.map((it) => it.batch)), onward }, NO_CALL);
      return areNext ? last : undefined;
    } catch (error) {
      // One by one it is known which of them fails.
      if (isDomainError(error)) return undefined;
      throw error;
    }
  };

  return {
    async position() {
      await storedRun(tracking, run);
      return (await stored()).sequence;
    },
    async *append(messages) {
      const reached = await appendTogether(messages);
      if (reached !== undefined) yield reached;
      else for (const message of messages) yield await appendOne(message);
    },
  };
}

/** One batch of the points of many. */
const joined = (batches: readonly LogBatch[]): LogBatch => ({
  ...EMPTY_BATCH,
  points: batches.flatMap((it) => it.points),
  modelPoints: batches.flatMap((it) => it.modelPoints),
});

/** What a message of a stream has: points, and nothing else. */
export const streamedBatch = (points: Pick<LogBatch, "points" | "modelPoints">): LogBatch => ({
  ...EMPTY_BATCH,
  ...points,
});

/** A stream has numbers, and needs no other memory. */
const NO_CALL = { requestId: "", method: "", principal: "", requestDigest: "" };
