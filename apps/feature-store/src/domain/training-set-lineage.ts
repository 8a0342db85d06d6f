import type { LineageArtifact, LineageEvent, LineageRecord } from "@throughline/lineage";
import type { BoundService } from "./feature-service.ts";
import { trainingSetName } from "./names.ts";
import type { TrainingSet } from "./training-set.ts";
import { viewInputs } from "./view-lineage.ts";

/** What the lineage of a training set tells. */
export interface TrainingSetLineage {
  readonly trainingSet: TrainingSet;
  readonly bound: Pick<BoundService, "views" | "onDemandViews">;
  readonly certificateBytes: number;
  readonly actor: string;
}

/** A record holds at most 1,000 edges; the segments of a training set that read more go into further executions. */
const SEGMENTS_MAX = 700;

/**
 * The thread from a training set's segments, spine and views to its rows and its certificate. The rows are known by the file
 * that holds them, and by the Merkle root that proves each of them.
 */
export function trainingSetRecords(lineage: TrainingSetLineage): readonly LineageRecord[] {
  const { trainingSet, actor } = lineage;
  const { project, id, segmentDigests } = trainingSet;
  const resource = trainingSetName.format({ project, trainingSet: id });
  const parts = Math.max(1, Math.ceil(segmentDigests.length / SEGMENTS_MAX));
  return Array.from({ length: parts }, (_, part) => ({
    execution: {
      id: `feature-store:training-set:${project}:${id}${part === 0 ? "" : `:${part + 1}`}`,
      project: `projects/${project}`,
      kind: "CREATE_TRAINING_SET",
      resource,
      actor,
      timeMs: trainingSet.createTimeMs,
    },
    artifacts: artifacts(lineage, resource),
    events: [
      ...segmentDigests
        .slice(part * SEGMENTS_MAX, (part + 1) * SEGMENTS_MAX)
        .map((digest): LineageEvent => ({ digest, type: "INPUT", role: "segment" })),
      { digest: trainingSet.spineDigest, type: "INPUT", role: trainingSet.servedRows ? "predictions" : "spine" },
      ...viewInputs(lineage.bound).events,
      { digest: trainingSet.fileDigest, type: "OUTPUT", role: "training_set" },
      { digest: trainingSet.digest, type: "OUTPUT", role: "rows" },
      { digest: trainingSet.certificateDigest, type: "OUTPUT", role: "certificate" },
    ],
  }));
}

function artifacts(lineage: TrainingSetLineage, resource: string): readonly LineageArtifact[] {
  const { trainingSet, bound, certificateBytes } = lineage;
  return [
    ...viewInputs(bound).artifacts,
    {
      digest: trainingSet.fileDigest,
      kind: "TRAINING_SET",
      resource,
      sizeBytes: trainingSet.sizeBytes,
      mediaType: "application/vnd.apache.parquet",
    },
    { digest: trainingSet.digest, kind: "TRAINING_SET", resource, sizeBytes: 0, mediaType: "" },
    {
      digest: trainingSet.certificateDigest,
      kind: "CERTIFICATE",
      resource,
      sizeBytes: certificateBytes,
      mediaType: "application/json",
    },
  ];
}
