import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ArtifactKind, EventType, ExecutionKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageDirection, LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import type { Digest } from "@throughline/kernel";
import { type FoundServiceColumns, serviceColumns } from "./service-columns.ts";
import { fromMs } from "./time.ts";

/** What the platform knows of an artifact. */
export interface FoundArtifact {
  readonly sizeBytes: number;
  readonly kind: Exclude<keyof typeof ArtifactKind, "UNSPECIFIED">;
}

/** Tells which digests a project knows, by asking the tracking service. */
export function artifactFinder(tracking: Transport): {
  find(project: string, digest: Digest): Promise<FoundArtifact | undefined>;
} {
  const client = createClient(ArtifactService, tracking);
  return {
    async find(project, digest) {
      const name = `${project.startsWith("projects/") ? project : `projects/${project}`}/artifacts/${digest}`;
      const found = await client.getArtifact({ name }, CALL).catch(undefinedIfAbsent);
      if (!found?.artifact) return undefined;
      const { sizeBytes, kind } = found.artifact;
      return { sizeBytes: Number(sizeBytes), kind: ArtifactKind[kind] as FoundArtifact["kind"] };
    },
  };
}

/** A lineage record as it is sent; the type of @throughline/lineage fits. */
export interface SentLineageRecord {
  readonly execution: {
    readonly id: string;
    readonly project: string;
    readonly kind: keyof typeof ExecutionKind;
    readonly resource: string;
    readonly actor: string;
    readonly timeMs: number;
  };
  readonly artifacts: readonly {
    readonly digest: string;
    readonly kind: keyof typeof ArtifactKind;
    readonly resource: string;
    readonly sizeBytes: number;
    readonly mediaType: string;
  }[];
  readonly events: readonly { readonly digest: string; readonly type: keyof typeof EventType; readonly role: string }[];
}

/** Brings records to the lineage graph; the type of @throughline/lineage fits. */
export interface LineageSender {
  (record: SentLineageRecord): Promise<void>;
  /** Several records of one project, at most 100, all or nothing. */
  readonly together: (records: readonly SentLineageRecord[]) => Promise<void>;
}

/** Sends what a service did to the lineage graph, which checks it. */
export function lineageSender(tracking: Transport): LineageSender {
  const client = createClient(LineageService, tracking);
  const send = async (record: SentLineageRecord): Promise<void> => {
    await client.recordExecution(recordToProto(record), CALL);
  };
  const together: LineageSender["together"] = async (records) => {
    const [first] = records;
    if (first === undefined) return;
    await client.recordExecutions({ parent: first.execution.project, records: records.map(recordToProto) }, CALL);
  };
  return Object.assign(send, { together });
}

function recordToProto({ execution, artifacts, events }: SentLineageRecord) {
  const { id, project, resource, actor, timeMs } = execution;
  return {
    execution: { id, project, resource, actor, kind: ExecutionKind[execution.kind], time: fromMs(timeMs) },
    artifacts: artifacts.map((it) => ({
      ...it,
      project,
      kind: ArtifactKind[it.kind],
      sizeBytes: BigInt(it.sizeBytes),
    })),
    events: events.map((it) => ({
      artifactDigest: it.digest,
      executionId: id,
      type: EventType[it.type],
      role: it.role,
    })),
  };
}

/** What the registry needs to know of a feature service. */
export interface FoundFeatureService {
  readonly version: number;
  readonly digest: string;
  readonly views: readonly FoundView[];
  readonly onDemandViews: readonly FoundView[];
  /** All features, in the order of the model's input. */
  readonly features: readonly string[];
  /** Those of them that come with the request. */
  readonly requestFeatures: readonly string[];
}

/** A version of a view. */
export interface FoundView {
  readonly view: string;
  readonly version: number;
  readonly digest: string;
}

/** Finds feature services by asking the feature store. Version 0 is the newest. */
export function featureServiceFinder(features: Transport): {
  find(name: string, version: number): Promise<FoundFeatureService | undefined>;
  columns(name: string, version: number): Promise<FoundServiceColumns | undefined>;
} {
  const client = createClient(FeatureStoreService, features);
  const clients = { features: client, definitions: createClient(DefinitionService, features) };
  return {
    columns: (name, version) => serviceColumns(clients, { name, version }, CALL).catch(undefinedIfAbsent),
    async find(name, version) {
      const found = await client.getFeatureService({ name, version: BigInt(version) }, CALL).catch(undefinedIfAbsent);
      const service = found?.featureService;
      return (
        service && {
          version: Number(service.version),
          digest: service.digest,
          views: service.views.map(pinnedView),
          onDemandViews: service.onDemandViews.map(pinnedView),
          features: service.features,
          // What only on-demand views read comes with the request, too, and is no feature.
          requestFeatures: service.requestFeatures.map((it) => it.name).filter((it) => service.features.includes(it)),
        }
      );
    },
  };
}

const pinnedView = ({
  view,
  version,
  digest,
}: Omit<FoundView, "version"> & { readonly version: bigint }): FoundView => ({
  view,
  digest,
  version: Number(version),
});

/** A service that asks another waits no longer than this. */
const CALL = { timeoutMs: 10_000 } as const;

function undefinedIfAbsent(error: unknown): undefined {
  if (ConnectError.from(error).code !== Code.NotFound) throw error;
  return undefined;
}

/** What was made of an artifact. */
export interface FoundDownstream {
  readonly artifacts: readonly {
    readonly digest: Digest;
    readonly kind: Exclude<keyof typeof ArtifactKind, "UNSPECIFIED">;
    readonly resource: string;
  }[];
  readonly executions: readonly {
    readonly kind: Exclude<keyof typeof ExecutionKind, "UNSPECIFIED">;
    readonly resource: string;
  }[];
  /** True if there is more than one walk tells. */
  readonly isTruncated: boolean;
}

/** Walks the thread from an artifact to everything that was made of it, by asking the tracking service. */
export function lineageWalker(tracking: Transport): {
  downstream(project: string, digest: Digest): Promise<FoundDownstream>;
} {
  const client = createClient(LineageService, tracking);
  return {
    async downstream(project, digest) {
      const walk = { start: digest, direction: LineageDirection.DOWNSTREAM, depth: 100, nodeLimit: 5_000 };
      const found = await client.getLineage({ project: `projects/${project}`, ...walk }, WALK);
      return {
        artifacts: found.artifacts.map((it) => ({
          digest: it.digest as Digest,
          kind: ArtifactKind[it.kind] as FoundArtifact["kind"],
          resource: it.resource,
        })),
        executions: found.executions.map((it) => ({
          kind: ExecutionKind[it.kind] as Exclude<keyof typeof ExecutionKind, "UNSPECIFIED">,
          resource: it.resource,
        })),
        isTruncated: found.truncated,
      };
    },
  };
}

/** A walk over thousands of things takes longer than a question. */
const WALK = { timeoutMs: 60_000 } as const;
