import type { Digest } from "@throughline/kernel";
import { modelNotLoadable, modelQuarantined } from "../domain/errors.ts";
import type { ExecutionProvider } from "./child-options.ts";
import type { ChildProgram } from "./child-program.ts";
import type { DeathRecord } from "./death-record.ts";
import {
  type EndReason,
  type LoadedProcess,
  type ModelProcess,
  ModelRefusal,
  orDeath,
  ProcessDied,
  type ProcessLimits,
  startModelProcess,
} from "./model-process.ts";
import type { Rank } from "./process-priority.ts";
import { rankings } from "./rankings.ts";

/** Which model is loaded, and in what. */
export interface LifeOptions {
  readonly digest: Digest;
  /** The path of a local file with the model; asked for at every start. */
  readonly file: () => Promise<string>;
  readonly providers: readonly ExecutionProvider[];
  readonly scratchDir: string;
  readonly program: () => Promise<ChildProgram>;
  /** How a process of the model ranks at work. */
  readonly rank: () => Rank;
  readonly limits: ProcessLimits & { readonly runMsMax: number };
}

/**
 * Starts a process with the model. Fails with MODEL_NOT_LOADABLE, MODEL_QUARANTINED, and as the blob store does; deaths on
 * the way are noted.
 */
export async function firstLife(options: LifeOptions, deaths: DeathRecord): Promise<LoadedProcess> {
  const { digest } = options;
  const leftMs = deaths.quarantineLeftMs();
  if (leftMs > 0) throw modelQuarantined(digest, Math.ceil(leftMs / 1000));
  try {
    return await nextLife(options);
  } catch (error) {
    if (error instanceof ModelRefusal) throw modelNotLoadable(digest, error.message);
    if (!(error instanceof ProcessDied)) throw error;
    deaths.died();
    throw modelNotLoadable(digest, error.message);
  }
}

/** The same without a word about deaths and refusals. */
async function nextLife(options: LifeOptions): Promise<LoadedProcess> {
  const { digest, file, providers, scratchDir, program, rank, limits } = options;
  const [modelFile, code] = await Promise.all([file(), program()]);
  return startModelProcess({ modelFile, digest, providers }, { scratchDir, program: code, limits, rankAtWork: rank });
}

/** First runs of a process, within the time that a run may take. Rejects with ProcessDied if it does not survive them. */
export async function withinRunTime<T>(
  process: ModelProcess,
  limits: { readonly runMsMax: number },
  work: () => Promise<T>,
): Promise<T> {
  const deadline = setTimeout(() => process.kill("deadline"), limits.runMsMax);
  try {
    return await orDeath(process, work());
  } finally {
    clearTimeout(deadline);
  }
}

/** The processes of one model, replaced when they die, with growing pauses, until quarantine. */
export interface Lives {
  /** Keeps so many processes; more are started beside those at work, fewer end when their runs have. */
  keep(count: number): void;
  /** True if a process is being started or is about to be: whoever waits will be served, or told by `stuck`. */
  isComing(): boolean;
  /** Starts one more, and ends the given one when the new one is at work. */
  replace(process: ModelProcess): Promise<void>;
  /** Ranks the processes anew. Those that the system does not let forward are replaced. */
  rank(): void;
  /** How long the next start is away; 0 if none waits. */
  pauseMs(): number;
  close(): Promise<void>;
}

export interface LivesOptions {
  readonly life: LifeOptions;
  readonly deaths: DeathRecord;
  /** Runs once in a new process, so that its first request is not its first run. */
  readonly warm: (process: ModelProcess) => Promise<unknown>;
  /** A process is ready for work. */
  readonly add: (process: ModelProcess) => void;
  /** A process has ended. */
  readonly end: (process: ModelProcess, reason: EndReason) => void;
  /** No process is at work, and the next start has to wait. */
  readonly stuck: () => void;
  /** Lets a process end its runs. */
  readonly retire: (process: ModelProcess) => Promise<void>;
}

export function lives({ life, deaths, warm, add, end, stuck, retire }: LivesOptions, first: ModelProcess): Lives {
  const alive = new Set<ModelProcess>();
  let wanted = 1;
  let starting = 0;
  let restart: NodeJS.Timeout | undefined;
  let restartAt = 0;
  const ranking = rankings({ rank: life.rank, deaths, alive, replace: (process) => replace(process) });

  const begin = (process: ModelProcess): void => {
    alive.add(process);
    add(process);
    ranking.look();
    void process.ended.then((reason) => {
      const wasAtWork = alive.delete(process);
      if (wasAtWork && reason !== "closed") died();
      end(process, reason);
    });
  };
  const died = (): void => {
    const isQuarantined = deaths.died();
    // A model in quarantine has no process at all: the others would go the same way.
    if (isQuarantined) for (const it of alive) it.kill("closed");
    if (isQuarantined) alive.clear();
    schedule(isQuarantined ? deaths.quarantineLeftMs() : pauseBefore(deaths.count()));
  };
  const schedule = (pauseMs: number): void => {
    clearTimeout(restart);
    if (wanted === 0) return;
    restartAt = performance.now() + pauseMs;
    restart = setTimeout(fillUp, pauseMs);
    if (pauseMs > 0 && alive.size === 0) stuck();
  };
  const fillUp = (): void => {
    restart = undefined;
    for (let count = alive.size + starting; count < wanted; count++) {
      // The reason stands in the deaths and in what callers are told meanwhile.
      startAnother().catch(() => {});
    }
    for (const it of [...alive].slice(Math.max(0, wanted - starting))) void endWell(it);
  };
  const startAnother = async (): Promise<void> => {
    starting += 1;
    try {
      const process = await nextLife(life);
      try {
        await withinRunTime(process, life.limits, () => warm(process));
      } catch (error) {
        process.kill("closed");
        throw error;
      }
      if (wanted === 0) process.kill("closed");
      else begin(process);
    } catch (error) {
      if (wanted === 0) return;
      if (error instanceof ProcessDied && error.reason !== "closed") died();
      else schedule(pauseBefore(deaths.count() + 2));
      throw error;
    } finally {
      starting -= 1;
    }
  };
  const endWell = async (process: ModelProcess): Promise<void> => {
    alive.delete(process);
    await retire(process);
    process.kill("closed");
    await process.ended;
  };
  const replace = async (process: ModelProcess): Promise<void> => {
    await startAnother();
    await endWell(process);
  };
  const pauseMs = (): number => (restart === undefined ? 0 : Math.max(0, restartAt - performance.now()));
  begin(first);

  return {
    keep(count) {
      wanted = count;
      if (count === 0) clearTimeout(restart);
      // A start that waits because of deaths goes on waiting.
      if (count === 0 || restart === undefined) fillUp();
    },
    isComing: () => starting > 0 || (restart !== undefined && pauseMs() === 0),
    replace,
    rank: ranking.look,
    pauseMs,
    async close() {
      wanted = 0;
      ranking.close();
      clearTimeout(restart);
      await Promise.all([...alive].map(endWell));
    },
  };
}

/** The first replacement starts at once; each further death in the window doubles the pause. */
const pauseBefore = (deaths: number): number => (deaths <= 1 ? 0 : Math.min(250 * 2 ** (deaths - 2), 10_000));
