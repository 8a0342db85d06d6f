import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@connectrpc/connect";
import { type BlobStore, openBlobs } from "@throughline/blobs";
import { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessService } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { PrivacyService } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { TransformService } from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { type Operation, OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { type Clock, type Digest, pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { KeyRing } from "@throughline/privacy";
import { guard, inMemoryTransport, trustLocalCallers } from "@throughline/rpc";
import { openSqliteStore, type Store } from "@throughline/store";
import { type Column, openTables, type ProjectEngines, type Row, type TableEngine } from "@throughline/tables";
import type { Log, Telemetry } from "@throughline/telemetry";
import type { ArtifactFinder } from "./domain/load-source.ts";
import { createFeatureStoreService } from "./service.ts";
import { openLmdbOnlineStore } from "./store/lmdb-online-store.ts";
import { recordWalker } from "./testing-lineage.ts";
import { ended } from "./testing-operations.ts";

/** A feature store in this process, with real stores in a folder of its own. */
export interface TestPlatform {
  readonly features: Client<typeof FeatureStoreService>;
  readonly dataVersions: Client<typeof DataVersionService>;
  readonly definitions: Client<typeof DefinitionService>;
  readonly freshness: Client<typeof FreshnessService>;
  readonly transforms: Client<typeof TransformService>;
  readonly necessity: Client<typeof NecessityService>;
  readonly online: Client<typeof OnlineService>;
  readonly privacy: Client<typeof PrivacyService>;
  readonly operations: Client<typeof OperationService>;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** Lineage records as they were delivered. */
  readonly lineage: LineageRecord[];
  /** Makes a Parquet file known as an artifact. */
  upload(columns: readonly Column[], rows: readonly Row[]): Promise<Digest>;
  uploadBytes(bytes: Uint8Array): Promise<Digest>;
  /** Waits for an operation, and returns its result; fails with its error. */
  ended(operation: Operation | undefined): Promise<Operation>;
  readonly artifacts: ArtifactFinder;
  /** Forgets the service as it is, without closing it. */
  abandon(): void;
  /** Closes the service and opens it anew on the same folder. */
  restart(): Promise<void>;
  /** Closes everything, and removes the folder unless it was given. */
  close(): Promise<void>;
}

/** What a test may choose. */
export interface TestOptions {
  /** See FeatureStoreDependencies. */
  readonly filesMax?: number;
  /** See FeatureStoreDependencies. */
  readonly othersMs?: number;
  /** See FeatureStoreDependencies. */
  readonly privacyKeys?: KeyRing;
  readonly meter?: Telemetry["meter"];
  readonly log?: Log;
  /** What time it is for the service; the system's clock if left out. */
  readonly clock?: Clock;
  /** In place of the one in the folder. Whoever gives it closes it. */
  readonly store?: Store;
  /** Called each time the service opens: puts something around its stores, such as a fault. */
  readonly around?: (stores: Stores) => Stores;
  /** Projects that know what is uploaded; `p` if left out. */
  readonly projects?: readonly string[];
  /** Address of the blobs; a folder of the platform if left out. */
  readonly blobs?: string;
  /** See FeatureStoreDependencies. Opened beside the tables, with a folder of its own; not closed. */
  readonly engines?: (tables: TableEngine, folder: string) => Promise<ProjectEngines>;
  /** False: `restart` opens the service for the first time. */
  readonly isOpen?: boolean;
}

/** The stores that a platform is built on. */
export interface Stores {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  readonly openOnline: typeof openLmdbOnlineStore;
}

/** Opens a platform in a new folder, or in one that another process left. */
export async function testPlatform(given?: string, options: TestOptions = {}): Promise<TestPlatform> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), "feature-store-")));
  const store = options.store ?? openSqliteStore(join(folder, "store.db"));
  const blobs = await openBlobs(options.blobs ?? `file://${join(folder, "blobs")}`, {
    cacheDir: join(folder, "cache"),
  });
  const tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 512, threads: 2, processes: 1 });
  const engines = await options.engines?.(tables, join(folder, "engines"));
  const stores: Stores = { store, blobs, tables, openOnline: openLmdbOnlineStore };
  const known = new Map<Digest, number>();
  const lineage: LineageRecord[] = [];
  const artifacts: ArtifactFinder = {
    async find(project, digest) {
      const sizeBytes = (options.projects ?? ["p"]).includes(project) ? known.get(digest) : undefined;
      return sizeBytes === undefined ? undefined : { sizeBytes, kind: "FILE" };
    },
  };
  const open = async () => {
    const service = await createFeatureStoreService({
      ...(options.around?.(stores) ?? stores),
      clock: options.clock ?? systemClock,
      onlineDir: join(folder, "online"),
      ...(engines && { engines }),
      ...(options.filesMax !== undefined && { filesMax: options.filesMax }),
      ...(options.othersMs !== undefined && { othersMs: options.othersMs }),
      ...(options.privacyKeys && { privacyKeys: options.privacyKeys }),
      newId: timeOrderedIds(systemClock),
      pageTokens: pageTokens(Buffer.from("a secret of the tests")),
      artifacts,
      recordLineage: async (record) => void lineage.push(record),
      lineageWalker: recordWalker(lineage),
    });
    if (options.meter) service.measure?.(options.meter);
    if (options.log) service.tell?.(options.log);
    const observe = () => ({ end: () => {}, bug: (cause: unknown) => console.error(cause) });
    const mounts = service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe }));
    const transport = inMemoryTransport(mounts);
    return {
      service,
      features: createClient(FeatureStoreService, transport),
      dataVersions: createClient(DataVersionService, transport),
      definitions: createClient(DefinitionService, transport),
      freshness: createClient(FreshnessService, transport),
      transforms: createClient(TransformService, transport),
      necessity: createClient(NecessityService, transport),
      online: createClient(OnlineService, transport),
      privacy: createClient(PrivacyService, transport),
      operations: createClient(OperationService, transport),
    };
  };
  let opened = options.isOpen === false ? undefined : await open();
  let openings = 0;
  const running = (): NonNullable<typeof opened> => {
    if (!opened) throw new Error("the service is not open");
    return opened;
  };
  let files = 0;
  const uploadBytes = async (bytes: Uint8Array): Promise<Digest> => {
    const { digest, size } = await blobs.put(bytes);
    known.set(digest, size);
    return digest;
  };
  return {
    store,
    blobs,
    tables,
    lineage,
    uploadBytes,
    artifacts,
    get features() {
      return running().features;
    },
    get dataVersions() {
      return running().dataVersions;
    },
    get definitions() {
      return running().definitions;
    },
    get freshness() {
      return running().freshness;
    },
    get transforms() {
      return running().transforms;
    },
    get necessity() {
      return running().necessity;
    },
    get online() {
      return running().online;
    },
    get privacy() {
      return running().privacy;
    },
    get operations() {
      return running().operations;
    },
    async upload(columns, rows) {
      const output = join(folder, `upload-${files++}.parquet`);
      const { fileDigest, byteCount } = await tables.importRows({ columns, output }, rows);
      await blobs.put(createReadStream(output));
      known.set(fileDigest, byteCount);
      return fileDigest;
    },
    ended: (operation) => ended(running().operations, operation),
    abandon() {
      openings += 1;
      opened = undefined;
    },
    async restart() {
      if (opened) await opened.service.close();
      const mine = ++openings;
      const mineOpened = await open();
      // What was abandoned while it opened is nobody's service any more.
      if (mine !== openings) await new Promise<never>(() => {});
      opened = mineOpened;
    },
    async close() {
      await opened?.service.close();
      await tables.close();
      await blobs.close();
      if (options.store === undefined) await store.close();
      if (given === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
