import type { FieldViolation } from "@throughline/kernel";
import type { ReleaseManifest } from "./release.ts";
import type { RolloutPlan } from "./rollout-plan.ts";

/** A release whose answers are compared, as far as their intervals and sets follow from it. */
export interface CoveringRelease {
  readonly name: string;
  readonly manifest: Pick<ReleaseManifest, "calibrationDigest">;
}

/** Why the coverage that a plan asks for would never be told: a release answers without intervals and sets. Everything at once. */
export const coverageProblems = (
  plan: Pick<RolloutPlan, "analyses">,
  releases: readonly CoveringRelease[],
): readonly FieldViolation[] =>
  plan.analyses.flatMap(({ source }, i) =>
    source.kind === "INTERVAL_COVERED"
      ? releases
          .filter((it) => it.manifest.calibrationDigest === "")
          .map(({ name }) => ({
            path: `rollout.plan.analyses[${i}].interval_covered`,
            description: `${name} has no calibration, so that its answers have neither intervals nor sets`,
          }))
      : [],
  );
