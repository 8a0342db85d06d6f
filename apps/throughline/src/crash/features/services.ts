import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { type BlobStore, openBlobs } from "@throughline/blobs";
import { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureReferenceService } from "@throughline/contracts/throughline/features/v1/reference_service_pb";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { StorageService } from "@throughline/contracts/throughline/tracking/v1/storage_service_pb";
import {
  type Operation,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { createFeatureStoreService, filesOf, openOnlineBy } from "@throughline/feature-store";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import {
  artifactFinder,
  guard,
  inMemoryTransport,
  lineageSender,
  lineageWalker,
  type Service,
  trustLocalCallers,
} from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { createTrackingService } from "@throughline/tracking";
import { lateTransport } from "../../late-transport.ts";
import type { Place } from "../lines.ts";

/** Tracking and the feature store on the data of a lane, as their callers see them. */
export interface FeatureServices {
  readonly parent: string;
  readonly place: Place;
  /** When opening began. */
  readonly openedMs: number;
  readonly blobs: BlobStore;
  readonly artifacts: Client<typeof ArtifactService>;
  readonly storage: Client<typeof StorageService>;
  readonly features: Client<typeof FeatureStoreService>;
  readonly dataVersions: Client<typeof DataVersionService>;
  readonly definitions: Client<typeof DefinitionService>;
  /** Of the feature store. */
  readonly operations: Client<typeof OperationService>;
  /** Of tracking. */
  readonly storageOperations: Client<typeof OperationService>;
}

/** Waits for the end of an operation. */
export async function ended(
  { operations }: Pick<FeatureServices, "operations">,
  operation: Operation | undefined,
): Promise<Operation | undefined> {
  let last = operation;
  for await (const it of operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
  return last;
}

/** How an operation ended, in words. */
export const outcomeOf = (it: Operation | undefined): string =>
  `${it?.name} is ${it && OperationState[it.state]} ${it?.error?.reason ?? ""}: ${it?.error?.message ?? ""}`;

/** How they are opened. */
export interface Opening {
  /** Removes first what ended processes left, whatever its age. */
  readonly isSwept: boolean;
  readonly onBug: (cause: unknown) => void;
  readonly onProblem: (what: string) => void;
}

/** Small files are merged soon, so that kills meet that too. */
const FILES_MAX = 6;

/** One process at a time uses the online store: none waits long for the one before. */
const OTHERS_MS = 300;

/** Opens tracking and the feature store as the platform does, and nothing else, so that a process is up soon. */
export async function openServices(place: Place, { isSwept, onBug, onProblem }: Opening): Promise<FeatureServices> {
  const { dir } = place;
  const openedMs = systemClock.now();
  mkdirSync(dir, { recursive: true });
  const store = await openStore(place.store);
  const blobs = await openBlobs(place.blobs, { cacheDir: join(dir, "blob-cache"), env: {} });
  const tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 256, threads: 1, processes: 2 });
  const observe = () => ({ bug: onBug, end() {} });
  const reach = (service: Service): Transport =>
    inMemoryTransport(service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })));
  const shared = {
    store,
    blobs,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    // A fixed secret: tokens outlive a process, as the platform's do.
    pageTokens: pageTokens(createHash("sha256").update(dir).digest()),
  };
  const late = lateTransport();
  const references = createClient(FeatureReferenceService, late.transport);
  const others = async (digests: readonly string[]) => {
    const needed = new Set((await references.findReferences({ digests: [...digests] })).digests);
    return digests.filter((it) => needed.has(it)) as never;
  };
  const tracking = reach(await createTrackingService({ ...shared, storage: { others, graceMs: 0 } }));
  const artifacts = artifactFinder(tracking);
  if (isSwept) {
    const files = filesOf({ ...shared, artifacts });
    await files.sweep(0);
    const again = await files.sweep(0);
    if (again.removed > 0) onProblem(`a second sweep still removed ${again.removed} files`);
    await files.close();
  }
  const service = await createFeatureStoreService({
    ...shared,
    artifacts,
    tables,
    onlineDir: join(dir, "online"),
    ...openOnlineBy(place.online ?? "embedded"),
    othersMs: OTHERS_MS,
    filesMax: FILES_MAX,
    recordLineage: lineageSender(tracking),
    lineageWalker: lineageWalker(tracking),
  });
  const features = reach(service);
  late.reach(features);
  return {
    parent: "projects/default",
    place,
    blobs,
    openedMs,
    artifacts: createClient(ArtifactService, tracking),
    storage: createClient(StorageService, tracking),
    storageOperations: createClient(OperationService, tracking),
    features: createClient(FeatureStoreService, features),
    dataVersions: createClient(DataVersionService, features),
    definitions: createClient(DefinitionService, features),
    operations: createClient(OperationService, features),
  };
}
