import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { CalibrationService } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { CanvasService } from "@throughline/contracts/throughline/registry/v1/canvas_service_pb";
import { CardService } from "@throughline/contracts/throughline/registry/v1/card_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { GateService } from "@throughline/contracts/throughline/registry/v1/gate_service_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { WebhookService } from "@throughline/contracts/throughline/registry/v1/webhook_service_pb";
import { type Digest, DomainError, pageTokens } from "@throughline/kernel";
import type { ArtifactKind, LineageRecord } from "@throughline/lineage";
import { callObserver, guard, inMemoryTransport, reasonOf, type Service, trustLocalCallers } from "@throughline/rpc";
import type { Store } from "@throughline/store";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { afterAll, expect } from "vitest";
import type { PinnedFeatureService, ServiceColumns, SourceFile } from "./domain/ports.ts";
import { type FoundInProcess, foundInProcess } from "./findings-in-process.ts";
import { createRegistryService, type RegistryDeps } from "./service.ts";

/** A registry for tests, called through its contracts, with what is around it kept in memory. */
export interface RegistryInProcess extends FoundInProcess {
  readonly models: Client<typeof RegistryService>;
  readonly releases: Client<typeof ReleaseService>;
  readonly deployments: Client<typeof DeploymentService>;
  readonly rollouts: Client<typeof RolloutService>;
  readonly webhooks: Client<typeof WebhookService>;
  readonly gates: Client<typeof GateService>;
  readonly canvases: Client<typeof CanvasService>;
  readonly calibrations: Client<typeof CalibrationService>;
  readonly cards: Client<typeof CardService>;
  readonly blobs: BlobStore;
  readonly clock: { now(): number; timeMs: number };
  /** What was sent to the keeper of the thread. */
  readonly recorded: LineageRecord[];
  readonly featureServices: Map<string, PinnedFeatureService[]>;
  /** The types of what feature services give and read, where a test says so. */
  readonly columns: Map<string, ServiceColumns>;
  /** The files of a parent, such as a run, as tracking has them. */
  readonly files: Map<string, SourceFile[]>;
  /** Stores bytes and makes them known in the project, as a file if nothing else is said. */
  upload(bytes: Uint8Array, kind?: ArtifactKind): Promise<Digest>;
  /** Makes a digest known that has no bytes. */
  know(digest: Digest): void;
  readonly service: Service;
}

/** What several registries on one database share: they are replicas. */
export interface Surroundings {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: { now(): number; timeMs: number };
  readonly known: Set<string>;
}

export async function surroundings(store: Store): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-registry-"));
  const blobs = await fileBlobStore(folder);
  afterAll(async () => {
    await blobs.close();
    await rm(folder, { recursive: true, force: true });
  });
  const clock = { timeMs: 1_000_000, now: () => clock.timeMs };
  return { store, blobs, clock, known: new Set() };
}

/** Opens one replica. It is closed after the tests of the file. */
export async function openRegistry(
  shared: Surroundings,
  options: Pick<RegistryDeps, "modelCheck" | "watch" | "webhooks" | "tables"> = {},
): Promise<RegistryInProcess> {
  const { blobs, known } = shared;
  const recorded: LineageRecord[] = [];
  const kinds = new Map<string, ArtifactKind>();
  const featureServices = new Map<string, PinnedFeatureService[]>();
  const columns = new Map<string, ServiceColumns>();
  const files = new Map<string, SourceFile[]>();
  const { findings, ...foundByOthers } = foundInProcess(shared.clock);
  const service = await createRegistryService({
    ...shared,
    ...options,
    pageTokens: pageTokens(new Uint8Array(32)),
    artifacts: {
      find: async (_, digest) => (known.has(digest) ? { sizeBytes: 0, kind: kinds.get(digest) ?? "FILE" } : undefined),
    },
    files: {
      list: async ({ parent, path }) =>
        files.get(parent)?.filter((it) => path === "" || it.path === path || it.path.startsWith(`${path}/`)),
    },
    featureServices: {
      async find(name, version) {
        const versions = featureServices.get(name) ?? [];
        return version === 0 ? versions.at(-1) : versions[version - 1];
      },
      columns: async (name) => columns.get(name),
    },
    findings,
    recordLineage: async (record) => void recorded.push(record),
  });
  afterAll(() => service.close());
  const observe = callObserver({
    telemetry: openTelemetry({ serviceName: "registry" }),
    log: silentLog,
    logCalls: false,
  });
  const transport = inMemoryTransport(
    service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })),
  );
  return {
    ...shared,
    models: createClient(RegistryService, transport),
    releases: createClient(ReleaseService, transport),
    deployments: createClient(DeploymentService, transport),
    rollouts: createClient(RolloutService, transport),
    webhooks: createClient(WebhookService, transport),
    gates: createClient(GateService, transport),
    canvases: createClient(CanvasService, transport),
    calibrations: createClient(CalibrationService, transport),
    cards: createClient(CardService, transport),
    recorded,
    featureServices,
    columns,
    files,
    ...foundByOthers,
    know: (digest) => void known.add(digest),
    async upload(bytes, kind = "FILE") {
      const { digest } = await blobs.put(bytes);
      known.add(digest);
      kinds.set(digest, kind);
      return digest;
    },
    service,
  };
}

/** The bytes of a model from the folder of fixtures. */
export const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../fixtures/${name}.onnx`, import.meta.url));

/** Registers a fixture as the next version of a new model, and returns the version's name. */
export async function registerFixture(registry: RegistryInProcess, modelId: string, name: string): Promise<string> {
  await registry.models.createModel({ parent: "projects/p", modelId });
  const digest = await registry.upload(await fixture(name));
  const { version } = await registry.models.createModelVersion({
    parent: `projects/p/models/${modelId}`,
    version: { digest, format: ModelFormat.ONNX },
  });
  return version?.name ?? "";
}

/** Makes a release of a version, in its project; `threshold` makes releases differ. */
export async function makeRelease(
  registry: RegistryInProcess,
  modelVersion: string,
  threshold: number,
): Promise<string> {
  const { release } = await registry.releases.createRelease({
    parent: modelVersion.slice(0, modelVersion.indexOf("/models/")),
    manifest: {
      models: { main: { modelVersion } },
      graph: {
        nodes: [
          {
            name: "main",
            kind: { case: "model", value: { inputTensor: "X", outputTensor: "probabilities", outputColumn: 1 } },
          },
        ],
        outputNode: "main",
      },
      thresholds: { late: threshold },
    },
  });
  return release?.name ?? "";
}

/** A registry with releases of one model version, which looks every few milliseconds for what other replicas have changed. */
export interface RegistryWithReleases {
  readonly shared: Surroundings;
  readonly registry: RegistryInProcess;
  /** The name of the release at a place, from 0 to 3. */
  at(i: number): string;
}

/** Opens it on an empty store. */
export async function registryWithReleases(store: Store): Promise<RegistryWithReleases> {
  const shared = await surroundings(store);
  const registry = await openRegistry(shared, { watch: { pollMs: 5 } });
  const version = await registerFixture(registry, "late", "line");
  const releases = await Promise.all([0.1, 0.2, 0.3, 0.4].map((it) => makeRelease(registry, version, it)));
  return { shared, registry, at: (i) => releases[i] ?? "" };
}

/** The reason and the paths at fault with which something fails. */
export async function failureOf(work: Promise<unknown>): Promise<{ reason: string | undefined; paths: string[] }> {
  const error = await work.then(
    () => expect.fail("it succeeded"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof DomainError) return { reason: error.reason, paths: error.violations.map((it) => it.path) };
  if (!(error instanceof ConnectError)) throw error;
  const paths = error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations.map((field) => field.field));
  return { reason: reasonOf(error), paths };
}

/** How long a test waits for what happens in the background; it goes on as soon as it has happened. */
export const PATIENCE = { timeout: 120_000, interval: 10 };
