import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Digest } from "@throughline/kernel";
import type { Signature, Tensor } from "../domain/tensor.ts";
import type { ChildOptions } from "./child-options.ts";
import { decodeTensors, encodeTensors, type Frame, frameReader, type TensorMessage, writeFrame } from "./frames.ts";

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

/** One life of a model's process. */
export interface ModelProcess {
  readonly signature: Signature;
  /** Runs the model. Rejects with ModelRefusal; never settles once the process has ended: `ended` tells. */
  run(message: TensorMessage): Promise<readonly Tensor[]>;
  /** Bytes that the process has in memory; 0 if the system does not tell. */
  residentBytes(): number;
  kill(reason: Exclude<EndReason, "ended">): void;
  readonly ended: Promise<EndReason>;
}

/** Which model to load, and from where. */
export interface ModelFile {
  /** Path of a local file with the model. */
  readonly file: string;
  readonly digest: Digest;
  /** An existing folder, in which the process gets an empty one to stand in. */
  readonly scratchDir: string;
}

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/**
 * Starts a process and loads a model in it: no environment, an empty folder to stand in, a pipe for the messages, and a
 * bound on its memory twice over: what the system grants it (so that a giant allocation fails at once), and a watch on what
 * it has. Rejects with ModelRefusal if the model cannot be loaded, and with ProcessDied if the process ends while it tries.
 */
export async function startModelProcess(model: ModelFile, limits: ProcessLimits): Promise<ModelProcess> {
  const options: ChildOptions = { modelFile: model.file, digest: model.digest, parentPid: process.pid };
  const folder = mkdtempSync(join(model.scratchDir, "model-"));
  const child = spawnBounded([CHILD, JSON.stringify(options)], folder, limits.memoryBytesMax);
  const life = follow(child, folder);
  const deadline = setTimeout(() => life.kill("deadline"), limits.loadMsMax);
  const stopWatch = watchMemory(life.residentBytes, limits.memoryBytesMax, () => life.kill("memory"));
  try {
    const signature = await Promise.race([
      life.opened,
      life.ended.then((reason) => Promise.reject(new ProcessDied(reason))),
    ]);
    return { signature, run: life.run, residentBytes: life.residentBytes, kill: life.kill, ended: life.ended };
  } catch (error) {
    life.kill("closed");
    throw error;
  } finally {
    clearTimeout(deadline);
    stopWatch();
  }
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

/** How often the memory of a busy process is looked at. */
const MEMORY_WATCH_MS = 20;

/** Looks at a process's memory until the returned function is called. */
export function watchMemory(residentBytes: () => number, most: number, tooMuch: () => void): () => void {
  const timer = setInterval(() => {
    if (residentBytes() > most) tooMuch();
  }, MEMORY_WATCH_MS);
  return () => clearInterval(timer);
}

function spawnBounded(args: readonly string[], folder: string, memoryBytesMax: number): ChildProcess {
  const options = { cwd: folder, env: {}, stdio: ["ignore", "ignore", "ignore", "pipe"] as const };
  const node = ["--no-warnings", "--v8-pool-size=1", ...args];
  if (process.platform !== "linux") return spawn(process.execPath, node, { ...options, stdio: [...options.stdio] });
  // The runtime's own data come on top of what the model may have: room for the engine's reservations.
  const kibibytes = Math.ceil((memoryBytesMax + RUNTIME_BYTES) / 1024);
  const script = `ulimit -c 0; ulimit -d ${kibibytes}; exec "$0" "$@"`;
  return spawn("/bin/sh", ["-c", script, process.execPath, ...node], { ...options, stdio: [...options.stdio] });
}

/** What an idle process has reserved already: measured at 1.2 GB, mostly address space that is never touched. */
const RUNTIME_BYTES = 1_536 * 1024 * 1024;

function follow(child: ChildProcess, folder: string) {
  const pipe = child.stdio[3] as Socket;
  const calls = new Map<number, { resolve(tensors: readonly Tensor[]): void; reject(error: Error): void }>();
  const opened = Promise.withResolvers<Signature>();
  let killedFor: EndReason = "ended";
  let nextCall = 1;

  const take = ({ kind, call, body }: Frame): void => {
    if (kind === "ready") opened.resolve(JSON.parse(body.toString("utf8")) as Signature);
    else if (kind === "refused") opened.reject(new ModelRefusal(body.toString("utf8")));
    else {
      const waiting = calls.get(call);
      calls.delete(call);
      if (kind === "result") waiting?.resolve(decodeTensors(body).tensors);
      else waiting?.reject(new ModelRefusal(body.toString("utf8")));
    }
  };
  const kill = (reason: Exclude<EndReason, "ended">): void => {
    if (killedFor === "ended") killedFor = reason;
    child.kill("SIGKILL");
  };
  const read = frameReader(take);
  pipe.on("data", (piece: Buffer) => {
    // What a model's process sends is not trusted: a frame that makes no sense ends it.
    try {
      read(piece);
    } catch {
      child.kill("SIGKILL");
    }
  });
  pipe.on("error", () => child.kill("SIGKILL"));
  const ended = new Promise<EndReason>((resolve) => {
    const end = () => {
      rmSync(folder, { recursive: true, force: true });
      resolve(killedFor);
    };
    child.once("exit", end);
    child.once("error", end);
  });
  return {
    opened: opened.promise,
    ended,
    kill,
    residentBytes: () => (child.pid === undefined ? 0 : residentBytesOf(child.pid)),
    run(message: TensorMessage): Promise<readonly Tensor[]> {
      const call = nextCall++;
      const { promise, resolve, reject } = Promise.withResolvers<readonly Tensor[]>();
      calls.set(call, { resolve, reject });
      writeFrame(pipe, { kind: "run", call, body: encodeTensors(message) });
      return promise;
    },
  };
}

function residentBytesOf(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
