import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { DatasetService } from "@throughline/contracts/throughline/tracking/v1/dataset_service_pb";
import { FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { LoggedModelService } from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { type Clock, pageTokens, timeOrderedIds } from "@throughline/kernel";
import {
  type CallObserver,
  guard,
  inMemoryTransport,
  reasonOf,
  type Service,
  trustLocalCallers,
} from "@throughline/rpc";
import { ID, type Store } from "@throughline/store";
import type { TableEngine } from "@throughline/tables";
import { sweepBytes } from "./domain/byte-sweep.ts";
import { parseOwner } from "./domain/file-owner.ts";
import type { FileOwner } from "./domain/file-tree.ts";
import { sweeper } from "./domain/sweep.ts";
import { openTracking, type TrackingDependencies } from "./open-tracking.ts";
import { trackingService } from "./service.ts";
import { documentId, openCollections, seriesKey } from "./store/collections.ts";
import { ownerKey } from "./store/file-store.ts";

/** A clock that stands until a test moves it. */
export interface SettableClock extends Clock {
  set(timeMs: number): void;
}

export function settableClock(timeMs: number): SettableClock {
  let now = timeMs;
  return {
    now: () => now,
    set(value) {
      now = value;
    },
  };
}

/** What a call failed with: its status and its reason. */
export const failure = (
  call: Promise<unknown>,
): Promise<readonly [code: string | undefined, reason: string | undefined]> =>
  call.then(
    () => ["OK", undefined],
    (error: unknown) => [Code[ConnectError.from(error).code], reasonOf(error)],
  );

/** The service as its callers see it. */
export interface ServiceForTests {
  readonly service: Service;
  /** What it serves on, for a second service that knows nothing of this one. */
  readonly store: Store;
  readonly clock: SettableClock;
  readonly tracking: Client<typeof TrackingService>;
  readonly files: Client<typeof FileService>;
  readonly models: Client<typeof LoggedModelService>;
  /** Only of a service with a table engine. */
  readonly datasets: Client<typeof DatasetService>;
  readonly artifacts: Client<typeof ArtifactService>;
  readonly lineage: Client<typeof LineageService>;
  /** Uploads bytes to `projects/p` or another project, and returns its digest. */
  upload(content: string | Uint8Array, project?: string): Promise<string>;
  /** Does everything that a sweeper has to do now. Returns how many turns it took. */
  sweep(): Promise<number>;
  /** Sweeps bytes now and after their time of grace. Returns the digests whose bytes are gone since the last time. */
  erased(): Promise<readonly string[]>;
  /** How many documents and series of a run or logged model are left in the store. */
  left(name: string): Promise<Readonly<Record<"files" | "trees" | "series" | "purges" | "pieces" | "streams", number>>>;
  /** Ends the service, and removes its bytes. */
  close(): Promise<void>;
}

const GRACE_MS = 3_600_000;

/** Bugs of handlers are shown by the test that meets them. */
const showBugs: CallObserver = () => ({ bug: (cause) => console.error(cause), end: () => {} });

/** Serves on a store and a new folder of bytes, with data sets if there is a table engine. */
export async function serviceForTests(store: Store, tables?: TableEngine): Promise<ServiceForTests> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-tracking-"));
  const blobs = await fileBlobStore(join(folder, "blobs"));
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const scratchDir = join(folder, "scratch");
  const dependencies: TrackingDependencies = {
    store,
    blobs,
    clock,
    newId: timeOrderedIds(clock),
    pageTokens: pageTokens(new Uint8Array(32)),
    ...(tables !== undefined && { datasets: { tables, scratchDir } }),
  };
  const tracking = openTracking(dependencies);
  const service = await trackingService(tracking, dependencies);
  const transport: Transport = inMemoryTransport(
    service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe: showBugs })),
  );
  const artifacts = createClient(ArtifactService, transport);
  return {
    service,
    store,
    clock,
    tracking: createClient(TrackingService, transport),
    files: createClient(FileService, transport),
    models: createClient(LoggedModelService, transport),
    datasets: createClient(DatasetService, transport),
    artifacts,
    lineage: createClient(LineageService, transport),
    async upload(content, project = "projects/p") {
      const messages = [{ declaration: { parent: project } }, ...inPieces(Buffer.from(content as Uint8Array))];
      const { artifact } = await artifacts.uploadArtifact(inOrder(messages));
      return artifact?.digest ?? "";
    },
    async sweep() {
      // A sweeper of its own: the one of the service may be in the middle of a turn.
      const { turn } = sweeper(tracking);
      let turns = 1;
      while (await turn()) turns += 1;
      return turns;
    },
    async erased() {
      const list = async () => (await blobs.list({ limit: 1_000 })).map((it) => it.digest);
      const before = await list();
      for (let round = 0; round < 2; round++) {
        await sweepBytes(
          { blobs, store: tracking.byteSweeps, others: async () => [], clock, graceMs: GRACE_MS },
          { dryRun: false },
        );
        clock.set(clock.now() + GRACE_MS);
      }
      const after = new Set(await list());
      return before.filter((it) => !after.has(it));
    },
    left: (name) => remaining(store, parseOwner(name)),
    async close() {
      await service.close();
      await blobs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function remaining(store: Store, owner: FileOwner) {
  const { files, fileTrees, purges, metricPieces, metricStreams, points } = openCollections(store);
  const key = ownerKey(owner);
  const ofOwner = { field: ID, prefix: `${documentId(owner)}/` } as const;
  const series = await points.keys(seriesKey(owner, ""), { limit: 1_000 });
  const [tree, purge] = await Promise.all([fileTrees.get(key), purges.get(key)]);
  return {
    files: await files.count({ field: "owner", eq: key }),
    trees: tree === undefined ? 0 : 1,
    series: series.length,
    purges: purge === undefined ? 0 : 1,
    pieces: await metricPieces.count(ofOwner),
    streams: await metricStreams.count(ofOwner),
  };
}

/** Messages of an upload, each with a part of the bytes. */
const inPieces = (bytes: Buffer): readonly { readonly data: Uint8Array<ArrayBuffer> }[] =>
  Array.from({ length: Math.max(1, Math.ceil(bytes.length / PIECE_BYTES)) }, (_, i) => ({
    data: new Uint8Array(bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES)),
  }));

const PIECE_BYTES = 1024 * 1024;

/** A stream of the given messages. */
export async function* inOrder<T>(messages: readonly T[]): AsyncGenerator<T> {
  yield* messages;
}
