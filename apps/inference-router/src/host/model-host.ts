import type { Clock } from "@throughline/kernel";
import { modelNotLoadable, modelQuarantined } from "../domain/errors.ts";
import { DEFAULT_EXECUTION } from "../domain/execution-settings.ts";
import type { ExecutionSettings, ModelRun, Priority } from "../domain/model-host.ts";
import type { RunTold } from "../domain/model-statistics.ts";
import type { Signature, Tensor } from "../domain/tensor.ts";
import { type Admission, admission } from "./admission.ts";
import { batchQueue } from "./batch-queue.ts";
import type { DeathRecord } from "./death-record.ts";
import { dispatcher } from "./dispatcher.ts";
import { modelsMemoryFull, processReplaced } from "./errors.ts";
import { type HostTotals, hostTotals } from "./host-totals.ts";
import { firstLife, type LifeOptions, lives, withinRunTime } from "./lives.ts";
import type { BudgetMember, MemoryBudget } from "./memory-budget.ts";
import { type ModelProcess, ProcessDied, type ProcessLimits } from "./model-process.ts";
import { type BatchGoal, pacing } from "./pacing.ts";
import type { Rank } from "./process-priority.ts";
import type { RunLimits } from "./process-runs.ts";
import { answersRowsByThemselves, firstRow } from "./row-independence.ts";

/** What each model may use. */
export interface HostLimits extends RunLimits, ProcessLimits {
  /** Rows that may wait for one model; more are refused with QUEUE_FULL. */
  readonly queueRowsMax: number;
  /** Most rows of different requests in one run. */
  readonly batchRowsMax: number;
  /** Resident bytes of the processes of all models together. */
  readonly modelsBytesMax: number;
}

export interface HostOptions extends Omit<LifeOptions, "rank"> {
  readonly inputWidth: number | undefined;
  readonly limits: HostLimits;
  readonly deaths: DeathRecord;
  readonly clock: Clock;
  readonly budget: MemoryBudget;
}

/** One model over the lives of its processes. */
export interface ModelHost {
  readonly signature: Signature;
  /** See LoadedModel. */
  readonly isRowwise: boolean;
  /** Refusals at the door are thrown at once, and not by the promise. */
  run(request: ModelRun, how: RunFor): Promise<readonly Tensor[]>;
  isReady(): boolean;
  configure(settings: ExecutionSettings): void;
  state(): HostState;
  /** Lets the runs end, and then the processes. */
  close(): Promise<void>;
}

/** What a run is for. */
export interface RunFor {
  /** Hears once of the run that answered. */
  readonly tell: RunTold;
  /** Where the call says none. */
  readonly priority: Priority;
}

/** What a model is doing at the moment. */
export interface HostState {
  readonly processes: number;
  readonly residentBytes: number;
  readonly rowsWaiting: number;
  readonly isAsleep: boolean;
  readonly isQuarantined: boolean;
  readonly totals: Readonly<HostTotals>;
  /** Requests that were refused at the door, by reason. */
  readonly refusals: ReadonlyMap<string, number>;
}

/** Loads a model and keeps it at work: its processes are replaced when they die, with growing pauses, until quarantine. */
export async function openModelHost(options: HostOptions): Promise<ModelHost> {
  const { digest, limits, deaths, budget } = options;
  let settings: ExecutionSettings = DEFAULT_EXECUTION;
  const rank = (): Rank => (settings.isBackground ? "background" : deaths.distrustLeftMs() > 0 ? "probation" : "usual");
  const living: LifeOptions = { ...options, rank };
  const first = await firstLife(living, deaths);
  const { signature } = first;
  const isRowwise = await probe(options, { signature, process: first });
  let isAsleep = false;
  let usedAt = performance.now();
  let lastBytes = first.residentBytes();
  const goalOf = ({ latencyObjectiveMs, batchRowsMax = limits.batchRowsMax }: ExecutionSettings): BatchGoal => ({
    latencyObjectiveMs,
    batchRowsMax,
  });
  let goal = goalOf(settings);
  const pace = pacing(() => goal);
  const queue = batchQueue();
  const totals = hostTotals();
  const grown = (process: ModelProcess): void => void renew(process);
  const dispatch = dispatcher({ queue, pacing: pace, limits, digest, totals, grown });
  const door: Admission = admission({ digest, queue, pacing: pace, limits, isRowwise, dispatch });
  const failAll = (error: Error): void => {
    for (const it of queue.drain()) it.reject(error);
  };
  const life = lives(
    {
      life: living,
      deaths,
      add: dispatch.add,
      retire: dispatch.retire,
      warm: (process) => firstRow({ signature, inputWidth: options.inputWidth, run: process.run }),
      end(process, reason) {
        dispatch.end(process, reason);
        if (reason !== "closed") totals.deaths += 1;
        budget.enforce();
      },
      // Those who wait are served by a process that comes at once; not by one that has to wait.
      stuck: () => failAll(whyNot()),
    },
    first,
  );
  let isRenewing = false;
  /** A process that has grown is replaced before it must be killed. */
  const renew = async (process: ModelProcess): Promise<void> => {
    if (isRenewing || isAsleep) return;
    isRenewing = true;
    await life.replace(process).catch(() => {});
    isRenewing = false;
  };
  const measured = (): number => dispatch.processes().reduce((sum, it) => sum + it.residentBytes(), 0);
  const member: BudgetMember = {
    residentBytes: () => measured() || lastBytes,
    usedAt: () => usedAt,
    maySleep: () => !isAsleep && dispatch.count() > 0 && dispatch.isIdle(),
    sleep() {
      lastBytes = measured();
      isAsleep = true;
      life.keep(0);
    },
    isAsleep: () => isAsleep,
  };
  const wake = (): void => {
    if (!budget.makeRoom(member)) throw door.refused(modelsMemoryFull(digest, limits.modelsBytesMax));
    isAsleep = false;
    life.keep(settings.instances);
  };
  const whyNot = (): Error => {
    const leftMs = deaths.quarantineLeftMs();
    if (leftMs > 0) return modelQuarantined(digest, Math.ceil(leftMs / 1_000));
    return processReplaced(digest, life.pauseMs());
  };
  budget.add(member);
  budget.enforce();

  return {
    signature,
    isRowwise,
    isReady: () => isAsleep || dispatch.count() > 0,
    run(request, { tell, priority }) {
      usedAt = performance.now();
      if (isAsleep) wake();
      if (dispatch.count() === 0 && !life.isComing()) throw door.refused(whyNot());
      return door.enter(request, { tell, priority: request.call?.priority ?? priority });
    },
    configure(next) {
      settings = next;
      goal = goalOf(next);
      if (!isAsleep) life.keep(settings.instances);
      life.rank();
    },
    state: () => ({
      processes: dispatch.count(),
      residentBytes: measured(),
      rowsWaiting: queue.rows(),
      isAsleep,
      isQuarantined: deaths.quarantineLeftMs() > 0,
      totals,
      refusals: door.refusals,
    }),
    async close() {
      budget.remove(member);
      await dispatch.idle();
      await life.close();
    },
  };
}

interface Probed {
  readonly signature: Signature;
  readonly process: ModelProcess;
}

/** The first runs, within the time that a run may take. A model that fails them in a deadly way is not loaded. */
async function probe(options: HostOptions, { signature, process }: Probed): Promise<boolean> {
  const { digest, inputWidth, limits, deaths } = options;
  try {
    const rows = () => answersRowsByThemselves({ signature, inputWidth, run: process.run });
    return await withinRunTime(process, limits, rows);
  } catch (error) {
    process.kill("closed");
    if (!(error instanceof ProcessDied)) throw error;
    deaths.died();
    throw modelNotLoadable(digest, error.message);
  }
}
