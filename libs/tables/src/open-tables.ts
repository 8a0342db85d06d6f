import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, invariant } from "@throughline/kernel";
import { callSlots } from "./call-slots.ts";
import type { JobName, Jobs } from "./engine/protocol.ts";
import { type JobCall, type TableProcess, tableProcess } from "./engine/table-process.ts";
import { stopped } from "./errors.ts";
import { inBatches } from "./input-batches.ts";
import { outputQueue } from "./output-queue.ts";
import type { CallOptions, OutputPlan, TableEngine } from "./port.ts";

/** What the embedded engine may use. */
export interface TablesConfig {
  /** An absolute path of a folder for temporary files; made if absent. */
  readonly dataDir: string;
  /** Memory of DuckDB in each process, at least 64. What does not fit is spilled to `dataDir` where the operation can. */
  readonly memoryLimitMiB: number;
  /** Threads of DuckDB in each process. */
  readonly threads: number;
  /** Processes, and so jobs that run at once. They start when they are needed. Default 2. */
  readonly processes?: number;
  /** Jobs that may wait; one more fails with TABLE_QUEUE_FULL. Default 256. */
  readonly queueMax?: number;
}

/** JavaScript heap of each process, beside DuckDB's memory: rows in flight, and the oracle's sampled rows. */
const HEAP_MIB = 2_048;

/** Opens the DuckDB engine. Close it when done: its processes keep the program running otherwise. */
export async function openTables(config: TablesConfig): Promise<TableEngine> {
  await mkdir(config.dataDir, { recursive: true });
  await sweepSpillFolders(config.dataDir);
  const spillRoot = await mkdtemp(join(config.dataDir, `spill-${process.pid}-`));
  const pool = processPool(config, spillRoot);

  const run = async <N extends JobName>(
    job: N,
    plan: Jobs[N]["plan"],
    { signal, onProgress: tell, ...pieces }: CallOptions & Partial<Pick<JobCall, "nextInput" | "takeOutput">> = {},
  ): Promise<Jobs[N]["result"]> => {
    let reached = 0;
    const onProgress = (fraction: number): void => {
      if (fraction <= reached) return;
      reached = Math.min(1, fraction);
      tell?.(reached);
    };
    const nothing = async (): Promise<undefined> => undefined;
    const call = { job, plan, onProgress, signal, nextInput: nothing, takeOutput: nothing, ...pieces };
    return (await pool.run(call)) as Jobs[N]["result"];
  };
  const stream = <N extends "rowDigests" | "toArrow" | "queryColumns">(
    job: N,
    plan: Jobs[N]["plan"],
    options: CallOptions = {},
  ) =>
    outputQueue<Jobs[N]["output"]>(
      (takeOutput, signal) => run(job, plan, { ...options, signal, takeOutput }),
      options.signal,
    );

  const close = async (): Promise<void> => {
    await pool.close();
    await rm(spillRoot, { recursive: true, force: true });
  };
  return {
    inspect: (file, options) => run("inspect", file, options),
    importRows: (plan, rows, options) => run("importRows", plan, { ...options, nextInput: inBatches(rows, 2_048) }),
    convert: (plan, options) => run("convert", plan, options),
    pointInTimeJoin: (plan, options) => run("pointInTimeJoin", plan, options),
    bruteForceJoin: (join, rowNumbers, options) => run("bruteForceJoin", { join, rowNumbers }, options),
    certify: (join, result, { seed, sampleRows, ...options }) =>
      run("certify", { join, result, options: { seed, sampleRows } }, options),
    statistics: (plan, options) => run("statistics", plan, options),
    query: (plan, options) => run("query", plan, options),
    writeQuery: (plan, options) => run("writeQuery", plan, options),
    queryColumns: (plan, options) => stream("queryColumns", plan, options),
    readRows: (plan, options) => run("readRows", plan, options),
    rowDigests: (plan, options): AsyncIterable<readonly Digest[]> => stream("rowDigests", plan, options),
    rowsIdentity: (plan, options) => run("rowsIdentity", plan, options),
    toArrow: (plan, options) => stream("toArrow", plan, options),
    fromArrow: (plan, bytes, options) =>
      run("fromArrow", plan, { ...options, nextInput: inBatches(bytes, 1, (it) => it[0]) }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Removes what processes left behind that were killed together with their parent. */
async function sweepSpillFolders(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const owner = /^spill-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && Number(owner) !== process.pid && !isRunning(Number(owner))) {
      await rm(join(dataDir, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, of another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Hands jobs to free processes in the order of their arrival. */
function processPool(config: TablesConfig, spillRoot: string) {
  const queueMax = config.queueMax ?? 256;
  const processes = Array.from({ length: config.processes ?? 2 }, () => tableProcess(HEAP_MIB));
  const slots = callSlots(processes.length, queueMax);
  /** As many as there are slots free. */
  const free: TableProcess[] = [...processes];
  const runOn = async (it: TableProcess, call: Omit<JobCall, "limits">): Promise<unknown> => {
    const spillFolder = join(spillRoot, String(processes.indexOf(it)));
    const partialSuffix = `.partial-${randomUUID()}`;
    try {
      const { memoryLimitMiB, threads } = config;
      return await it.run({ ...call, limits: { memoryLimitMiB, threads, spillFolder, partialSuffix } });
    } catch (error) {
      const { output } = call.plan as Partial<OutputPlan>;
      if (output !== undefined) await rm(output + partialSuffix, { force: true });
      throw error;
    }
  };

  return {
    async run(call: Omit<JobCall, "limits">): Promise<unknown> {
      if (call.signal?.aborted) throw stopped(call.signal.reason);
      return slots.run(call.signal, async () => {
        const it = free.pop();
        invariant(it !== undefined, "a slot was given, and no table process is free");
        try {
          return await runOn(it, call);
        } finally {
          free.push(it);
        }
      });
    },
    async close(): Promise<void> {
      slots.close();
      await Promise.all(processes.map((it) => it.close()));
    },
  };
}
