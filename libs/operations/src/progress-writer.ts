import { hasEnded, type Operation, type OperationWork } from "./operation.ts";
import type { OperationRecords } from "./operation-records.ts";

const INTERVAL_MS = 250;

/** Stores how far an operation is, at most four times a second. */
export interface ProgressWriter {
  /** The share never goes back. */
  report(share: number, message: string, work?: OperationWork): void;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<unknown>;
}

export function progressWriter(records: OperationRecords, operation: Operation): ProgressWriter {
  let latest: Pick<Operation, "progress" | "message" | "work"> = { progress: 0, message: operation.message };
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  const write = () => {
    timer = undefined;
    // A lost progress line is not worth failing the work for; the end of the operation is written without fail.
    writing = records
      .update(operation.name, (it) => (hasEnded(it) ? it : { ...withoutWork(it), ...latest }))
      .catch(() => {});
  };
  return {
    report(share, message, work): void {
      latest = { progress: Math.min(1, Math.max(latest.progress, share)), message, ...(work && { work }) };
      timer ??= setTimeout(write, INTERVAL_MS);
    },
    settled(): Promise<unknown> {
      clearTimeout(timer);
      return writing;
    },
  };
}

/** What was counted before is not what is counted now, and of what has succeeded nothing is left. */
export const withoutWork = ({ work: _, ...operation }: Operation): Operation => operation;
