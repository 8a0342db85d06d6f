import { access, constants, mkdir, readdir, rm, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { badPlan, closed, outputUnwritable } from "../errors.ts";
import { openTables, type TablesConfig } from "../open-tables.ts";
import type { CallOptions, TableEngine } from "../port.ts";
import { callSlots } from "./call-slots.ts";
import { sparkAddress, sparkTransport } from "./connection.ts";
import { joinOnSpark, RESULT_PREFIX } from "./join.ts";
import { rowDigestsOnSpark, rowsIdentityOnSpark } from "./rows-identity.ts";
import { openSparkSession } from "./session.ts";
import type { SparkCall } from "./spark-call.ts";
import { statisticsOnSpark } from "./statistics.ts";

/** What the engine on Spark may use: a Spark Connect server, and what the embedded engine beside it may use. */
export interface SparkTablesConfig extends TablesConfig {
  /** Spark's connection string, `sc://host:port/;token=...;use_ssl=true`. */
  readonly url: string;
  /** An absolute path of a folder that this process and the cluster share, for results on their way; made if absent. */
  readonly exchangeDir: string;
  /** Where the cluster finds a local path, for a shared folder that is mounted elsewhere there. Default: `file:` and the same path. */
  readonly locate?: (path: string) => string;
  /** Calls that use the cluster at once; others wait, up to `queueMax`. Default 4. */
  readonly sparkCalls?: number;
}

/**
 * Opens the engine whose joins, statistics and digests run on Spark, for sources that outgrow one machine. What takes rows from its
 * caller or gives them to it, the oracle, and queries, which are in DuckDB's words, run in an embedded engine of its own. Fails with
 * TABLE_BAD_PLAN for a configuration that cannot be; a server that does not answer fails the calls, with TABLE_ENGINE_DIED.
 */
export async function openSparkTables(config: SparkTablesConfig): Promise<TableEngine> {
  const address = sparkAddress(config.url);
  await openExchange(config.exchangeDir);
  const embedded = await openTables(config);
  const transport = sparkTransport(address);
  const slots = callSlots(config.sparkCalls ?? 4, config.queueMax ?? 256);
  const ended = new AbortController();

  const call = (given: CallOptions = {}): SparkCall => {
    const options = { ...given, onProgress: onlyForward(given.onProgress) };
    const signal = AbortSignal.any([...(given.signal ? [given.signal] : []), ended.signal]);
    const { exchangeDir, locate = (path: string): string => `file:${path}` } = config;
    const { userId } = address;
    const open = () => openSparkSession({ transport, userId, signal, onProgress: options.onProgress });
    return { embedded, exchangeDir, locate, options, open };
  };
  const run = <T>(options: CallOptions | undefined, work: (call: SparkCall) => Promise<T>): Promise<T> =>
    slots.run(options?.signal, () => work(call(options)));

  const close = async (): Promise<void> => {
    slots.close();
    ended.abort(closed());
    await embedded.close();
  };
  return {
    ...embedded,
    pointInTimeJoin: (plan, options) => run(options, (it) => joinOnSpark(it, plan)),
    statistics: (plan, options) => run(options, (it) => statisticsOnSpark(it, plan)),
    rowsIdentity: (plan, options) => run(options, (it) => rowsIdentityOnSpark(it, plan)),
    async *rowDigests(plan, options) {
      const done = await slots.take(options?.signal);
      try {
        yield* rowDigestsOnSpark(call(options), plan);
      } finally {
        done();
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Progress that never goes back, whatever stages a job still finds. */
function onlyForward(tell: CallOptions["onProgress"]): (fraction: number) => void {
  let reached = 0;
  return (fraction) => {
    if (fraction <= reached) return;
    reached = Math.min(1, fraction);
    tell?.(reached);
  };
}

/** A result that is so old is on no way any more: its process was killed, or the cluster wrote on after its call had ended. */
const LEFT_BEHIND_MS = 24 * 60 * 60_000;

async function openExchange(folder: string): Promise<void> {
  if (!isAbsolute(folder)) throw badPlan("exchangeDir", `"${folder}" is not an absolute path`);
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK).catch((error: Error) => {
    throw outputUnwritable(folder, error.message);
  });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Another process may be sweeping, too.
    const found = await stat(path).catch(() => undefined);
    const isOld = found !== undefined && Date.now() - found.mtimeMs > LEFT_BEHIND_MS;
    if (isOld && name.startsWith(RESULT_PREFIX)) await rm(path, { recursive: true, force: true });
  }
}
