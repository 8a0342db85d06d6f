import { spawn } from "node:child_process";
import { ROOT, toolEnvironment } from "./run.ts";

export interface ToolOptions {
  /** Default: the checkout. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 300_000;
const LINES_SHOWN = 30;
const LINE_CHARACTERS_SHOWN = 500;
const OUTPUT_CHARACTERS_MAX = 200_000;

/** Runs a tool to its end and returns all that it printed. Fails with the end of that if the tool does. */
export function tool(command: readonly [string, ...string[]], options: ToolOptions = {}): Promise<string> {
  const [file, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...toolEnvironment(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        output = (output + piece).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const lines = output.trim().split("\n").slice(-LINES_SHOWN);
      const end = lines.map((it) => it.slice(0, LINE_CHARACTERS_SHOWN)).join("\n");
      reject(new Error(`${[file, ...args].join(" ")} ended with ${code ?? signal}\n${end}`));
    });
  });
}
