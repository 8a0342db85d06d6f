import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
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
import type { Store } from "@throughline/store";
import { createTrackingService } from "./service.ts";

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
  readonly clock: SettableClock;
  readonly tracking: Client<typeof TrackingService>;
  readonly artifacts: Client<typeof ArtifactService>;
  readonly lineage: Client<typeof LineageService>;
  /** Uploads a text to `projects/p` or another project, and returns its digest. */
  upload(text: string, project?: string): Promise<string>;
  /** Ends the service, and removes its bytes. */
  close(): Promise<void>;
}

/** Bugs of handlers are shown by the test that meets them. */
const showBugs: CallObserver = () => ({ bug: (cause) => console.error(cause), end: () => {} });

/** Serves on a store and a new folder of bytes. */
export async function serviceForTests(store: Store): Promise<ServiceForTests> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-tracking-"));
  const blobs = await fileBlobStore(join(folder, "blobs"));
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const service = await createTrackingService({
    store,
    blobs,
    clock,
    newId: timeOrderedIds(clock),
    pageTokens: pageTokens(new Uint8Array(32)),
  });
  const transport: Transport = inMemoryTransport(
    service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe: showBugs })),
  );
  const artifacts = createClient(ArtifactService, transport);
  return {
    service,
    clock,
    tracking: createClient(TrackingService, transport),
    artifacts,
    lineage: createClient(LineageService, transport),
    async upload(text, project = "projects/p") {
      const messages = [{ declaration: { parent: project } }, { data: Buffer.from(text) }];
      const { artifact } = await artifacts.uploadArtifact(inOrder(messages));
      return artifact?.digest ?? "";
    },
    async close() {
      await service.close();
      await blobs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A stream of the given messages. */
export async function* inOrder<T>(messages: readonly T[]): AsyncGenerator<T> {
  yield* messages;
}
