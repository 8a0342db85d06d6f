import { digestOfBytes } from "@throughline/kernel";
import type { LineageArtifact, LineageRecord } from "@throughline/lineage";
import type { TreeFile } from "./file-tree.ts";
import { projectName } from "./names.ts";
import { recipeArtifacts } from "./recipe.ts";
import { nameOf, type Run } from "./run.ts";

/** Longest role of an edge, in bytes of its JSON text: thousands of edges have to fit into one document. */
const ROLE_BYTES_MAX = 255;

/** Files that a run read and made, those of logged models among them. */
export interface RecordedFiles {
  readonly inputs: readonly TreeFile[];
  readonly outputs: readonly TreeFile[];
}

/** What a run tells the thread: data sets, models and what its recipe refers to are inputs, files and models outputs. */
export function runRecord(run: Run, files: RecordedFiles, timeMs: number): LineageRecord {
  const resource = nameOf(run);
  const datasets = run.datasets.flatMap(({ digest, displayName, context }) =>
    digest === "" ? [] : [{ digest, displayName, context }],
  );
  return {
    execution: {
      id: executionId(run),
      project: projectName.format({ project: run.project }),
      kind: "RUN",
      resource,
      actor: run.actor,
      timeMs,
    },
    artifacts: [
      ...datasets.map(({ digest, displayName }) => artifactOf({ digest, sizeBytes: 0, mediaType: "" }, displayName)),
      ...files.outputs.map((it) => ({ ...artifactOf(it, resource), kind: "FILE" as const })),
    ],
    events: [
      ...datasets.map(({ digest, context }) => ({ digest, type: "INPUT" as const, role: context || "dataset" })),
      ...(run.recipe === undefined ? [] : recipeArtifacts(run.recipe)).map(({ digest, role }) => ({
        digest,
        type: "INPUT" as const,
        role,
      })),
      ...files.inputs.map(({ digest, path }) => ({ digest, type: "INPUT" as const, role: roleOf(path) })),
      ...files.outputs.map(({ digest, path }) => ({ digest, type: "OUTPUT" as const, role: roleOf(path) })),
    ],
  };
}

const artifactOf = (
  { digest, sizeBytes, mediaType }: Pick<LineageArtifact, "digest" | "sizeBytes" | "mediaType">,
  resource: string,
): LineageArtifact => ({ digest, kind: "DATASET", resource, sizeBytes, mediaType });

/** `run:p:01j...:1`. Names with other characters than ids of executions may have are told by their digest. */
function executionId(run: Run): string {
  const id = `run:${run.project}:${run.id}:${run.recordings}`;
  return /^[a-z0-9._:-]{1,256}$/.test(id) ? id : `run:${digestOfBytes(nameOf(run))}:${run.recordings}`;
}

const roleOf = (path: string): string => (Buffer.byteLength(JSON.stringify(path)) > ROLE_BYTES_MAX ? "file" : path);
