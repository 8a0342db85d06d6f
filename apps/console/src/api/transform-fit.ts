import type { JsonObject } from "@bufbuild/protobuf";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import { ArtifactKind, EventType, ExecutionKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import {
  type GetLineageResponse,
  LineageDirection,
} from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { pathOfDownload, projectOf } from "../thread/names.ts";
import { fetchFile, lineage, transforms } from "./clients.ts";

/** A fit with its constants, which are undefined if their file is too large to be read into a page. */
export interface FitWithConstants {
  readonly fit: TransformFit;
  readonly constants: JsonObject | undefined;
}

const FILE_BYTES_MAX = 2 * 1024 * 1024;

/** Loads a fit with its definition and its constants. */
export async function loadFit(name: string, signal: AbortSignal): Promise<FitWithConstants> {
  const { transformFit: fit } = await transforms.getTransformFit({ name }, { signal });
  if (!fit) throw new Error("The answer has no fit.");
  if (fit.sizeBytes > FILE_BYTES_MAX) return { fit, constants: undefined };
  const file = (await fetchFile(pathOfDownload(projectOf(name), fit.digest), signal)) as { constants?: JsonObject };
  return { fit, constants: file.constants };
}

/** What a fit was used for, as the thread tells it. */
export interface FitUses {
  /** Names of model versions that have it in front of them. */
  readonly modelVersions: readonly string[];
  readonly applied: readonly AppliedFit[];
  /** True if the thread goes on beyond what was read. */
  readonly truncated: boolean;
}

/** A training set whose rows were transformed, and the file that this gave. */
export interface AppliedFit {
  readonly trainingSet: string;
  readonly digest: string;
}

const NODES_MAX = 1_000;

/** Follows the thread from a fit to the models in front of which it stands, and to the rows that it was applied to. */
export async function loadUses(fit: TransformFit, signal: AbortSignal): Promise<FitUses> {
  const answer = await lineage.getLineage(
    {
      project: `projects/${projectOf(fit.name)}`,
      start: fit.digest,
      direction: LineageDirection.DOWNSTREAM,
      depth: 2,
      nodeLimit: NODES_MAX,
    },
    { signal },
  );
  return usesOf(answer);
}

function usesOf({ artifacts, executions, events, truncated }: GetLineageResponse): FitUses {
  const madeBy = (kind: ExecutionKind) => {
    const ids = new Set(executions.filter((it) => it.kind === kind).map((it) => it.id));
    return new Set(
      events.filter((it) => it.type === EventType.OUTPUT && ids.has(it.executionId)).map((it) => it.artifactDigest),
    );
  };
  const applied = madeBy(ExecutionKind.APPLY_TRANSFORMS);
  return {
    modelVersions: [
      ...new Set(
        executions.filter((it) => it.kind === ExecutionKind.REGISTER && it.resource !== "").map((it) => it.resource),
      ),
    ],
    applied: artifacts
      .filter((it) => applied.has(it.digest) && it.kind === ArtifactKind.TRAINING_SET)
      .map((it) => ({ trainingSet: it.resource, digest: it.digest })),
    truncated,
  };
}
