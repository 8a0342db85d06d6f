/** The program of the engine's process: one job at a time, told and asked over the IPC channel. */
import { isDomainError } from "@throughline/kernel";
import { sendable, stopped } from "../errors.ts";
import { fromArrow, toArrow } from "./arrow.ts";
import { certify } from "./certify.ts";
import { convert } from "./convert.ts";
import { importRows } from "./import-rows.ts";
import { inspect } from "./inspect.ts";
import type { JobContext } from "./job-context.ts";
import { pointInTimeJoin } from "./join.ts";
import { bruteForceJoin } from "./oracle.ts";
import type { FromProcess, JobName, Jobs, ProcessLimits, ToProcess } from "./protocol.ts";
import { query, readRows } from "./query.ts";
import { queryColumns } from "./query-columns.ts";
import { rowDigests, rowsIdentity } from "./row-digests.ts";
import { prepareSession } from "./session.ts";
import { statistics } from "./statistics.ts";
import { writeQuery } from "./write-query.ts";

const JOBS: { readonly [N in JobName]: (plan: Jobs[N]["plan"], context: JobContext) => Promise<Jobs[N]["result"]> } = {
  inspect,
  importRows,
  convert,
  pointInTimeJoin,
  bruteForceJoin,
  certify,
  statistics,
  query,
  writeQuery,
  queryColumns,
  readRows,
  rowDigests,
  rowsIdentity,
  toArrow,
  fromArrow,
};

let cancel = new AbortController();
let answer: PromiseWithResolvers<unknown> | undefined;

process.on("message", (message: ToProcess) => {
  if (message.type === "run") void run(message.job, message.plan, message.limits);
  else if (message.type === "cancel") {
    cancel.abort();
    answer?.reject(stopped(undefined));
  } else answer?.resolve(message.type === "input" ? message.piece : undefined);
});
prepareSession();
// The engine died: nobody wants the result any more.
process.on("disconnect", () => process.exit(0));

const tell = (message: FromProcess): void => void process.send?.(message);

/** Asks the engine for something and waits for its answer. */
async function ask(message: FromProcess): Promise<unknown> {
  cancel.signal.throwIfAborted();
  answer = Promise.withResolvers();
  tell(message);
  return answer.promise;
}

async function run(name: JobName, plan: unknown, limits: ProcessLimits): Promise<void> {
  cancel = new AbortController();
  const context: JobContext = {
    limits,
    signal: cancel.signal,
    progress: (fraction) => tell({ type: "progress", fraction }),
    pull: () => ask({ type: "pull" }),
    output: async (piece) => void (await ask({ type: "output", piece })),
  };
  try {
    const job = JOBS[name] as (plan: unknown, context: JobContext) => Promise<unknown>;
    tell({ type: "done", result: await job(plan, context) });
  } catch (error) {
    if (cancel.signal.aborted) tell({ type: "failed", error: sendable(stopped(undefined)) });
    else if (isDomainError(error)) tell({ type: "failed", error: sendable(error) });
    else {
      const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
      tell({ type: "broken", message, stack });
    }
  }
}
