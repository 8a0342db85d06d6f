import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "@throughline/blobs";
import type { Clock } from "@throughline/kernel";
import { DEFAULT_EXECUTION, mergedSettings } from "../domain/execution-settings.ts";
import type { ExecutionSettings, LoadedModel, ModelHosts, ModelToLoad } from "../domain/model-host.ts";
import { statisticsCounter } from "../domain/model-statistics.ts";
import type { ExecutionProvider } from "./child-options.ts";
import { type ChildProgram, writeChildProgram } from "./child-program.ts";
import { type DeathRecord, deathRecord, type QuarantineLimits } from "./death-record.ts";
import { memoryBudget } from "./memory-budget.ts";
import { type HostLimits, type HostState, type ModelHost, openModelHost } from "./model-host.ts";

export interface ModelHostsOptions {
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly clock: Clock;
  /** An existing folder for the empty folders that models' processes stand in, and for their program. */
  readonly scratchDir: string;
  readonly limits: HostLimits & QuarantineLimits;
  /** What runs the models, by preference. Default: the processor alone. */
  readonly providers?: readonly ExecutionProvider[];
}

/** The models at work, and how they fare. */
export interface RunningModelHosts extends ModelHosts {
  /** Of each model that is loaded, by project, digest and work. */
  states(): readonly (HostState & Pick<ModelToLoad, "project" | "digest" | "work">)[];
}

interface Shared {
  readonly model: ModelToLoad;
  readonly host: Promise<ModelHost>;
  /** What each holder wants. */
  readonly wanted: Map<object, ExecutionSettings>;
}

/** Loads each model of a project once, however many releases have it. */
export function modelHosts(options: ModelHostsOptions): RunningModelHosts {
  const { blobs, clock, scratchDir, limits, providers = ["cpu"] } = options;
  const shared = new Map<string, Shared>();
  const opened = new Map<Shared, ModelHost>();
  const deaths = new Map<string, DeathRecord>();
  const budget = memoryBudget(limits.modelsBytesMax);
  const programDir = join(scratchDir, "program");
  let written: Promise<ChildProgram> | undefined;
  const program = (): Promise<ChildProgram> => {
    written ??= writeChildProgram(programDir);
    return written;
  };

  const open = (model: ModelToLoad, key: string): Shared => {
    const record = deaths.get(key) ?? deathRecord(limits, clock);
    deaths.set(key, record);
    const { digest, inputWidth } = model;
    const file = () => blobs.localFile(digest);
    const host = openModelHost({
      digest,
      file,
      inputWidth,
      providers,
      scratchDir,
      program,
      limits,
      clock,
      budget,
      deaths: record,
    });
    const entry: Shared = { model, host, wanted: new Map() };
    shared.set(key, entry);
    host.then(
      (it) => opened.set(entry, it),
      () => {
        if (shared.get(key) === entry) shared.delete(key);
      },
    );
    return entry;
  };
  const release = async (key: string, entry: Shared, holder: object): Promise<void> => {
    entry.wanted.delete(holder);
    if (entry.wanted.size > 0) return configure(entry);
    if (shared.get(key) === entry) shared.delete(key);
    await (await entry.host).close();
    opened.delete(entry);
  };
  const configure = (entry: Shared): void => opened.get(entry)?.configure(mergedSettings([...entry.wanted.values()]));

  return {
    async load(model) {
      const key = `${model.project} ${model.digest} ${model.work ?? ""}`;
      const entry = shared.get(key) ?? open(model, key);
      const holder = {};
      entry.wanted.set(holder, DEFAULT_EXECUTION);
      const host = await entry.host;
      const want = (settings: ExecutionSettings): void => {
        if (!entry.wanted.has(holder)) return;
        entry.wanted.set(holder, settings);
        configure(entry);
      };
      return held(host, { clock, want, giveBack: () => release(key, entry, holder) });
    },
    states: () =>
      [...opened].map(
        ([
          {
            model: { project, digest, work },
          },
          host,
        ]) => ({
          project,
          digest,
          ...(work && { work }),
          ...host.state(),
        }),
      ),
    async close() {
      budget.close();
      const hosts = [...shared.values()];
      shared.clear();
      opened.clear();
      await Promise.all(hosts.map((it) => it.host.then((host) => host.close()).catch(() => {})));
      await rm(programDir, { recursive: true, force: true });
    },
  };
}

interface Holder {
  readonly clock: Clock;
  readonly want: (settings: ExecutionSettings) => void;
  readonly giveBack: () => Promise<void>;
}

function held(host: ModelHost, { clock, want, giveBack }: Holder): LoadedModel {
  const counter = statisticsCounter(clock.now);
  let released: Promise<void> | undefined;
  let { priority } = DEFAULT_EXECUTION;
  return {
    signature: host.signature,
    isRowwise: host.isRowwise,
    run: (request) =>
      counter.request(request.tensors[0]?.shape[0] ?? 1, (tell) => host.run(request, { tell, priority })),
    isReady: host.isReady,
    configure(settings) {
      priority = settings.priority;
      want(settings);
    },
    statistics: counter.read,
    release() {
      released ??= giveBack();
      return released;
    },
  };
}
