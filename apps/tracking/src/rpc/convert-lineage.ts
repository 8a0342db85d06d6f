import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Artifact,
  ArtifactKind,
  type ArtifactSchema,
  type EventSchema,
  EventType,
  ExecutionKind,
  type ExecutionSchema,
} from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import type { UploadDeclaration } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import {
  type GetLineageRequest,
  LineageDirection,
  type RecordExecutionRequest,
} from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { invalidField, parseDigest } from "@throughline/kernel";
import {
  ARTIFACT_KINDS,
  EXECUTION_KINDS,
  type ArtifactKind as Kind,
  type LineageArtifact,
  type LineageEvent,
  type LineageExecution,
  type LineageRecord,
  type Walk,
} from "@throughline/lineage";
import { type Caller, fromMs } from "@throughline/rpc";
import type { KnownArtifact } from "../domain/artifact.ts";
import type { Declaration } from "../domain/artifacts.ts";
import { parseProject, projectName } from "../domain/names.ts";
import { checkBelongs } from "../domain/recording.ts";
import type { Thread, ThreadQuery } from "../domain/thread.ts";
import { safeNumber, timeMs } from "./convert-values.ts";

export const artifactToProto = (artifact: KnownArtifact): MessageInitShape<typeof ArtifactSchema> => ({
  project: projectName.format({ project: artifact.project }),
  digest: artifact.digest,
  kind: ArtifactKind[artifact.kind],
  resource: artifact.resource,
  sizeBytes: BigInt(artifact.sizeBytes),
  mediaType: artifact.mediaType,
  createTime: fromMs(artifact.createTimeMs),
});

const executionToProto = (execution: LineageExecution): MessageInitShape<typeof ExecutionSchema> => ({
  id: execution.id,
  project: execution.project,
  kind: ExecutionKind[execution.kind],
  resource: execution.resource,
  actor: execution.actor,
  time: fromMs(execution.timeMs),
});

const eventToProto = (event: Thread["events"][number]): MessageInitShape<typeof EventSchema> => ({
  artifactDigest: event.digest,
  executionId: event.executionId,
  type: EventType[event.type],
  role: event.role,
});

export const threadToProto = ({ artifacts, executions, events, truncated }: Thread) => ({
  artifacts: artifacts.map(artifactToProto),
  executions: executions.map(executionToProto),
  events: events.map(eventToProto),
  truncated,
});

/** The record of a request; `at` comes before the paths of its fields. */
export function recordFromProto({ execution, artifacts, events }: RecordExecutionRequest, at: string): LineageRecord {
  if (execution === undefined) throw invalidField(`${at}execution`, "it is missing");
  const { id, project, resource, actor, time } = execution;
  if (time === undefined) throw invalidField(`${at}execution.time`, "it is missing");
  const kind = EXECUTION_KINDS.find((it) => ExecutionKind[it] === execution.kind);
  if (kind === undefined) throw invalidField(`${at}execution.kind`, "it is not set, or unknown");
  return {
    execution: { id, project, kind, resource, actor, timeMs: timeMs(time, `${at}execution.time`) },
    artifacts: artifacts.map((it, i) => artifactFromProto(it, project, `${at}artifacts[${i}]`)),
    events: events.map(({ artifactDigest, executionId, type, role }, i): LineageEvent => {
      const path = `${at}events[${i}]`;
      checkBelongs(executionId, id, `${path}.execution_id`);
      const digest = parseDigest(artifactDigest, `${path}.artifact_digest`);
      if (type === EventType.INPUT) return { digest, type: "INPUT", role };
      if (type === EventType.OUTPUT) return { digest, type: "OUTPUT", role };
      throw invalidField(`${path}.type`, "it is not set, or unknown");
    }),
  };
}

function artifactFromProto(artifact: Artifact, project: string, path: string): LineageArtifact {
  checkBelongs(artifact.project, project, `${path}.project`);
  const kind = kindOf(artifact.kind);
  if (kind === undefined) throw invalidField(`${path}.kind`, "it is not set, or unknown");
  return {
    digest: parseDigest(artifact.digest, `${path}.digest`),
    kind,
    resource: artifact.resource,
    sizeBytes: safeNumber(artifact.sizeBytes, `${path}.size_bytes`),
    mediaType: artifact.mediaType,
  };
}

const kindOf = (kind: ArtifactKind): Kind | undefined => ARTIFACT_KINDS.find((it) => ArtifactKind[it] === kind);

export const declarationFromProto = (
  { parent, digest, sizeBytes, mediaType, kind }: UploadDeclaration,
  { role }: Pick<Caller, "role">,
): Declaration => ({
  project: parseProject(parent, "declaration.parent"),
  ...(digest !== "" && { digest: parseDigest(digest, "declaration.digest") }),
  ...(sizeBytes !== undefined && { sizeBytes: safeNumber(sizeBytes, "declaration.size_bytes") }),
  mediaType,
  kind: kindOf(kind) ?? "FILE",
  isService: role === Role.SERVICE,
});

const DIRECTIONS: Readonly<Record<LineageDirection, Walk["direction"]>> = {
  [LineageDirection.UNSPECIFIED]: "BOTH",
  [LineageDirection.UPSTREAM]: "UPSTREAM",
  [LineageDirection.DOWNSTREAM]: "DOWNSTREAM",
};

export const threadQueryFromProto = ({
  project,
  start,
  direction,
  depth,
  nodeLimit,
}: GetLineageRequest): ThreadQuery => ({
  project: parseProject(project, "project"),
  start,
  direction: DIRECTIONS[direction],
  depth,
  nodeLimit,
});
