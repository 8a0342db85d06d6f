import { createHash } from "node:crypto";
import { mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { invariant, type NewId } from "@throughline/kernel";
import { logUnavailable } from "../domain/errors.ts";
import type { Prediction } from "../domain/prediction.ts";
import type { PredictionLog } from "../domain/prediction-log.ts";
import { type DeploymentLog, openDeploymentLog } from "./deployment-log.ts";
import { lockFolder } from "./folder-lock.ts";
import type { SegmentHeader } from "./records.ts";
import { frameAt } from "./segment-reader.ts";

export interface LogOptions {
  /** Folder of the log; made if it is not there. One process at a time writes to it. */
  readonly dir: string;
  readonly newId: NewId;
  /** Waits for the disk before an answer leaves: power loss takes nothing, and each write costs a sync. */
  readonly sync: boolean;
  /** A segment that has reached so many bytes is sealed, and the next one begun. Below 4 GiB. */
  readonly segmentBytesMax: number;
  /** Bytes of a deployment's predictions that may wait for the disk; more are refused with PREDICTION_LOG_BUSY. */
  readonly pendingBytesMax: number;
}

/** The log, and what else the service needs of it when it starts. */
export interface OpenedLog extends PredictionLog {
  /** Predictions since a time that were asked for with a request id, oldest first, among others. */
  withRequests(deployment: string, sinceMs: number): AsyncIterable<Prediction>;
}

/** Opens the log with what earlier processes left in it. Fails with PREDICTION_LOG_LOCKED. */
export async function openPredictionLog(options: LogOptions): Promise<OpenedLog> {
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
  const of = (deployment: string): Promise<DeploymentLog> =>
    logs.get(deployment) ?? openLog(deployment, join(options.dir, folderName(deployment)));

  await mkdir(options.dir, { recursive: true }).catch((cause: unknown) => {
    throw logUnavailable(cause);
  });
  const lock = await lockFolder(options.dir);
  for (const [deployment, folder] of await foldersIn(options.dir)) await openLog(deployment, folder);

  return {
    append: async (deployment, entry) => (await of(deployment)).append(entry),
    noteFailure(deployment, failure) {
      of(deployment).then(
        (log) => log.noteFailure(failure),
        () => {},
      );
    },
    appendShadow: async (deployment, shadow) => (await of(deployment)).appendShadow(shadow),
    records: (deployment, from) => opened.get(deployment)?.records(from) ?? nothing(),
    shadows: (deployment, window) => opened.get(deployment)?.shadows(window) ?? nothing(),
    read: async (deployment, id) => opened.get(deployment)?.read(id),
    backwards: async (deployment, page) => (await opened.get(deployment)?.backwards(page)) ?? [],
    shadowsBackwards: async (deployment, page) => (await opened.get(deployment)?.shadowsBackwards(page)) ?? [],
    forwards: (deployment, window) => opened.get(deployment)?.forwards(window) ?? nothing(),
    withRequests: (deployment, sinceRequestMs) => opened.get(deployment)?.forwards({ sinceRequestMs }) ?? nothing(),
    seal: async (deployment) => opened.get(deployment)?.seal(),
    async segmentDigest(deployment, segment) {
      const log = opened.get(deployment);
      invariant(log, "a segment is of a deployment without a log");
      return log.segmentDigest(segment);
    },
    tally: (deployment) => opened.get(deployment)?.tally() ?? new Map(),
    deployments: () => [...opened.keys()],
    tornBytes: () => [...opened.values()].reduce((sum, it) => sum + it.tornBytes(), 0),
    async close() {
      await Promise.all([...logs.values()].map((it) => it.then((log) => log.close()).catch(() => {})));
      await lock.release();
    },
  };
}

async function* nothing(): AsyncGenerator<never> {}

/** A folder for each deployment: readable, and never the same for two, whatever the file system makes of letters. */
function folderName(deployment: string): string {
  const readable = deployment
    .replace(/^projects\/|\/deployments(?=\/)/g, "")
    .replaceAll("/", ".")
    .toLowerCase();
  const hash = createHash("sha256").update(deployment).digest("hex").slice(0, 16);
  return `${readable.slice(0, 100)}.${hash}`;
}

async function foldersIn(dir: string): Promise<readonly (readonly [deployment: string, folder: string])[]> {
  const found = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(dir, entry.name);
    const deployment = await deploymentOf(folder);
    if (deployment !== undefined) found.push([deployment, folder] as const);
  }
  return found;
}

/** The deployment that the first readable segment of a folder names; undefined if nothing was ever written to it. */
async function deploymentOf(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((it) => it.endsWith(".log")).sort();
  for (const name of names) {
    const file = await open(join(folder, name), "r");
    try {
      const { size } = await file.stat();
      const frame = await frameAt(file, 0, size);
      if (frame?.kind === "segment") return (JSON.parse(frame.payload.toString("utf8")) as SegmentHeader).deployment;
    } finally {
      await file.close();
    }
  }
  return undefined;
}
