import type { BlobStore } from "@throughline/blobs";
import { CalibrationService } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { CanvasService } from "@throughline/contracts/throughline/registry/v1/canvas_service_pb";
import { CardService } from "@throughline/contracts/throughline/registry/v1/card_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { GateService } from "@throughline/contracts/throughline/registry/v1/gate_service_pb";
import { RegistryReferenceService } from "@throughline/contracts/throughline/registry/v1/reference_service_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { WebhookService } from "@throughline/contracts/throughline/registry/v1/webhook_service_pb";
import { type Clock, type PageTokens, timeOrderedIds } from "@throughline/kernel";
import { lineageOutbox, type Send } from "@throughline/lineage";
import { mount, referenceHandlers, type Service } from "@throughline/rpc";
import { idempotent, type Store } from "@throughline/store";
import type { TableEngine } from "@throughline/tables";
import { callRunner } from "./domain/call.ts";
import { changeNotifier } from "./domain/change-notifier.ts";
import { gateChecker } from "./domain/check-gates.ts";
import { modelFinders } from "./domain/find-models.ts";
import type { Artifacts, FeatureServices, Findings, FreshnessAlerts, SourceFiles } from "./domain/ports.ts";
import { turnsByKey } from "./domain/turns.ts";
import { ONNX_LIMITS } from "./onnx/limits.ts";
import { type ModelCheckOptions, modelInspector } from "./onnx/model-inspector.ts";
import { calibrationHandlers } from "./rpc/calibration-handlers.ts";
import { canvasHandlers } from "./rpc/canvas-handlers.ts";
import { cardHandlers } from "./rpc/card-handlers.ts";
import { deploymentHandlers } from "./rpc/deployment-handlers.ts";
import { gateHandlers } from "./rpc/gate-handlers.ts";
import { registryHandlers } from "./rpc/registry-handlers.ts";
import { releaseHandlers } from "./rpc/release-handlers.ts";
import { rolloutHandlers } from "./rpc/rollout-handlers.ts";
import { webhookHandlers } from "./rpc/webhook-handlers.ts";
import { aliasStore } from "./store/alias-store.ts";
import { calibrationTables } from "./store/calibration-tables.ts";
import { deploymentStore } from "./store/deployment-store.ts";
import { headStore } from "./store/head-store.ts";
import { importStore } from "./store/import-store.ts";
import { modelStore } from "./store/model-store.ts";
import { neededBytes } from "./store/needed-bytes.ts";
import { planStores } from "./store/plan-stores.ts";
import { releaseStore } from "./store/release-store.ts";
import { decisionStore, evidencePoolStore, rolloutStore } from "./store/rollout-store.ts";
import { toldFreshnessStore } from "./store/told-freshness-store.ts";
import { versionStore } from "./store/version-store.ts";
import { webhookStore } from "./store/webhook-store.ts";
import { startWebhookDelivery } from "./webhook/delivery.ts";
import { followFreshness } from "./webhook/follow-freshness.ts";
import { systemResolve } from "./webhook/guarded-post.ts";
import { type SendingOptions, webhookSender } from "./webhook/sender.ts";

/** How models are checked. Left out: `MODEL_CHECK`. */
export type ModelCheck = ModelCheckOptions;

/** The limits that hold unless the configuration says otherwise. */
export const MODEL_CHECK: ModelCheck = {
  modelBytesMax: 256 * 1024 ** 2,
  memoryLimitMiB: 1_536,
  timeoutMs: 20_000,
  concurrentMax: 2,
  waitingMax: 16,
  onnx: ONNX_LIMITS,
};

/** How webhooks are reached unless the configuration says otherwise. */
const WEBHOOKS: SendingOptions = {
  allowedHosts: [],
  resolve: systemResolve,
  timeoutMs: 10_000,
  answerBytesMax: 4_096,
};

/** How streams of deployments work. */
export interface WatchOptions {
  /** How long a change that another process made may go unnoticed. */
  readonly pollMs: number;
  /** A stream that has nothing to tell sends an empty message so often. */
  readonly heartbeatMs: number;
  /** Streams that may be open at the same time. */
  readonly streamsMax: number;
}

export const WATCH: WatchOptions = { pollMs: 500, heartbeatMs: 60_000, streamsMax: 1_000 };

/** What the registry is made of. Stores are not closed by it. */
export interface RegistryDeps {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly pageTokens: PageTokens;
  readonly artifacts: Artifacts;
  readonly files: SourceFiles;
  readonly featureServices: FeatureServices;
  /** Whose evaluations and certificates count. Left out: only those that were added as evidence do. */
  readonly findings?: Findings;
  /** Whose alerts webhooks are told of. Left out: they are told of none. */
  readonly freshnessAlerts?: FreshnessAlerts;
  /** Reads the rows of calibrations. Left out: they are made of rows that come with the request alone. */
  readonly tables?: TableEngine;
  /** Must be idempotent by the id of the execution. A failure is tried again. */
  readonly recordLineage: Send;
  readonly modelCheck?: Partial<ModelCheck>;
  readonly watch?: Partial<WatchOptions>;
  readonly webhooks?: Partial<SendingOptions>;
}

interface Told {
  readonly alerts: NonNullable<RegistryDeps["freshnessAlerts"]>;
  readonly webhooks: ReturnType<typeof webhookStore>;
  readonly telling: ReturnType<typeof startWebhookDelivery>;
}

/** Webhooks are told of alerts of freshness, each once. */
const followAlerts = (store: Store, { alerts, webhooks, telling }: Told) =>
  followFreshness({
    alerts,
    webhooks,
    events: telling.events,
    toldFreshness: toldFreshnessStore(store),
    apply: (writes: Parameters<Store["batch"]>[0]) => store.batch(writes),
  });

/** Makes the registry: models, releases and deployments. */
export async function createRegistryService(given: RegistryDeps): Promise<Service> {
  const { store, mentions } = neededBytes(given.store);
  const deps = { ...given, store };
  const check = { ...MODEL_CHECK, ...deps.modelCheck };
  const watch = { ...WATCH, ...deps.watch };
  const outbox = lineageOutbox(store, { name: "registry" });
  const notifier = changeNotifier({ pollMs: watch.pollMs, waitersMax: watch.streamsMax });
  const newId = timeOrderedIds(deps.clock);
  const webhooks = webhookStore(store, { clock: deps.clock, newId });
  const sender = webhookSender(deps.clock, { ...WEBHOOKS, ...deps.webhooks });
  const telling = startWebhookDelivery({ webhooks, sender, clock: deps.clock });
  const stores = storesOf(store);
  const following = deps.freshnessAlerts && followAlerts(store, { alerts: deps.freshnessAlerts, webhooks, telling });
  const finders = modelFinders(stores);
  const parts = {
    ...deps,
    ...stores,
    ...finders,
    webhooks,
    sender,
    newId,
    events: telling.events,
    inspector: modelInspector(deps.blobs, check),
    modelBytesMax: check.modelBytesMax,
    lineage: outbox.writes,
    checkGates: gateChecker({
      ...stores,
      ...finders,
      blobs: deps.blobs,
      ...(deps.findings && { findings: deps.findings }),
    }),
    run: callRunner(idempotent(deps)),
    turns: turnsByKey(),
    changed: notifier.changed,
    heartbeatMs: watch.heartbeatMs,
    ...(deps.tables && { calibrationTables: calibrationTables(deps.tables, deps.blobs) }),
    notifier,
  };
  const delivery = outbox.deliver(deps.recordLineage);
  return {
    name: "registry",
    mounts: [
      mount(RegistryService, registryHandlers(parts)),
      mount(ReleaseService, releaseHandlers(parts)),
      mount(DeploymentService, deploymentHandlers(parts)),
      mount(RolloutService, rolloutHandlers(parts)),
      mount(WebhookService, webhookHandlers(parts)),
      mount(GateService, gateHandlers(parts)),
      mount(CanvasService, canvasHandlers(parts)),
      mount(CardService, cardHandlers(parts)),
      mount(CalibrationService, calibrationHandlers(parts)),
      mount(RegistryReferenceService, referenceHandlers(mentions)),
    ],
    async ready() {
      await Promise.all([store.ping(), deps.blobs.ping()]);
    },
    async close() {
      notifier.close();
      await following?.close();
      await Promise.all([delivery.close(), telling.close()]);
    },
  };
}

/** What the registry keeps. */
const storesOf = (store: Store) => ({
  models: modelStore(store),
  heads: headStore(store),
  versions: versionStore(store),
  aliases: aliasStore(store),
  releases: releaseStore(store),
  deployments: deploymentStore(store),
  rollouts: rolloutStore(store),
  rolloutDecisions: decisionStore(store),
  evidencePools: evidencePoolStore(store),
  ...planStores(store),
  imports: importStore(store),
});
