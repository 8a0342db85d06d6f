import { setTimeout as delay } from "node:timers/promises";
import { createClient, type Transport } from "@connectrpc/connect";
import type { RolloutSummary } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import {
  DeploymentService,
  type WatchDeploymentsResponse,
} from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import type { Release as ReleaseMessage } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { DeploymentTable } from "../domain/deployment-table.ts";
import type { Release } from "../domain/release.ts";
import { deploymentFromProto, releaseFromProto } from "./convert-registry.ts";

export interface WatchOptions {
  readonly registry: Transport;
  readonly table: DeploymentTable;
  /** Pauses before connecting again: the first, doubled after each failure up to the longest. */
  readonly reconnectMs: { readonly least: number; readonly most: number };
  readonly onProblem: (subject: string, error: unknown) => void;
  /** Told of the rollouts that are under way, by the name of their deployment, whenever one of them may have changed. */
  readonly onRollouts: (underWay: ReadonlyMap<string, RolloutSummary>) => void;
}

export interface RegistryWatch {
  /** True once the registry has sent everything that exists, and from then on. */
  isComplete(): boolean;
  close(): Promise<void>;
}

/**
 * Follows what should serve. While the registry is away the table stays as it is; when it is back it sends everything, and
 * what it no longer names is removed then.
 */
export function watchRegistry(options: WatchOptions): RegistryWatch {
  const closing = new AbortController();
  const state = { isComplete: false, rollouts: new Map<string, RolloutSummary>() };
  const done = follow(options, state, closing.signal);
  return {
    isComplete: () => state.isComplete,
    async close() {
      closing.abort();
      await done;
    },
  };
}

interface WatchState {
  isComplete: boolean;
  /** Those that are under way, by deployment. */
  readonly rollouts: Map<string, RolloutSummary>;
}

async function follow(options: WatchOptions, state: WatchState, signal: AbortSignal): Promise<void> {
  const client = createClient(DeploymentService, options.registry);
  let pauseMs = options.reconnectMs.least;
  while (!signal.aborted) {
    try {
      const stream = streamReader(options, state.rollouts);
      for await (const message of client.watchDeployments({ parent: "projects/-" }, { signal })) {
        if (stream.take(message)) {
          state.isComplete = true;
          pauseMs = options.reconnectMs.least;
        }
      }
    } catch (error) {
      if (!signal.aborted) options.onProblem("the registry's stream", error);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, options.reconnectMs.most);
  }
}

/** Takes the messages of one stream; says which one completes what exists. */
function streamReader({ table, onProblem, onRollouts }: WatchOptions, rollouts: Map<string, RolloutSummary>) {
  const seen = new Set<string>();
  let isFirst = true;
  const readRelease = (message: ReleaseMessage): readonly Release[] => {
    try {
      return [releaseFromProto(message)];
    } catch (error) {
      // Its deployments stay as they are; all others go on.
      onProblem(message.name, error);
      return [];
    }
  };
  /** What is no longer told of a deployment is over. */
  const takeRollouts = ({ deployments }: WatchDeploymentsResponse, removed: readonly string[]): void => {
    const told = [...deployments.map((it) => it.name), ...removed];
    const touched = told.some((it) => rollouts.has(it)) || deployments.some((it) => it.rollout);
    for (const it of removed) rollouts.delete(it);
    for (const { name, rollout } of deployments) {
      if (rollout) rollouts.set(name, rollout);
      else rollouts.delete(name);
    }
    if (touched) onRollouts(new Map(rollouts));
  };
  return {
    take(message: WatchDeploymentsResponse): boolean {
      for (const it of message.deployments) seen.add(it.name);
      const completes = message.complete && isFirst;
      if (completes) isFirst = false;
      const gone = completes ? table.names().filter((it) => !seen.has(it)) : [];
      const removed = [...message.removedDeployments, ...gone];
      table.apply({
        deployments: message.deployments.map(deploymentFromProto),
        releases: message.releases.flatMap(readRelease),
        removed,
        isComplete: completes,
      });
      takeRollouts(message, removed);
      return completes;
    },
  };
}
