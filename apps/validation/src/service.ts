import type { BlobStore } from "@throughline/blobs";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValidationReferenceService } from "@throughline/contracts/throughline/validation/v1/reference_service_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import type { Clock, NewId, PageTokens } from "@throughline/kernel";
import { type LineageRecord, lineageOutbox } from "@throughline/lineage";
import { openOperations } from "@throughline/operations";
import { mount, operationHandlers, referenceHandlers, type Service } from "@throughline/rpc";
import { mentionedStore, type Store } from "@throughline/store";
import type { ProjectEngines, TableEngine } from "@throughline/tables";
import type { ArtifactFinder } from "./domain/data-file.ts";
import { metricsWorker } from "./metrics/metrics-worker.ts";
import { validationHandlers } from "./rpc/handlers.ts";
import { shelves } from "./store/shelves.ts";

/** What the validation service is made of. All of it stays open when the service closes. */
export interface ValidationDeps {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** The engines of projects that have another one than `tables`; none has if left out. */
  readonly engines?: ProjectEngines;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  /** Which artifacts a project knows: tracking's to say. */
  readonly artifacts: ArtifactFinder;
  /** Tells the thread of what was done. Idempotent by execution id; a failure is tried again later. */
  readonly recordLineage: (record: LineageRecord) => Promise<void>;
}

/** Opens the validation service. Operations that an earlier process left behind end as failed. */
export async function createValidationService(deps: ValidationDeps): Promise<Service> {
  const { recordLineage } = deps;
  const { store, mentions } = mentionedStore(deps.store);
  const outbox = lineageOutbox(store, { name: "validation" });
  const delivery = outbox.deliver((record) => recordLineage(record));
  const operations = await openOperations({ ...deps, store, service: "validation", settle: () => delivery.flush() });
  const tablesOf = (project: string): TableEngine => deps.engines?.of(project) ?? deps.tables;
  const domain = { ...deps, tablesOf, ...shelves({ ...deps, store, outbox }), newMetricsEngine: metricsWorker };
  return {
    name: "validation",
    mounts: [
      mount(ValidationService, validationHandlers(domain, operations)),
      mount(ValidationReferenceService, referenceHandlers(mentions)),
      mount(OperationService, operationHandlers(operations)),
    ],
    async ready() {
      await Promise.all([store.ping(), deps.blobs.ping(), deps.engines?.ready()]);
    },
    async close() {
      await operations.close();
      await delivery.close();
    },
  };
}
