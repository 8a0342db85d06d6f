import { streamGap } from "./errors.ts";
import type { Log } from "./log.ts";
import type { LogBatch } from "./log-batch.ts";
import type { Key } from "./names.ts";
import type { Tracking } from "./ports.ts";
import { storedRun } from "./runs.ts";

/** How far a stream of metrics has come. */
export interface MetricStream {
  readonly run: Key;
  /** Chosen by the caller. */
  readonly id: string;
  /** The number of the last message that is stored; 0 if there is none. */
  readonly sequence: number;
  /** 1 when it was first stored, one more with each message. */
  readonly revision: number;
}

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
   * Stores a message unless it is stored already, and returns how far the stream is then. Fails with SEQUENCE_GAP if a
   * message before it is missing, and as `Log` does.
   */
  append(message: StreamedMetrics): Promise<number>;
}

export function streamLog(
  tracking: Tracking,
  log: Log,
  { run, id }: { readonly run: Key; readonly id: string },
): StreamLog {
  return {
    async position() {
      await storedRun(tracking, run);
      return (await tracking.store.metricStream(run, id))?.sequence ?? 0;
    },
    async append({ sequence, batch }) {
      let reached = sequence;
      const onward = async (): Promise<MetricStream | undefined> => {
        const { sequence: stored, revision } = (await tracking.store.metricStream(run, id)) ?? {
          sequence: 0,
          revision: 0,
        };
        reached = Math.max(stored, sequence);
        if (sequence <= stored) return undefined;
        if (sequence > stored + 1) throw streamGap(id, stored + 1, sequence);
        return { run, id, sequence, revision: revision + 1 };
      };
      await log({ run, batch, onward }, NO_CALL);
      return reached;
    },
  };
}

/** A stream has numbers, and needs no other memory. */
const NO_CALL = { requestId: "", method: "", principal: "", requestDigest: "" };
