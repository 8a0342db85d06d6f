import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { stepBack } from "@throughline/kernel/step-back";
import { residentBytes } from "@throughline/telemetry";
import type { AttachRequest, CheckAnswer, CheckRequest, GatherRequest } from "./check-messages.ts";

/** What one checking process may take. */
export interface CheckProcessLimits {
  /** Resident memory, in MiB; the process is killed soon after it has more. */
  readonly memoryLimitMiB: number;
  /** From its start to its last answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Why a checking process ended. */
export type CheckEnd = "finished" | "memory" | "timeout" | "crashed";

/** What a process said, and how it ended. */
export interface CheckResult {
  readonly answers: readonly CheckAnswer[];
  readonly end: CheckEnd;
}

const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const CHECK = scriptOf("./check-child.ts");
const GATHER = scriptOf("./gather-child.ts");
const ATTACH = scriptOf("./attach-child.ts");
/** A model can take about this long times the machine's memory bandwidth before it is seen. */
const WATCH_EVERY_MS = 20;
/** The process ends itself so long after its parent should have ended it. */
const OWN_DEADLINE_MS_LATER = 2_000;

type WithoutDeadline<Request> = Omit<Request, "timeoutMs">;

/** What a process is to do. */
interface Work {
  readonly request: WithoutDeadline<CheckRequest> | WithoutDeadline<GatherRequest> | WithoutDeadline<AttachRequest>;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly onAnswer?: (answer: CheckAnswer) => void;
  /** Takes what it writes. Left out: it has no output. */
  readonly output?: (written: AsyncIterable<Uint8Array>) => Promise<void>;
}

/** Runs one check. Failures of `bytes` are thrown on; whatever the process does is a result. */
export const runCheck = (
  request: Omit<CheckRequest, "timeoutMs">,
  bytes: AsyncIterable<Uint8Array>,
  limits: CheckProcessLimits,
): Promise<CheckResult> => inProcess(CHECK, { request, bytes }, limits);

/** A model and the files beside it. */
export interface Scattered {
  readonly sizeBytes: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly files: ReadonlyMap<string, { readonly sizeBytes: number; bytes(): AsyncIterable<Uint8Array> }>;
}

/** Puts the data of files into a model, and gives the whole to `output`. Failures are those of `runCheck`, and of `output`. */
export function runGather(
  { sizeBytes, bytes, files }: Scattered,
  output: (written: AsyncIterable<Uint8Array>) => Promise<void>,
  limits: CheckProcessLimits,
): Promise<CheckResult> {
  const needs = Promise.withResolvers<readonly string[]>();
  async function* source() {
    yield* bytes;
    for (const path of await needs.promise) {
      const file = files.get(path);
      if (file) yield* file.bytes();
    }
  }
  const onAnswer = (answer: CheckAnswer): void => {
    if (answer.kind === "needs") needs.resolve(answer.paths);
  };
  const request = { sizeBytes, files: [...files].map(([path, it]) => [path, it.sizeBytes] as const) };
  const work = { request, bytes: source(), onAnswer, output, onEnd: () => needs.resolve([]) };
  return inProcess(GATHER, work, limits);
}

/** A model and the transform fit to put in front of it. */
export interface Attachment extends WithoutDeadline<AttachRequest> {
  readonly fit: AsyncIterable<Uint8Array>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Puts transforms in front of a model, and gives the whole to `output`. Failures are those of `runCheck`, and of `output`. */
export function runAttach(
  { fitSizeBytes, sizeBytes, fit, bytes }: Attachment,
  output: (written: AsyncIterable<Uint8Array>) => Promise<void>,
  limits: CheckProcessLimits,
): Promise<CheckResult> {
  async function* source() {
    yield* fit;
    yield* bytes;
  }
  return inProcess(ATTACH, { request: { fitSizeBytes, sizeBytes }, bytes: source(), output }, limits);
}

/** Runs a script in an empty folder, without environment, behind what serves, and ends it with SIGKILL when it takes more than it may. */
async function inProcess(
  script: string,
  work: Work & { readonly onEnd?: () => void },
  limits: CheckProcessLimits,
): Promise<CheckResult> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-model-"));
  try {
    const child = spawn(process.execPath, [`--max-old-space-size=${limits.memoryLimitMiB}`, script], {
      cwd: folder,
      env: {},
      stdio: ["pipe", work.output ? "pipe" : "ignore", "ignore", "ipc"],
    });
    stepBack(child.pid);
    child.once("exit", () => work.onEnd?.());
    child.once("error", () => work.onEnd?.());
    return await attended(child, work, limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function attended(child: ChildProcess, work: Work, limits: CheckProcessLimits): Promise<CheckResult> {
  const answers: CheckAnswer[] = [];
  let killed: CheckEnd | undefined;
  const kill = (end: CheckEnd): void => {
    killed ??= end;
    child.kill("SIGKILL");
  };
  const ended = exitOf(child).then((code): CheckEnd => killed ?? (code === 0 ? "finished" : "crashed"));
  const written = child.stdout ? work.output?.(child.stdout) : undefined;
  // They are looked at once the model is handed over; a failure to start must not count as unhandled until then.
  ended.catch(() => undefined);
  written?.catch(() => child.kill("SIGKILL"));
  child.on("message", (answer: CheckAnswer) => {
    answers.push(answer);
    work.onAnswer?.(answer);
  });
  const deadline = setTimeout(() => kill("timeout"), limits.timeoutMs);
  const watch = setInterval(async () => {
    const bytesHeld = child.pid === undefined ? undefined : await residentBytes(child.pid);
    if (bytesHeld !== undefined && bytesHeld > limits.memoryLimitMiB * 1024 ** 2) kill("memory");
  }, WATCH_EVERY_MS);
  try {
    await feed(child, { ...work.request, timeoutMs: limits.timeoutMs + OWN_DEADLINE_MS_LATER }, work.bytes);
    const end = await ended;
    await written;
    return { answers, end };
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
async function feed(child: ChildProcess, request: object, bytes: AsyncIterable<Uint8Array>): Promise<void> {
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
