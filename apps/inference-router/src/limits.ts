import { totalmem } from "node:os";
import { LIMITS } from "@throughline/kernel";

const MIB = 1024 * 1024;

/** What the router may use, with the values that it has unless it is told otherwise. Times in milliseconds. */
export const ROUTER_LIMITS = {
  /** Resident bytes of one model's process. */
  memoryBytesMax: 1024 * MIB,
  /** Resident bytes of the processes of all models: half of what there is. Idle models are unloaded to keep to it. */
  modelsBytesMax: Math.floor(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2),
  /** How long starting a process and loading a model may take. */
  loadMsMax: 60_000,
  /** How long one run may take before the model's process is killed. */
  runMsMax: LIMITS.deadlineMsDefault,
  /** Most rows of different requests in one run. */
  batchRowsMax: 32,
  /** Rows that may wait for one model. */
  queueRowsMax: 1_024,
  /** So many deaths of a model's processes within `deathsWindowMs` switch it off for `quarantineMs`. */
  deathsMax: 3,
  deathsWindowMs: 60_000,
  quarantineMs: 60_000,
  /** How long a release stays loaded that nothing needs any more. */
  unloadGraceMs: 30_000,
  /** Releases that are kept loaded ahead of traffic. */
  preloadsMax: 16,
  /** Mirrors of answers that are at work at the same time, and that wait; more are left out and counted. */
  mirrorsWorkingMax: 8,
  mirrorsWaitingMax: 256,
  /** How long a mirror of a shadow rollout may take. */
  mirrorMsMax: LIMITS.deadlineMsDefault,
  /** How old what a bandit knows may be, where several routers learn on one store. */
  banditsRefreshMs: 1_000,
  /** Pause between two looks at the evidence of a rollout, and between two decisions about it that change nothing. */
  analysisLookMs: 1_000,
  analysisTellMs: 10_000,
  /** Pause between two questions to Prometheus about a rollout, how long an answer may take, and its size. */
  measureMs: 10_000,
  measureMsMax: 5_000,
  measureBytesMax: MIB,
  /** First pause before loading again what could not be loaded; it doubles up to a minute. */
  retryMs: 1_000,
  /** Rows of a batch that are answered anew after a kill, at most. */
  batchPartRows: 10_000,
  /** Pauses before connecting to the registry again. */
  reconnectMsLeast: 100,
  reconnectMsMost: 5_000,
  /** Request ids that are remembered; with more of them within 24 h the oldest are forgotten. */
  requestIdsMax: 500_000,
  /** A log segment of so many bytes is sealed. */
  segmentBytesMax: 64 * MIB,
  /** Bytes of a deployment's predictions that may wait for the disk. */
  logPendingBytesMax: 64 * MIB,
  /** Bytes of inputs too large for the log that may wait for the blob store. */
  inputsBytesMax: 256 * MIB,
  /** Pause between two looks at what of the log can be sealed. */
  sealLookMs: 60_000,
  /** How long sealed parts of the log stay on this machine; then they are in the blob store alone. */
  logLocalMs: 30 * 24 * 3_600_000,
} as const;

export type RouterLimits = { readonly [K in keyof typeof ROUTER_LIMITS]: number };
