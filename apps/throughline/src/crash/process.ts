import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Line, Orders } from "./lines.ts";

/** A process that waits for its orders. */
export interface Child {
  /** Gives it its orders, and tells every line of it, the last ones after its end. Resolves once it has ended. */
  run(orders: Orders, onLine: (line: Line) => void): Promise<Ended>;
  /** SIGKILL. */
  kill(): void;
}

export interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** The end of what it said on standard error. */
  readonly said: string;
}

/** Starts a process that loads the code and then waits. */
export function startChild(program: string): Child {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "ignore", "pipe", "pipe"] });
  const [input, , errors, told] = child.stdio as unknown as readonly [Writable, null, Readable, Readable];
  let said = "";
  errors.setEncoding("utf8").on("data", (piece: string) => {
    said = (said + piece).slice(-4_000);
  });
  // A process that is killed before it has read its orders breaks the pipe; its end tells that.
  input.on("error", () => {});
  const ended = once(child, "exit");
  const lines = createInterface({ input: told });
  const toldAll = once(lines, "close");
  return {
    async run(orders, onLine) {
      lines.on("line", (text) => {
        // The last line may have been cut by the kill: it was never told.
        const line = parsed(text);
        if (line) onLine(line);
      });
      input.write(`${JSON.stringify(orders)}\n`);
      const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
      await toldAll;
      return { code, signal, said };
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
