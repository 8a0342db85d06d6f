import type { LineageArtifact, LineageEvent } from "@throughline/lineage";
import type { BoundService } from "./feature-service.ts";
import { onDemandViewName, viewName } from "./names.ts";

/** The views behind a feature service as inputs on the thread: the versions are in the roles, so that "trained on version 3" can be asked. */
export function viewInputs({ views, onDemandViews }: Pick<BoundService, "views" | "onDemandViews">): {
  readonly events: readonly LineageEvent[];
  readonly artifacts: readonly LineageArtifact[];
} {
  const all = [
    ...views.map(({ view }) => ({ view, role: "feature_view", resource: viewName })),
    ...onDemandViews.map((view) => ({ view, role: "on_demand_view", resource: onDemandViewName })),
  ];
  return {
    events: all.map(({ view, role }) => ({
      digest: view.digest,
      type: "INPUT",
      role: `${role}.${view.id}.${view.version}`.slice(0, 255),
    })),
    artifacts: all.map(({ view, resource }) => ({
      digest: view.digest,
      kind: "FEATURE_VIEW",
      resource: resource.format({ project: view.project, view: view.id }),
      sizeBytes: 0,
      mediaType: "application/json",
    })),
  };
}
