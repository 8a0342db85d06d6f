import { setTimeout as delay } from "node:timers/promises";
import { createClient, type Transport } from "@connectrpc/connect";
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
  const state = { isComplete: false };
  const done = follow(options, state, closing.signal);
  return {
    isComplete: () => state.isComplete,
    async close() {
      closing.abort();
      await done;
    },
  };
}

async function follow(options: WatchOptions, state: { isComplete: boolean }, signal: AbortSignal): Promise<void> {
  const client = createClient(DeploymentService, options.registry);
  let pauseMs = options.reconnectMs.least;
  while (!signal.aborted) {
    try {
      const stream = streamReader(options);
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
function streamReader({ table, onProblem }: WatchOptions) {
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
  return {
    take(message: WatchDeploymentsResponse): boolean {
      for (const it of message.deployments) seen.add(it.name);
      const completes = message.complete && isFirst;
      if (completes) isFirst = false;
      const gone = completes ? table.names().filter((it) => !seen.has(it)) : [];
      table.apply({
        deployments: message.deployments.map(deploymentFromProto),
        releases: message.releases.flatMap(readRelease),
        removed: [...message.removedDeployments, ...gone],
        isComplete: completes,
      });
      return completes;
    },
  };
}
