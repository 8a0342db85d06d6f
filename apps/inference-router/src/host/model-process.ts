import { mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Signature, Tensor } from "../domain/tensor.ts";
import type { ChildOptions, LoadOptions } from "./child-options.ts";
import type { ChildProgram } from "./child-program.ts";
import { type Frame, frameReader, textFrame } from "./frames.ts";
import { type MemoryReader, memoryReader } from "./process-memory.ts";
import { type Rank, rankProcess, startingRank } from "./process-priority.ts";
import { spawnBounded } from "./spawn-bounded.ts";
import { nsOf, type TensorBatch, tensorFrames } from "./tensor-frames.ts";

/** What a model's process may use. */
export interface ProcessLimits {
  /** Resident bytes; a process that has more is killed. */
  readonly memoryBytesMax: number;
  /** How long starting and loading may take. */
  readonly loadMsMax: number;
}

/** Why a process is gone: `ended` by itself (a crash), or killed for one of the other reasons. */
export type EndReason = "ended" | "deadline" | "memory" | "closed";

/** The model says no to its input, or to being loaded; the process goes on. */
export class ModelRefusal extends Error {
  override readonly name = "ModelRefusal";
}

/** The process ended before the model was loaded. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
  readonly reason: EndReason;
  constructor(reason: EndReason) {
    super(`the process of the model ended: ${reason}`);
    this.reason = reason;
  }
}

/** What a run gave. */
export interface RunResult {
  readonly outputs: readonly Tensor[];
  /** How long the model itself took, in nanoseconds. */
  readonly modelNs: number;
}

/** One life of a process for models. */
export interface ModelProcess {
  /** Loads a model, in place of an earlier one that was refused. Rejects as a run does. */
  load(options: LoadOptions): Promise<Signature>;
  /** Runs the model on a batch. Rejects with ModelRefusal; never settles once the process has ended: `ended` tells. */
  run(batch: TensorBatch): Promise<RunResult>;
  residentBytes(): number;
  /** False if the system does not let the process have this rank, or it has ended. */
  rank(rank: Rank): boolean;
  kill(reason: Exclude<EndReason, "ended">): void;
  /** True once it is killed: it may take a while until it has ended, and is given nothing more to do. */
  isEnding(): boolean;
  readonly ended: Promise<EndReason>;
}

/** A process that has loaded its model. */
export interface LoadedProcess extends ModelProcess {
  readonly signature: Signature;
}

export interface ProcessOptions {
  /** See ChildOptions. */
  readonly purpose: string;
  /** An existing folder, in which the process gets an empty one to stand in. */
  readonly scratchDir: string;
  readonly program: ChildProgram;
  readonly limits: ProcessLimits;
  /** That it starts with. */
  readonly rank: Rank;
}

/** How long a process may rank behind while it loads: it must come to its work on a machine without room, too. */
const BEHIND_MS_MAX = 1_000;

/**
 * Starts a process and loads a model in it. Its memory is bounded twice over: by the system, and by a watch on what it has.
 * It ranks as it would at work when this takes long. Rejects with ModelRefusal if the model cannot be loaded, and with ProcessDied if the process ends while it tries.
 */
export async function startModelProcess(
  model: LoadOptions,
  options: Omit<ProcessOptions, "purpose" | "rank"> & { readonly rankAtWork: () => Rank },
): Promise<LoadedProcess> {
  const { rankAtWork } = options;
  const process = startProcess({ ...options, purpose: model.digest, rank: await startingRank(rankAtWork()) });
  const late = setTimeout(() => process.rank(rankAtWork()), BEHIND_MS_MAX);
  void process.ended.then(() => clearTimeout(late));
  try {
    const signature = await boundedLoad(process, model, options.limits);
    return { ...process, signature };
  } catch (error) {
    process.kill("closed");
    throw error;
  }
}

/** Loads a model within the time and the memory that a process may use. */
export async function boundedLoad(
  process: ModelProcess,
  model: LoadOptions,
  limits: ProcessLimits,
): Promise<Signature> {
  const deadline = setTimeout(() => process.kill("deadline"), limits.loadMsMax);
  const watch = setInterval(() => {
    if (process.residentBytes() > limits.memoryBytesMax) process.kill("memory");
  }, WATCH_MS);
  try {
    return await orDeath(process, process.load(model));
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
  }
}

/** How often a process at work is looked at. */
export const WATCH_MS = 20;

/** Rejects with ProcessDied if the process ends before `work` is done. */
export const orDeath = <T>(process: Pick<ModelProcess, "ended">, work: Promise<T>): Promise<T> =>
  Promise.race([work, process.ended.then((reason) => Promise.reject(new ProcessDied(reason)))]);

/** A process without a model yet: no environment, an empty folder, a socket for the messages. */
export function startProcess({ purpose, scratchDir, program, limits, rank: first }: ProcessOptions): ModelProcess {
  const folder = mkdtempSync(join(scratchDir, "model-"));
  const options: ChildOptions = { purpose, parentPid: process.pid, watchProgram: program.watchProgram };
  const child = spawnBounded({
    file: program.file,
    argument: JSON.stringify(options),
    folder,
    memoryBytesMax: limits.memoryBytesMax,
  });
  const memory = memoryReader(child.pid);
  let ranked: Rank = "usual";
  const rank = (wanted: Rank): boolean => {
    const hasRank = ranked === wanted || rankProcess(child.pid, wanted);
    if (hasRank) ranked = wanted;
    return hasRank;
  };
  rank(first);
  let killedFor: EndReason = "ended";
  let isEnding = false;
  const kill = (reason: EndReason): void => {
    isEnding = true;
    if (killedFor === "ended") killedFor = reason;
    child.kill("SIGKILL");
  };
  const ended = new Promise<EndReason>((resolve) => {
    const end = () => {
      memory.close();
      rmSync(folder, { recursive: true, force: true });
      resolve(killedFor);
    };
    child.once("exit", end);
    child.once("error", end);
  });
  const running = calls(child.stdio[3] as Socket, () => kill("ended"));
  return { ...running, ended, kill, isEnding: () => isEnding, rank, ...residentBytes(memory) };
}

const residentBytes = ({ residentBytes }: MemoryReader) => ({ residentBytes });

interface WaitingCall {
  readonly call: number;
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** The calls into a process. What it sends is not trusted: a frame that makes no sense ends it. */
function calls(socket: Socket, end: () => void): Pick<ModelProcess, "load" | "run"> {
  /** A list, since a map holds on to answered calls: see Crowd. */
  const waiting: WaitingCall[] = [];
  const frames = tensorFrames();
  let lastCall = 0;

  const read = frameReader((frame) => {
    const at = waiting.findIndex((it) => it.call === frame.call);
    const [call] = at < 0 ? [] : waiting.splice(at, 1);
    if (frame.kind === "ready" || frame.kind === "result") call?.resolve(frame);
    else call?.reject(new ModelRefusal(frame.body.toString("utf8")));
  });
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {
      end();
      return undefined;
    }
  };
  socket.on("data", (piece: Buffer) => guarded(() => read(piece)));
  socket.on("error", end);
  const asked = (call: number, pieces: readonly Uint8Array[]): Promise<Frame> => {
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    waiting.push({ call, resolve, reject });
    socket.cork();
    for (const it of pieces) socket.write(it);
    socket.uncork();
    return promise;
  };
  /** Never settles for an answer that makes no sense: the process ends, which is what tells. */
  const understood = <T>(read: () => T): T | Promise<never> => guarded(read) ?? new Promise<never>(() => {});
  return {
    async load(model) {
      const call = ++lastCall;
      const { body } = await asked(call, [textFrame("load", call, JSON.stringify(model))]);
      return understood(() => JSON.parse(body.toString("utf8")) as Signature);
    },
    async run(batch) {
      const call = ++lastCall;
      const { body } = await asked(call, frames.encode({ kind: "run", call }, batch));
      return understood(() => ({ outputs: frames.decode(body).tensors, modelNs: nsOf(body) }));
    },
  };
}
