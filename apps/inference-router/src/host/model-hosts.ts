import type { BlobStore } from "@throughline/blobs";
import type { Clock } from "@throughline/kernel";
import type { LoadedModel, ModelHosts, ModelToLoad } from "../domain/model-host.ts";
import { type DeathRecord, deathRecord, type QuarantineLimits } from "./death-record.ts";
import { type HostLimits, type ModelHost, openModelHost } from "./model-host.ts";

export interface ModelHostsOptions {
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly clock: Clock;
  /** An existing folder for the empty folders that models' processes stand in. */
  readonly scratchDir: string;
  readonly limits: HostLimits & QuarantineLimits;
}

interface Shared {
  readonly host: Promise<ModelHost>;
  holders: number;
}

/** Loads each model of a project once, however many releases have it. */
export function modelHosts({ blobs, clock, scratchDir, limits }: ModelHostsOptions): ModelHosts {
  const shared = new Map<string, Shared>();
  const deaths = new Map<string, DeathRecord>();

  const open = (model: ModelToLoad, key: string): Shared => {
    const record = deaths.get(key) ?? deathRecord(limits, clock);
    deaths.set(key, record);
    const { digest, inputWidth } = model;
    const file = () => blobs.localFile(digest);
    const host = openModelHost({ digest, file, inputWidth, scratchDir, limits, deaths: record, clock });
    const entry = { host, holders: 0 };
    shared.set(key, entry);
    host.catch(() => {
      if (shared.get(key) === entry) shared.delete(key);
    });
    return entry;
  };
  const release = async (key: string, entry: Shared): Promise<void> => {
    entry.holders -= 1;
    if (entry.holders > 0) return;
    if (shared.get(key) === entry) shared.delete(key);
    await (await entry.host).close();
  };

  return {
    async load(model) {
      const key = `${model.project} ${model.digest}`;
      const entry = shared.get(key) ?? open(model, key);
      entry.holders += 1;
      const host = await entry.host;
      return held(host, () => release(key, entry));
    },
    async close() {
      const hosts = [...shared.values()];
      shared.clear();
      await Promise.all(hosts.map((it) => it.host.then((host) => host.close()).catch(() => {})));
    },
  };
}

function held(host: ModelHost, giveBack: () => Promise<void>): LoadedModel {
  let released: Promise<void> | undefined;
  return {
    signature: host.signature,
    run: host.run,
    isReady: host.isReady,
    release() {
      released ??= giveBack();
      return released;
    },
  };
}
