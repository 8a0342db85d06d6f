import { hasEnded, type Operation } from "./operation.ts";
import type { OperationRecords } from "./operation-records.ts";

const INTERVAL_MS = 250;

/** Stores how far an operation is, at most four times a second. */
export interface ProgressWriter {
  /** The share never goes back. */
  report(share: number, message: string): void;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<unknown>;
}

export function progressWriter(records: OperationRecords, operation: Operation): ProgressWriter {
  let latest = { progress: 0, message: operation.message };
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  const write = () => {
    timer = undefined;
    // A lost progress line is not worth failing the work for; the end of the operation is written without fail.
    writing = records.update(operation.name, (it) => (hasEnded(it) ? it : { ...it, ...latest })).catch(() => {});
  };
  return {
    report(share: number, message: string): void {
      latest = { progress: Math.min(1, Math.max(latest.progress, share)), message };
      timer ??= setTimeout(write, INTERVAL_MS);
    },
    settled(): Promise<unknown> {
      clearTimeout(timer);
      return writing;
    },
  };
}
