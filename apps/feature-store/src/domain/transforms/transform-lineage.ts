import type { Digest } from "@throughline/kernel";
import { digestOfBytes } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import { trainingSetName, transformFitName } from "../names.ts";
import type { TrainingSet } from "../training-set.ts";
import type { TransformFit } from "./transform-fit.ts";

/** The thread from a training set to what was learned from it. */
export function fitRecord(fit: TransformFit): LineageRecord {
  const { project, id, digest, sizeBytes, actor, createTimeMs: timeMs } = fit;
  const resource = transformFitName.format({ project, transformFit: id });
  return {
    execution: {
      id: `feature-store:transform-fit:${project}:${id}`,
      project: `projects/${project}`,
      kind: "FIT_TRANSFORMS",
      resource,
      actor,
      timeMs,
    },
    artifacts: [{ digest, kind: "TRANSFORM_FIT", resource, sizeBytes, mediaType: "application/json" }],
    events: [
      { digest: fit.trainingSetFileDigest, type: "INPUT", role: "training_set" },
      { digest, type: "OUTPUT", role: "transform_fit" },
    ],
  };
}

/** What was applied to what, and the file that it gave. */
export interface Applying {
  readonly fit: TransformFit;
  readonly trainingSet: TrainingSet;
  readonly file: { readonly digest: Digest; readonly sizeBytes: number };
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
  readonly timeMs: number;
}

/** The thread from a training set and a fit to the transformed rows. */
export function appliedRecord({ fit, trainingSet, file, actor, operation, timeMs }: Applying): LineageRecord {
  const { project } = fit;
  const resource = trainingSetName.format({ project, trainingSet: trainingSet.id });
  const mediaType = "application/vnd.apache.parquet";
  return {
    execution: {
      id: `feature-store:transform:${digestOfBytes(operation).slice("sha256:".length)}`,
      project: `projects/${project}`,
      kind: "APPLY_TRANSFORMS",
      resource,
      actor,
      timeMs,
    },
    artifacts: [{ digest: file.digest, kind: "TRAINING_SET", resource, sizeBytes: file.sizeBytes, mediaType }],
    events: [
      { digest: trainingSet.fileDigest, type: "INPUT", role: "training_set" },
      { digest: fit.digest, type: "INPUT", role: "transform_fit" },
      { digest: file.digest, type: "OUTPUT", role: "transformed" },
    ],
  };
}
