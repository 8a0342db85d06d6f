import { randomUUID } from "node:crypto";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  type ExecutePlanResponse,
  type ExecutePlanResponse_ExecutionProgress,
  InterruptRequest_InterruptType,
  SparkConnectService,
  WriteOperation_SaveMode,
} from "@throughline/contracts/spark/connect_pb";
import { isDomainError } from "@throughline/kernel";
import { stopped } from "../errors.ts";
import { answers, type PlanInit, type SessionCalls } from "./execution.ts";
import { isUnanswered, translated, unavailable } from "./failures.ts";

/** A session on the cluster for one call: its settings and views are its own, and end with it. */
export interface SparkSession extends AsyncDisposable {
  /** What a query gives, as Arrow IPC streams in the order of its rows. */
  rows(query: string): AsyncIterable<Uint8Array>;
  /** Names columns of the rows of Parquet files for queries. */
  nameFiles(name: string, files: NamedFiles): Promise<void>;
  /** Writes what a query gives to Parquet files in a new folder, in files that are in order when the rows are. */
  write(query: string, folder: string): Promise<void>;
  /** Queries from here on count as this share of the call's progress. */
  phase(from: number, to: number): void;
}

/** Rows of files of the same columns. */
export interface NamedFiles {
  /** URLs as Spark knows them. */
  readonly paths: readonly string[];
  /** SQL. */
  readonly columns: readonly string[];
}

/** Who calls, for whom, and until when. */
export interface SessionOptions {
  readonly transport: Transport;
  readonly userId: string;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (fraction: number) => void;
}

const CLIENT_TYPE = "throughline";

/** Settings without which values would change on their way, or differ with the cluster's own settings. */
const SETTINGS: Readonly<Record<string, string>> = {
  "spark.sql.session.timeZone": "UTC",
  "spark.sql.ansi.enabled": "true",
  "spark.sql.caseSensitive": "true",
  // Spark has no type for nanoseconds: they are read as the whole numbers that they are in the file.
  "spark.sql.legacy.parquet.nanosAsLong": "true",
  "spark.sql.parquet.mergeSchema": "false",
  "spark.sql.files.ignoreCorruptFiles": "false",
  "spark.sql.files.ignoreMissingFiles": "false",
  "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
  "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
  "spark.sql.parquet.compression.codec": "zstd",
  "spark.sql.files.maxRecordsPerFile": "0",
};

/** What is asked of the server when a call ends may take so long, whatever it was that ended it. */
const FAREWELL_MS_MAX = 2_000;

/** Opens a session. Every method fails as the library's errors say, with TABLE_CANCELLED when the signal fires. */
export async function openSparkSession(options: SessionOptions): Promise<SparkSession> {
  const { signal, userId } = options;
  const client = createClient(SparkConnectService, options.transport);
  const base = { sessionId: randomUUID(), userContext: { userId, userName: userId }, clientType: CLIENT_TYPE };
  const calls = { client, base, signal };
  let phase = { from: 0, to: 1 };
  const tell = (progress: ExecutePlanResponse_ExecutionProgress): void =>
    options.onProgress(phase.from + (phase.to - phase.from) * doneOf(progress));

  await configure(calls);
  return {
    async *rows(query) {
      for await (const { responseType } of execute(calls, { opType: { case: "root", value: sql(query) } })) {
        if (responseType.case === "executionProgress") tell(responseType.value);
        if (responseType.case === "arrowBatch") yield responseType.value.data;
      }
    },
    async nameFiles(name, files) {
      for await (const _ of execute(calls, viewOfFiles(name, files)));
    },
    async write(query, folder) {
      for await (const { responseType } of execute(calls, writing(query, folder))) {
        if (responseType.case === "executionProgress") tell(responseType.value);
      }
    },
    phase(from, to) {
      phase = { from, to };
      options.onProgress(from);
    },
    [Symbol.asyncDispose]: () => farewell(calls),
  };
}

/** A server that is there answers its first question in less, however busy it is; an address behind which nothing is never does. */
const GREETING_MS_MAX = 30_000;

/** Fails with TABLE_ENGINE_UNAVAILABLE when the server does not answer. */
async function configure({ client, base, signal }: SessionCalls): Promise<void> {
  const pairs = Object.entries(SETTINGS).map(([key, value]) => ({ key, value }));
  const operation = { opType: { case: "set" as const, value: { pairs } } };
  const options = { timeoutMs: GREETING_MS_MAX, ...(signal ? { signal } : {}) };
  const greet = async (): Promise<unknown> =>
    client.config({ ...base, operation }, options).catch((error: unknown) => {
      throw isUnanswered(error) ? unavailable(error.rawMessage) : error;
    });
  await told(signal, greet);
}

async function* execute(calls: SessionCalls, plan: PlanInit): AsyncGenerator<ExecutePlanResponse, void, undefined> {
  const stream = answers(calls, plan);
  try {
    for (;;) {
      const next = await told(calls.signal, () => stream.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await stream.return();
  }
}

/** Turns failures into the library's. */
async function told<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    throw signal?.aborted ? ending(signal.reason) : translated(error);
  }
}

async function farewell({ client, base, signal }: SessionCalls): Promise<void> {
  const options = { timeoutMs: FAREWELL_MS_MAX };
  const all = { ...base, interruptType: InterruptRequest_InterruptType.ALL };
  const interrupted = signal?.aborted ? [client.interrupt(all, options)] : [];
  // A server that does not answer ends the session by itself, so there is nothing to do about a failure.
  await Promise.allSettled([...interrupted, client.releaseSession(base, options)]);
}

/** The engine closes its calls with an error of its own; callers stop theirs with reasons of all kinds. */
const ending = (reason: unknown): unknown => (isDomainError(reason) ? reason : stopped(reason));

const sql = (query: string) => ({ relType: { case: "sql" as const, value: { query } } });

function viewOfFiles(name: string, { paths, columns }: NamedFiles): PlanInit {
  const dataSource = { format: "parquet", paths: [...paths] };
  const read = { readType: { case: "dataSource" as const, value: dataSource } };
  const input = { relType: { case: "read" as const, value: read } };
  const expressions = columns.map((expression) => ({
    exprType: { case: "expressionString" as const, value: { expression } },
  }));
  const project = { relType: { case: "project" as const, value: { input, expressions } } };
  const view = { input: project, name, isGlobal: false, replace: true };
  return { opType: { case: "command", value: { commandType: { case: "createDataframeView", value: view } } } };
}

function writing(query: string, folder: string): PlanInit {
  const write = {
    input: sql(query),
    source: "parquet",
    saveType: { case: "path" as const, value: folder },
    mode: WriteOperation_SaveMode.ERROR_IF_EXISTS,
  };
  return { opType: { case: "command", value: { commandType: { case: "writeOperation", value: write } } } };
}

/** Spark tells of stages as it comes to them, and of a small one first: without this, its end would look like that of all. */
const TASKS_MIN = 50;

/** Of the tasks that are known so far; stages that are still to come are not. */
function doneOf({ stages }: ExecutePlanResponse_ExecutionProgress): number {
  const tasks = stages.reduce((sum, it) => sum + Number(it.numTasks), 0);
  const done = stages.reduce((sum, it) => sum + Number(it.numCompletedTasks), 0);
  return done / Math.max(tasks, TASKS_MIN);
}
