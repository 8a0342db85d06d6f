import { type Clock, type Digest, DomainError } from "@throughline/kernel";
import {
  callerDeadline,
  callerGone,
  modelNotLoadable,
  modelQuarantined,
  modelUnavailable,
  queueFull,
} from "../domain/errors.ts";
import type { ModelRun } from "../domain/model-host.ts";
import type { Signature, Tensor } from "../domain/tensor.ts";
import { type BatchQueue, batchQueue, type Waiting } from "./batch-queue.ts";
import type { DeathRecord } from "./death-record.ts";
import { type EndReason, type ModelProcess, ModelRefusal, ProcessDied, startModelProcess } from "./model-process.ts";
import { answersRowsByThemselves } from "./row-independence.ts";
import { type RunLimits, type Runs, runsOf } from "./runs.ts";

/** What each model may use. */
export interface HostLimits extends RunLimits {
  /** Resident bytes of a model's process. */
  readonly memoryBytesMax: number;
  /** How long starting a process and loading a model may take. */
  readonly loadMsMax: number;
  /** Rows that may wait for one model; more are refused with QUEUE_FULL. */
  readonly queueRowsMax: number;
}

export interface HostOptions {
  readonly digest: Digest;
  /** The path of a local file with the model; asked for at every start. */
  readonly file: () => Promise<string>;
  readonly inputWidth: number | undefined;
  /** See ModelFile. */
  readonly scratchDir: string;
  readonly limits: HostLimits;
  readonly deaths: DeathRecord;
  readonly clock: Clock;
}

/** One model over the lives of its processes. */
export interface ModelHost {
  readonly signature: Signature;
  run(request: ModelRun): Promise<readonly Tensor[]>;
  isReady(): boolean;
  /** Lets the runs end, and then the process. */
  close(): Promise<void>;
}

/** What is known after a model was loaded for the first time. */
interface Life {
  readonly process: ModelProcess;
  readonly runs: Runs;
}

/** Loads a model and keeps it at work: its process is replaced when it dies, with growing pauses, until quarantine. */
export async function openModelHost(options: HostOptions): Promise<ModelHost> {
  const { digest, limits, deaths } = options;
  const queue = batchQueue();
  const first = await startProcess(options);
  const isBatchable = await probe(options, first);
  const { signature } = first;
  let life: Life | undefined;
  let isClosed = false;
  let restart: NodeJS.Timeout | undefined;

  const begin = (process: ModelProcess): void => {
    const runs = runsOf({ process, queue, limits, digest });
    life = { process, runs };
    void process.ended.then((reason) => {
      life = undefined;
      runs.end(reason);
      for (const it of queue.drain()) it.reject(modelUnavailable(digest));
      if (!isClosed) scheduleRestart(reason);
    });
  };
  const scheduleRestart = (reason: EndReason): void => {
    const isQuarantined = reason !== "closed" && deaths.died();
    const pauseMs = isQuarantined ? deaths.quarantineLeftMs() : pauseBefore(deaths.count());
    restart = setTimeout(() => void startAgain(), pauseMs);
  };
  const startAgain = async (): Promise<void> => {
    try {
      const process = await startProcess({ ...options, deaths: ignoringDeaths });
      if (isClosed) process.kill("closed");
      else begin(process);
    } catch (error) {
      if (!isClosed) scheduleRestart(error instanceof ProcessDied ? error.reason : "closed");
    }
  };
  begin(first);

  return {
    signature,
    isReady: () => life !== undefined,
    run(request) {
      if (life === undefined) return Promise.reject(whyNot(options));
      return enqueue({ request, queue, life, options, isBatchable });
    },
    async close() {
      isClosed = true;
      clearTimeout(restart);
      await life?.runs.idle();
      const process = life?.process;
      process?.kill("closed");
      await process?.ended;
    },
  };
}

/** Deaths while starting again are noted by whoever schedules the next start. */
const ignoringDeaths: DeathRecord = { died: () => false, quarantineLeftMs: () => 0, count: () => 0 };

/** The first replacement starts at once; each further death in the window doubles the pause. */
const pauseBefore = (deaths: number): number => (deaths <= 1 ? 0 : Math.min(250 * 2 ** (deaths - 2), 10_000));

function whyNot({ digest, deaths }: HostOptions): DomainError {
  const leftMs = deaths.quarantineLeftMs();
  return leftMs > 0 ? modelQuarantined(digest, Math.ceil(leftMs / 1000)) : modelUnavailable(digest);
}

async function startProcess({ digest, file, scratchDir, limits, deaths }: HostOptions): Promise<ModelProcess> {
  const leftMs = deaths.quarantineLeftMs();
  if (leftMs > 0) throw modelQuarantined(digest, Math.ceil(leftMs / 1000));
  try {
    return await startModelProcess({ file: await file(), digest, scratchDir }, limits);
  } catch (error) {
    if (error instanceof ModelRefusal) throw modelNotLoadable(digest, error.message);
    if (error instanceof ProcessDied && deaths !== ignoringDeaths) {
      deaths.died();
      throw modelNotLoadable(digest, error.message);
    }
    throw error;
  }
}

/** The first runs, within the time that a run may take. A model that fails them in a deadly way is not loaded. */
async function probe({ digest, inputWidth, limits, deaths }: HostOptions, process: ModelProcess): Promise<boolean> {
  const deadline = setTimeout(() => process.kill("deadline"), limits.runMsMax);
  try {
    return await Promise.race([
      answersRowsByThemselves({ signature: process.signature, inputWidth, run: process.run }),
      process.ended.then((reason) => Promise.reject(new ProcessDied(reason))),
    ]);
  } catch (error) {
    process.kill("closed");
    if (!(error instanceof ProcessDied)) throw error;
    deaths.died();
    throw modelNotLoadable(digest, error.message);
  } finally {
    clearTimeout(deadline);
  }
}

interface Arrival {
  readonly request: ModelRun;
  readonly queue: BatchQueue;
  readonly life: Life;
  readonly options: HostOptions;
  readonly isBatchable: boolean;
}

function enqueue({ request, queue, life, options, isBatchable }: Arrival): Promise<readonly Tensor[]> {
  const { digest, limits } = options;
  const rows = request.tensors[0]?.shape[0] ?? 1;
  if (queue.rows() > 0 && queue.rows() + rows > limits.queueRowsMax) {
    return Promise.reject(queueFull(digest, limits.queueRowsMax));
  }
  const { promise, resolve, reject } = Promise.withResolvers<readonly Tensor[]>();
  const key = isBatchable ? batchKey(request) : undefined;
  const waiting: Waiting = { ...request, rows, key, resolve, reject, isAbandoned: false };
  queue.add(waiting);
  life.runs.wake();
  const { signal } = request;
  if (signal === undefined) return promise;
  const leave = (): void => {
    waiting.isAbandoned = true;
    reject(isTimeout(signal.reason) ? callerDeadline(`the model ${digest}`) : callerGone());
    life.runs.left();
  };
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", leave));
}

const isTimeout = (reason: unknown): boolean =>
  reason instanceof DomainError ? reason.kind === "deadline" : /timed? ?out|deadline/i.test(String(reason));

/** What requests must have in common to run together: everything but the number of rows, which all inputs share. */
function batchKey({ tensors, outputs }: ModelRun): string | undefined {
  const rows = tensors[0]?.shape[0];
  if (rows === undefined || tensors.some((it) => it.shape[0] !== rows)) return undefined;
  return JSON.stringify([outputs, tensors.map((it) => [it.name, it.datatype, it.shape.slice(1)])]);
}
