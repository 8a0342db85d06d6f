import { dirname, join } from "node:path";
import type { BlobStore } from "@throughline/blobs";
import { type Clock, invariant, type NewId, systemClock } from "@throughline/kernel";
import { logUnavailable } from "../domain/errors.ts";
import type { AskedPrediction, Logged, PredictionLog } from "../domain/prediction-log.ts";
import type { SealableLog } from "../domain/sealing/sealable-log.ts";
import { type DeploymentLog, type DeploymentLogOptions, openDeploymentLog } from "./deployment-log.ts";
import { makeFolder } from "./durable-folder.ts";
import { lockFolder } from "./folder-lock.ts";
import { folderName, foldersIn } from "./folders.ts";
import { encodeInputs } from "./inputs-record.ts";
import { type InputCounts, type PayloadStore, payloadStore } from "./payload-store.ts";
import type { Elsewhere } from "./segment.ts";

export interface LogOptions {
  /** Folder of the log; made if it is not there. One process at a time writes to it. */
  readonly dir: string;
  /** A folder above it that was there before anybody made one for the log: with `sync` those below it are on the disk. Unset: the one above. */
  readonly within?: string;
  readonly newId: NewId;
  /** Waits for the disk before an answer leaves: power loss takes nothing, and each write costs a sync. */
  readonly sync: boolean;
  /** A segment that has reached so many bytes is sealed, and the next one begun. Below 4 GiB. */
  readonly segmentBytesMax: number;
  /** Bytes of a deployment's predictions that may wait for the disk; more are refused with PREDICTION_LOG_BUSY. */
  readonly pendingBytesMax: number;
  /** Says in which hour a segment begins. Unset: the system's. */
  readonly clock?: Clock;
  /** Unset: inputs of any size stand in the log, and no segment was ever moved. */
  readonly outside?: OutsideOptions;
}

/** Where the log keeps what is not in its folder. */
export interface OutsideOptions {
  readonly blobs: Pick<BlobStore, "put" | "get" | "delete" | "localFile">;
  /** Folder of inputs that wait for the blob store. */
  readonly inputsDir: string;
  /** Bytes of inputs that may wait for the blob store; more are refused with PREDICTION_INPUTS_WAITING. */
  readonly inputsBytesMax: number;
  readonly retryMs: number;
  readonly onProblem: (subject: string, error: unknown) => void;
}

/** The log, and what else the service needs of it. */
export interface OpenedLog extends PredictionLog, SealableLog {
  /** Digests of all that the log has in the blob store. The first time it reads the log, and later what came since. */
  references(): AsyncIterable<string>;
  /** Predictions since a time that were asked for with a request id, oldest first, among others. */
  withRequests(deployment: string, sinceMs: number): AsyncIterable<AskedPrediction>;
  counts(): LogCounts;
  /** From then on `observe` is told of each entry how long it took to be in the log, in milliseconds. */
  observeAppends(observe: (tookMs: number) => void): void;
  /** Resolves when no inputs wait for the blob store, or one of them could not be stored. */
  inputsSettled(): Promise<void>;
}

export interface LogCounts {
  /** Records that were refused because too many bytes waited for the disk. */
  readonly refusedCount: number;
  /** Unset without a place for large inputs. */
  readonly inputs: InputCounts | undefined;
}

/** Opens the log with what earlier processes left in it. Fails with PREDICTION_LOG_LOCKED. */
export async function openPredictionLog(options: LogOptions): Promise<OpenedLog> {
  const { clock = systemClock, outside } = options;
  const payloads = outside && payloadStore({ ...payloadOptions(outside), sync: options.sync });
  let refusedCount = 0;
  const onRefused = (): void => {
    refusedCount += 1;
  };
  const elsewhere = placesElsewhere(outside, payloads);
  const logs = await deploymentLogs({ ...options, payloads, elsewhere, onRefused, clock });
  await payloads?.recover(async (sinceMs) => {
    const named = new Set<string>();
    for (const log of logs.opened.values()) for await (const it of log.references(sinceMs)) named.add(it);
    return named;
  });
  return {
    ...reading(logs),
    ...writing(logs),
    counts: () => ({ refusedCount, inputs: payloads?.counts() }),
    async *references() {
      for (const log of logs.opened.values()) yield* log.everyReference();
    },
    inputsSettled: async () => payloads?.settled(),
    tornBytes: () => [...logs.opened.values()].reduce((sum, it) => sum + it.tornBytes(), 0),
    async close() {
      await logs.close();
      await payloads?.close();
      await logs.lock.release();
    },
  };
}

type Logs = Awaited<ReturnType<typeof deploymentLogs>>;

/** The logs of all deployments: those that are there, and those that are begun when their first prediction comes. */
async function deploymentLogs(given: LogOptions & Omit<DeploymentLogOptions, "deployment" | "folder" | "onAppended">) {
  const { dir, sync, within = dirname(dir) } = given;
  const observer: { append?: (tookMs: number) => void } = {};
  const onAppended = (calledAt: number): void => observer.append?.(performance.now() - calledAt);
  const options = { ...given, onAppended };
  const logs = new Map<string, Promise<DeploymentLog>>();
  const opened = new Map<string, DeploymentLog>();
  const openLog = (deployment: string, folder: string): Promise<DeploymentLog> => {
    const known = logs.get(deployment);
    if (known) return known;
    const log = openDeploymentLog({ ...options, deployment, folder });
    logs.set(deployment, log);
    log.then(
      (it) => opened.set(deployment, it),
      () => logs.delete(deployment),
    );
    return log;
  };
  await makeFolder(dir, { sync, within }).catch((cause: unknown) => {
    throw logUnavailable(cause);
  });
  const lock = await lockFolder(dir);
  for (const [deployment, folder] of await foldersIn(dir)) await openLog(deployment, folder);
  return {
    opened,
    lock,
    observer,
    of: (deployment: string): Promise<DeploymentLog> =>
      logs.get(deployment) ?? openLog(deployment, join(dir, folderName(deployment))),
    /** The log of a deployment that has one. */
    known(deployment: string): DeploymentLog {
      const log = opened.get(deployment);
      invariant(log, "a segment is of a deployment without a log");
      return log;
    },
    async close(): Promise<void> {
      await Promise.all([...logs.values()].map((it) => it.then((log) => log.close()).catch(() => {})));
    },
  };
}

function writing({ of, opened, known, observer }: Logs) {
  const into = (deployment: string, append: (log: DeploymentLog, calledAt: number) => Promise<Logged>) => {
    const calledAt = performance.now();
    const log = opened.get(deployment);
    // Most find the log open, and have its promise: one that passed it on would cost each of them a turn.
    return log ? append(log, calledAt) : of(deployment).then((it) => append(it, calledAt));
  };
  return {
    append: (deployment, entry) => into(deployment, (log, calledAt) => log.append(entry, calledAt)),
    appendRows: (deployment, entry) => into(deployment, (log, calledAt) => log.appendRows(entry, calledAt)),
    encode: encodeInputs,
    observeAppends(observe) {
      observer.append = observe;
    },
    noteFailure(deployment, failure) {
      of(deployment).then(
        (log) => log.noteFailure(failure),
        () => {},
      );
    },
    appendShadow: async (deployment, shadow) => (await of(deployment)).appendShadow(shadow),
    seal: async (deployment, hoursBeforeMs) => opened.get(deployment)?.seal(hoursBeforeMs),
    moveAway: async (deployment, segment, keep) => known(deployment).moveAway(segment, keep),
  } satisfies Partial<OpenedLog>;
}

function reading({ opened, known }: Logs) {
  return {
    records: (deployment, from) => opened.get(deployment)?.records(from) ?? nothing(),
    shadows: (deployment, window) => opened.get(deployment)?.shadows(window) ?? nothing(),
    async read(deployment, id) {
      const found = await opened.get(deployment)?.find(id);
      return found?.isSampled ? found.prediction : undefined;
    },
    find: async (deployment, id) => opened.get(deployment)?.find(id),
    backwards: async (deployment, page) => (await opened.get(deployment)?.backwards(page)) ?? [],
    shadowsBackwards: async (deployment, page) => (await opened.get(deployment)?.shadowsBackwards(page)) ?? [],
    forwards: (deployment, window) => opened.get(deployment)?.forwards(window) ?? nothing(),
    unsampled: (deployment, window) => opened.get(deployment)?.unsampled(window) ?? nothing(),
    withRequests: (deployment, sinceMs) => opened.get(deployment)?.requests(sinceMs) ?? nothing(),
    segmentDigest: async (deployment, segment) => known(deployment).segmentDigest(segment),
    parts: (deployment) => opened.get(deployment)?.parts() ?? [],
    predictionsOf: (deployment, segments) => known(deployment).predictionsOf(segments),
    unsampledOf: (deployment, segments) => known(deployment).unsampledOf(segments),
    tally: (deployment) => opened.get(deployment)?.tally() ?? new Map(),
    deployments: () => [...opened.keys()],
  } satisfies Partial<OpenedLog>;
}

async function* nothing(): AsyncGenerator<never> {}

const payloadOptions = ({ blobs, inputsDir, inputsBytesMax, retryMs, onProblem }: OutsideOptions) => ({
  blobs,
  retryMs,
  onProblem,
  dir: inputsDir,
  waitingBytesMax: inputsBytesMax,
});

function placesElsewhere(outside: OutsideOptions | undefined, payloads: PayloadStore | undefined): Elsewhere {
  const needed = <T>(it: T | undefined): T => {
    invariant(it !== undefined, "the log refers to a blob store, and was opened without one");
    return it;
  };
  return {
    readInputs: (payload) => needed(payloads).read(payload),
    localCopy: (digest) => needed(outside).blobs.localFile(digest),
  };
}
