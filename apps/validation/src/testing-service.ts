import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Client, createClient } from "@connectrpc/connect";
import { openBlobs } from "@throughline/blobs";
import {
  type Operation,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import type { DatasetStatistics } from "@throughline/contracts/throughline/validation/v1/statistics_pb";
import {
  ComputeStatisticsResultSchema,
  ValidationService,
} from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { type Digest, type FeatureValue, pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import { callObserver, guard, inMemoryTransport, type Service, trustLocalCallers } from "@throughline/rpc";
import { seededRandom } from "@throughline/stats";
import { openStore } from "@throughline/store";
import { type Column, openTables, type ProjectEngines, type TableEngine } from "@throughline/tables";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { normals } from "./domain/testing-columns.ts";
import { createValidationService } from "./service.ts";

/** For tests: the service over real stores, called through its contract as others call it. */
export interface ServiceForTests extends AsyncDisposable {
  /** Where everything is kept: no answer may name it. */
  readonly folder: string;
  readonly client: Client<typeof ValidationService>;
  readonly operations: Client<typeof OperationService>;
  /** What the thread was told. */
  readonly records: readonly LineageRecord[];
  /** Bytes that are kept under a digest; undefined if there are none. */
  sizeOf(digest: string): Promise<number | undefined>;
  /** Keeps bytes, and makes the projects know them. */
  put(bytes: Uint8Array): Promise<Digest>;
  /** The same with rows, as a Parquet file. */
  upload(columns: readonly Column[], rows: readonly (readonly FeatureValue[])[]): Promise<Digest>;
  ended(operation: Operation | undefined): Promise<Operation>;
  statisticsOf(dataDigest: Digest, columns?: string[], project?: string): Promise<DatasetStatistics>;
}

export const parent = "projects/p";

/** What a test may choose. */
export interface OptionsForTests {
  /** Projects that know what is kept; `p` if left out. */
  readonly projects?: readonly string[];
  /** See ValidationDeps. Opened beside the tables, with a folder of its own; not closed. */
  readonly engines?: (tables: TableEngine, folder: string) => Promise<ProjectEngines>;
}

export async function openServiceForTests(options: OptionsForTests = {}): Promise<ServiceForTests> {
  const folder = mkdtempSync(join(tmpdir(), "validation-"));
  const known = new Set<Digest>();
  const records: LineageRecord[] = [];
  const store = await openStore(`sqlite://${folder}/store.db`);
  const blobs = await openBlobs(`file://${folder}/blobs`, { cacheDir: join(folder, "cache") });
  const tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 512, threads: 1, processes: 1 });
  const engines = await options.engines?.(tables, join(folder, "engines"));
  const service = await createValidationService({
    store,
    blobs,
    tables,
    ...(engines && { engines }),
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    pageTokens: pageTokens(Buffer.alloc(32)),
    artifacts: {
      find: async (project, digest) =>
        (options.projects ?? ["p"]).includes(project) && known.has(digest) ? { sizeBytes: 1, kind: "FILE" } : undefined,
    },
    recordLineage: async (record) => void records.push(record),
  });
  const { client, operations } = clientsOf(service);
  const put = async (bytes: Uint8Array): Promise<Digest> => {
    const { digest } = await blobs.put(bytes);
    known.add(digest);
    return digest;
  };
  const ended = async (operation: Operation | undefined): Promise<Operation> => {
    for await (const { operation: now } of operations.watchOperation({ name: operation?.name ?? "" })) {
      if (now && now.state !== OperationState.RUNNING) return now;
    }
    throw new Error("the watch ended before the operation");
  };
  return {
    folder,
    client,
    operations,
    records,
    put,
    ended,
    sizeOf: async (digest) => (await blobs.stat(digest as Digest))?.size,
    async upload(columns, rows) {
      const output = join(folder, "upload.parquet");
      await tables.importRows({ columns, output }, rows);
      return put(await readFile(output));
    },
    async statisticsOf(dataDigest, columns = [], project = "p") {
      const request = { parent: `projects/${project}`, dataDigest, columns };
      const end = await ended((await client.computeStatistics(request)).operation);
      const result = end.response && anyUnpack(end.response, ComputeStatisticsResultSchema);
      if (!result?.statistics) throw new Error(`no statistics: ${end.error?.message}`);
      return result.statistics;
    },
    async [Symbol.asyncDispose]() {
      await service.close();
      await tables.close();
      await store.close();
      await blobs.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Clients of the service with everything around it that a server puts there. */
function clientsOf({ mounts }: Service): Pick<ServiceForTests, "client" | "operations"> {
  const telemetry = openTelemetry({ serviceName: "validation" });
  const observe = callObserver({ telemetry, log: silentLog, logCalls: false });
  const transport = inMemoryTransport(mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })));
  return { client: createClient(ValidationService, transport), operations: createClient(OperationService, transport) };
}

/** For tests: columns of every kind that has a distribution. */
export const FLIGHTS: readonly Column[] = [
  { name: "delay", type: "float64" },
  { name: "seats", type: "int64" },
  { name: "carrier", type: "string" },
  { name: "late", type: "bool" },
  { name: "at", type: "timestamp" },
];

/** For tests: rows of FLIGHTS, whose delay is shifted by so many standard deviations, and missing in every 40th row. */
export function flights(seed: number, shift: number, count = 600): readonly (readonly FeatureValue[])[] {
  const random = seededRandom(seed);
  return normals(random, count, shift).map((delay, i) => [
    i % 40 === 0 ? null : delay,
    BigInt(Math.floor(random() * 200)),
    ["AA", "UA", "DL"][Math.floor(random() * 3)] as string,
    random() < 0.3,
    { ns: BigInt(i) * 1_000_000_000n },
  ]);
}
