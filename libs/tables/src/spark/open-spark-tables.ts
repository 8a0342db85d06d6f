import { access, constants, mkdir, readdir, rm, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { callSlots } from "../call-slots.ts";
import { badPlan, closed, outputUnwritable } from "../errors.ts";
import type { CallOptions, RowsPlan, TableEngine } from "../port.ts";
import { sparkAddress, sparkTransport } from "./connection.ts";
import { joinOnSpark, RESULT_PREFIX } from "./join.ts";
import { rowDigestsOnSpark, rowsIdentityOnSpark } from "./rows-identity.ts";
import { openSparkSession } from "./session.ts";
import { COPY_PREFIX, EVERYWHERE, type Locate, locateIn, type SharedFolder, shareFiles } from "./shared-files.ts";
import { TRIAL_PREFIX, tryExchange } from "./shared-folder.ts";
import type { SparkCall } from "./spark-call.ts";
import { statisticsOnSpark } from "./statistics.ts";

/** What the engine on Spark uses. */
export interface SparkTablesConfig {
  /** Spark's connection string, `sc://host:port/;token=...;use_ssl=true`. */
  readonly url: string;
  /** The engine of this process, for all that Spark does not do. It stays open when this one closes. */
  readonly embedded: TableEngine;
  /** An absolute path of a folder that this process and the cluster share, for results on their way; made if absent. */
  readonly exchangeDir: string;
  /** What else they share, and the exchange folder if it is called otherwise there. Default: all paths are the same files. */
  readonly shared?: readonly SharedFolder[];
  /** Calls that use the cluster at once; others wait, up to `queueMax`. Default 4. */
  readonly sparkCalls?: number;
  /** Calls that may wait; one more fails with TABLE_QUEUE_FULL. Default 256. */
  readonly queueMax?: number;
}

/** The engine on Spark. */
export interface SparkTables extends TableEngine {
  /** Succeeds when the server has answered and shares the exchange folder, once and for all: later outages fail calls alone. */
  ready(): Promise<void>;
}

/**
 * Opens the engine whose joins, statistics and digests run on Spark, for sources that outgrow one machine. What takes rows from its
 * caller or gives them to it, the oracle, and queries, which are in DuckDB's words, run in the embedded engine. Fails with
 * TABLE_BAD_PLAN for a configuration that cannot be. Calls fail with TABLE_ENGINE_UNAVAILABLE when the server does not answer,
 * and with TABLE_NOT_SHARED when it does not see their files.
 */
export async function openSparkTables(config: SparkTablesConfig): Promise<SparkTables> {
  const address = sparkAddress(config.url);
  const { embedded, exchangeDir, shared = EVERYWHERE } = config;
  await openExchange(exchangeDir);
  const [inShared, inExchange] = [locateIn(shared), locateIn([{ folder: exchangeDir, url: `file:${exchangeDir}` }])];
  const locate: Locate = (path) => inShared(path) ?? inExchange(path);
  const transport = sparkTransport(address);
  const slots = callSlots(config.sparkCalls ?? 4, config.queueMax ?? 256);
  const ended = new AbortController();
  let isProven = false;

  const begin = async (given: CallOptions = {}): Promise<SparkCall & AsyncDisposable> => {
    const signal = AbortSignal.any([...(given.signal ? [given.signal] : []), ended.signal]);
    const options = { signal, onProgress: onlyForward(given.onProgress) };
    const open = (onProgress: (fraction: number) => void) => () =>
      openSparkSession({ transport, userId: address.userId, signal, onProgress });
    const files = shareFiles(locate, exchangeDir);
    const call = { embedded, exchangeDir, files, options };
    if (!isProven) await tryExchange({ ...call, open: open(() => {}) });
    isProven = true;
    return {
      ...call,
      open: open(options.onProgress),
      [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
    };
  };
  const run = <T>(options: CallOptions | undefined, work: (call: SparkCall) => Promise<T>): Promise<T> =>
    slots.run(options?.signal, async () => {
      try {
        await using call = await begin(options);
        return await work(call);
      } catch (error) {
        // What runs in the embedded engine knows of no closing.
        throw ended.signal.aborted ? closed() : error;
      }
    });
  /** Digests are the same from both: those of files that Spark does not see, such as results of this process, are not sent there. */
  const isSeen = ({ segments }: RowsPlan): boolean => segments.every((it) => locate(it) !== undefined);

  let trying: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    slots.close();
    ended.abort(closed());
  };
  return {
    ...embedded,
    pointInTimeJoin: (plan, options) => run(options, (it) => joinOnSpark(it, plan)),
    statistics: (plan, options) => run(options, (it) => statisticsOnSpark(it, plan)),
    rowsIdentity: (plan, options) =>
      isSeen(plan) ? run(options, (it) => rowsIdentityOnSpark(it, plan)) : embedded.rowsIdentity(plan, options),
    async *rowDigests(plan, options) {
      if (!isSeen(plan)) return yield* embedded.rowDigests(plan, options);
      const done = await slots.take(options?.signal);
      try {
        await using call = await begin(options);
        yield* rowDigestsOnSpark(call, plan);
      } finally {
        done();
      }
    },
    async ready() {
      if (isProven) return;
      trying ??= run(undefined, async () => {}).finally(() => {
        trying = undefined;
      });
      return trying;
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
    const isOurs = [RESULT_PREFIX, COPY_PREFIX, TRIAL_PREFIX].some((it) => name.startsWith(it));
    if (isOld && isOurs) await rm(path, { recursive: true, force: true });
  }
}
