import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Client, createClient } from "@connectrpc/connect";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import {
  CreateTrainingSetResultSchema,
  FeatureStoreService,
  LoadSourceResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type Operation,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { type Digest, pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import { guard, inMemoryTransport, trustLocalCallers } from "@throughline/rpc";
import { openSqliteStore, type Store } from "@throughline/store";
import { type Column, openTables, type Row, type TableEngine } from "@throughline/tables";
import { createFeatureStoreService } from "./service.ts";

/** A feature store in this process, with real stores in a folder of its own. */
export interface TestPlatform {
  readonly features: Client<typeof FeatureStoreService>;
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
  /** Closes the service and opens it anew on the same folder. */
  restart(): Promise<void>;
  /** Closes everything, and removes the folder unless it was given. */
  close(): Promise<void>;
}

/** Opens a platform in a new folder, or in one that another process left. */
export async function testPlatform(given?: string): Promise<TestPlatform> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), "feature-store-")));
  const store = openSqliteStore(join(folder, "store.db"));
  const blobs = await fileBlobStore(join(folder, "blobs"));
  const tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 512, threads: 2, processes: 1 });
  const known = new Map<Digest, number>();
  const lineage: LineageRecord[] = [];
  const open = async () => {
    const service = await createFeatureStoreService({
      ...{ store, blobs, tables, clock: systemClock, onlineDir: join(folder, "online") },
      newId: timeOrderedIds(systemClock),
      pageTokens: pageTokens(Buffer.from("a secret of the tests")),
      artifacts: {
        async find(project, digest) {
          const sizeBytes = project === "p" ? known.get(digest) : undefined;
          return sizeBytes === undefined ? undefined : { sizeBytes, kind: "FILE" };
        },
      },
      recordLineage: async (record) => void lineage.push(record),
    });
    const observe = () => ({ end: () => {}, bug: (cause: unknown) => console.error(cause) });
    const mounts = service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe }));
    const transport = inMemoryTransport(mounts);
    return {
      service,
      features: createClient(FeatureStoreService, transport),
      operations: createClient(OperationService, transport),
    };
  };
  let running = await open();
  let files = 0;
  const uploadBytes = async (bytes: Uint8Array): Promise<Digest> => {
    const { digest, size } = await blobs.put(bytes);
    known.set(digest, size);
    return digest;
  };
  return {
    ...{ store, blobs, tables, lineage, uploadBytes },
    get features() {
      return running.features;
    },
    get operations() {
      return running.operations;
    },
    async upload(columns, rows) {
      const output = join(folder, `upload-${files++}.parquet`);
      const { fileDigest, byteCount } = await tables.importRows({ columns, output }, rows);
      await blobs.put(createReadStream(output));
      known.set(fileDigest, byteCount);
      return fileDigest;
    },
    ended: (operation) => ended(running.operations, operation),
    async restart() {
      await running.service.close();
      running = await open();
    },
    async close() {
      await running.service.close();
      await tables.close();
      await store.close();
      if (given === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(
  operations: Client<typeof OperationService>,
  operation: Operation | undefined,
): Promise<Operation> {
  let last = operation;
  for await (const it of operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
  if (last?.state !== OperationState.SUCCEEDED) throw new Error(`${last?.error?.reason}: ${last?.error?.message}`);
  return last;
}

export const loadResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, LoadSourceResultSchema)?.segment;

export const trainingSetResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, CreateTrainingSetResultSchema)?.trainingSet;

export const materializeResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, MaterializeResultSchema);
