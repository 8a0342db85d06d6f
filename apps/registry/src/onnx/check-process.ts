import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { CheckAnswer, CheckRequest } from "./check-messages.ts";
import { residentBytes } from "./resident-memory.ts";

/** What one checking process may take. */
export interface CheckProcessLimits {
  /** Resident memory, in MiB; the process is killed soon after it has more. */
  readonly memoryLimitMiB: number;
  /** From its start to its last answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Why a checking process ended. */
export type CheckEnd = "finished" | "memory" | "timeout" | "crashed";

export interface CheckResult {
  readonly answers: readonly CheckAnswer[];
  readonly end: CheckEnd;
}

const CHILD = fileURLToPath(new URL("./check-child.ts", import.meta.url));
/** A model can take about this long times the machine's memory bandwidth before it is seen. */
const WATCH_EVERY_MS = 20;
/** The process ends itself so long after its parent should have ended it. */
const OWN_DEADLINE_MS_LATER = 2_000;

/**
 * Runs one check in a process of its own: an empty folder, no environment, no standard output, and SIGKILL when it takes
 * more memory or time than it may. Failures of `bytes` are thrown on; whatever the process does is a result.
 */
export async function runCheck(
  asked: Omit<CheckRequest, "timeoutMs">,
  bytes: AsyncIterable<Uint8Array>,
  limits: CheckProcessLimits,
): Promise<CheckResult> {
  const request = { ...asked, timeoutMs: limits.timeoutMs + OWN_DEADLINE_MS_LATER };
  const folder = await mkdtemp(join(tmpdir(), "throughline-model-"));
  try {
    const child = spawn(process.execPath, [`--max-old-space-size=${limits.memoryLimitMiB}`, CHILD], {
      cwd: folder,
      env: {},
      stdio: ["pipe", "ignore", "ignore", "ipc"],
    });
    return await attended(child, { request, bytes, limits });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function attended(
  child: ChildProcess,
  { request, bytes, limits }: { request: CheckRequest; bytes: AsyncIterable<Uint8Array>; limits: CheckProcessLimits },
): Promise<CheckResult> {
  const answers: CheckAnswer[] = [];
  let killed: CheckEnd | undefined;
  const kill = (end: CheckEnd): void => {
    killed ??= end;
    child.kill("SIGKILL");
  };
  const ended = exitOf(child).then((code): CheckEnd => killed ?? (code === 0 ? "finished" : "crashed"));
  // It is looked at once the model is handed over; a failure to start must not count as unhandled until then.
  ended.catch(() => undefined);
  child.on("message", (answer: CheckAnswer) => void answers.push(answer));
  const deadline = setTimeout(() => kill("timeout"), limits.timeoutMs);
  const watch = setInterval(async () => {
    const bytesHeld = child.pid === undefined ? undefined : await residentBytes(child.pid);
    if (bytesHeld !== undefined && bytesHeld > limits.memoryLimitMiB * 1024 ** 2) kill("memory");
  }, WATCH_EVERY_MS);
  try {
    await feed(child, request, bytes);
    return { answers, end: await ended };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
    child.kill("SIGKILL");
  }
}

/** The exit code, once the last answer has arrived too. Fails if the process could not be started. */
function exitOf(child: ChildProcess): Promise<number | null> {
  const silent = new Promise<void>((resolve) => void child.once("disconnect", resolve));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => void silent.then(() => resolve(code)));
  });
}

/** Hands the model over. That the process ended meanwhile is no failure here: its end tells. */
async function feed(child: ChildProcess, request: CheckRequest, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let sourceFailed: { readonly cause: unknown } | undefined;
  async function* source() {
    try {
      yield* bytes;
    } catch (cause) {
      sourceFailed = { cause };
      throw cause;
    }
  }
  child.send(request, () => undefined);
  if (!child.stdin) return;
  await pipeline(source(), child.stdin).catch(() => undefined);
  if (sourceFailed) throw sourceFailed.cause;
}
