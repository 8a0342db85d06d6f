import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stepBack } from "@throughline/kernel/step-back";
import { residentBytes } from "@throughline/telemetry";
import { modelFailed } from "../domain/necessity/model-failed.ts";
import type { Scored, Scoring } from "../domain/necessity/scoring.ts";
import { type CarriedAnswer, settle } from "../threads/carried-answer.ts";
import type { ScoringRequest } from "./scoring-messages.ts";

/** What one scoring process may take. */
export interface ScoringLimits {
  /** Resident memory, in MiB; the process is killed soon after it has more. */
  readonly memoryMiB: number;
  /** From its start to its last answer, in milliseconds. */
  readonly timeoutMs: number;
}

const CHILD = fileURLToPath(new URL("./scoring-child.ts", import.meta.url));
/** A model can take about this long times the machine's memory bandwidth before it is seen. */
const WATCH_EVERY_MS = 20;
/** The process ends itself so long after its parent should have ended it. */
const OWN_DEADLINE_MS_LATER = 2_000;

/** Scores models, each task in a process of its own, behind what serves, which is ended with SIGKILL when it takes more than it may. */
export const scoringProcesses = (limits: ScoringLimits): Scoring => ({
  async importances(task, rows, signal) {
    const folder = await mkdtemp(join(tmpdir(), "throughline-scoring-"));
    try {
      // In an empty folder and without environment: the model finds nothing there.
      await using child = attended(
        spawn(process.execPath, [`--max-old-space-size=${limits.memoryMiB}`, CHILD], {
          cwd: folder,
          env: {},
          serialization: "advanced",
          stdio: ["ignore", "ignore", "ignore", "ipc"],
        }),
        { ...limits, signal, modelVersion: task.modelVersion },
      );
      await child.ask({ kind: "begin", task, timeoutMs: limits.timeoutMs + OWN_DEADLINE_MS_LATER });
      for await (const some of rows) await child.ask({ kind: "add", rows: some });
      return (await child.ask({ kind: "measure" })) as Scored;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

interface Attended extends AsyncDisposable {
  ask(request: ScoringRequest): Promise<unknown>;
}

/** Watches over a process: whoever waits for it hears of its end, and why. */
function attended(
  child: ChildProcess,
  {
    memoryMiB,
    timeoutMs,
    signal,
    modelVersion,
  }: ScoringLimits & { readonly signal: AbortSignal; readonly modelVersion: string },
): Attended {
  stepBack(child.pid);
  let waiting: PromiseWithResolvers<unknown> | undefined;
  let ended: { readonly reason: unknown } | undefined;
  const end = (reason: unknown): void => {
    ended ??= { reason };
    waiting?.reject(ended.reason);
    child.kill("SIGKILL");
  };
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  child.on("message", (answer: CarriedAnswer) => settle(waiting, answer));
  child.once("error", end);
  child.once("exit", () => end(modelFailed(modelVersion, "its process ended")));
  const deadline = setTimeout(() => end(modelFailed(modelVersion, `it takes more than ${timeoutMs} ms`)), timeoutMs);
  const watch = setInterval(async () => {
    const bytes = child.pid === undefined ? undefined : await residentBytes(child.pid);
    if (bytes !== undefined && bytes > memoryMiB * 1024 ** 2)
      end(modelFailed(modelVersion, `it takes more than ${memoryMiB} MiB of memory`));
  }, WATCH_EVERY_MS);
  const abort = (): void => end(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return {
    async ask(request) {
      if (ended) throw ended.reason;
      waiting = Promise.withResolvers();
      child.send(request, (error) => error && end(error));
      return waiting.promise;
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(deadline);
      clearInterval(watch);
      signal.removeEventListener("abort", abort);
      child.kill("SIGKILL");
      await exited;
    },
  };
}
