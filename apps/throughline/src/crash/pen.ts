import { writeSync } from "node:fs";
import type { Change, Line, Retry } from "./lines.ts";

/** Tells the sweep what this process does, before and after it does it. */
export interface Pen {
  tell(line: Line): void;
  /**
   * Says what is about to be written, writes it, and says that it was acknowledged. Resolves to the answer, or to undefined
   * if the write was refused for one of the reasons that are expected.
   */
  write<T>(writing: Writing<T>): Promise<T | undefined>;
}

export interface Writing<T> {
  /** What it does, in the words of the report. */
  readonly what: string;
  readonly changes: readonly Change[];
  readonly retry?: Retry;
  call(): Promise<T>;
  /** What only the answer tells. */
  learnt?(answer: T): readonly Change[];
  /** Whether a failure is one of those that may happen, and that change nothing. */
  mayRefuse?(error: unknown): boolean;
}

/** Writes lines to a pipe. A line is in the pipe before `tell` returns: SIGKILL does not take it back. */
export function openPen(descriptor: number, firstWrite: number): Pen {
  let number = firstWrite;
  const tell = (line: Line): void => writeWhole(descriptor, Buffer.from(`${JSON.stringify(line)}\n`));
  return {
    tell,
    async write({ what, changes, retry, call, learnt, mayRefuse }) {
      const write = number++;
      tell({ line: "begin", write, what, changes, ...(retry && { retry }) });
      try {
        const answer = await call();
        tell({ line: "done", write, changes: learnt?.(answer) ?? [] });
        return answer;
      } catch (error) {
        if (!mayRefuse?.(error)) throw new Error(`${what} failed: ${String(error)}`, { cause: error });
        tell({ line: "refused", write });
        return undefined;
      }
    },
  };
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      // The pipe is full: the reader takes from it at any moment.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
