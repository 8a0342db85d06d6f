import type { Snapshot } from "./deployment-table.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import type { ExecutionSettings, Priority } from "./model-host.ts";

/** How models are run where nobody has said anything. */
export const DEFAULT_EXECUTION: ExecutionSettings = {
  latencyObjectiveMs: undefined,
  instances: 1,
  priority: "normal",
  batchRowsMax: undefined,
};

const ORDER: readonly Priority[] = ["low", "normal", "high"];

/**
 * What suits all who want something of one model: the tightest objective, the most processes, the highest priority, the
 * smallest bound on a batch, and the background only if that is enough for all. Nobody is served worse than alone. At least one must be given.
 */
export function mergedSettings(all: readonly ExecutionSettings[]): ExecutionSettings {
  return {
    latencyObjectiveMs: least(all.map((it) => it.latencyObjectiveMs)),
    instances: Math.max(...all.map((it) => it.instances)),
    priority: ORDER.findLast((priority) => all.some((it) => it.priority === priority)) ?? "normal",
    batchRowsMax: least(all.map((it) => it.batchRowsMax)),
    ...(all.every((it) => it.isBackground) && { isBackground: true }),
  };
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const given = values.flatMap((it) => it ?? []);
  return given.length === 0 ? undefined : Math.min(...given);
}

/** Tells the models of all releases that serve how the deployments want them to be run. */
export function configureModels(snapshots: readonly Snapshot[]): void {
  const wanted = new Map<LoadedRelease, ExecutionSettings[]>();
  for (const { deployment, routes } of snapshots) {
    for (const { release } of routes) {
      const isBackground = deployment.shadow?.candidate === release.release.name;
      const settings = { ...(deployment.execution ?? DEFAULT_EXECUTION), ...(isBackground && { isBackground }) };
      wanted.set(release, [...(wanted.get(release) ?? []), settings]);
    }
  }
  for (const [release, all] of wanted) release.model.configure(mergedSettings(all));
}
