import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { DatasetService } from "@throughline/contracts/throughline/tracking/v1/dataset_service_pb";
import { FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { LoggedModelService } from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { StorageService } from "@throughline/contracts/throughline/tracking/v1/storage_service_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { openOperations } from "@throughline/operations";
import { mount, operationHandlers, type Service } from "@throughline/rpc";
import { bell } from "./domain/bell.ts";
import { sweepBytesHourly } from "./domain/byte-sweeping.ts";
import { serviceStopping } from "./domain/errors.ts";
import type { Tracking } from "./domain/ports.ts";
import { studyRuns } from "./domain/study-runs.ts";
import { studySweeper } from "./domain/study-sweep.ts";
import { sweeper } from "./domain/sweep.ts";
import { sweepInBackground } from "./domain/sweeping.ts";
import { turns } from "./domain/turns.ts";
import { logErasing, measureErasing } from "./erasing-metrics.ts";
import { openTracking, type TrackingDependencies } from "./open-tracking.ts";
import { datasetHandlers } from "./rpc/dataset-handlers.ts";
import { fileHandlers } from "./rpc/file-handlers.ts";
import { artifactHandlers, lineageHandlers } from "./rpc/lineage-handlers.ts";
import { loggedModelHandlers } from "./rpc/logged-model-handlers.ts";
import { storageHandlers } from "./rpc/storage-handlers.ts";
import { studyHandlers } from "./rpc/study-handlers.ts";
import { trackingHandlers } from "./rpc/tracking-handlers.ts";
import { studyStore } from "./store/study-store.ts";
import { openTableReader } from "./store/table-reader.ts";

/** Serves experiments, runs, files, logged models, artifacts and the thread. */
export async function createTrackingService(dependencies: TrackingDependencies): Promise<Service> {
  return trackingService(openTracking(dependencies), dependencies);
}

/** Serves what was opened. */
export async function trackingService(tracking: Tracking, dependencies: TrackingDependencies): Promise<Service> {
  const { store, blobs, clock, datasets } = dependencies;
  const reader = datasets && (await openTableReader({ blobs, ...datasets }));
  const studies = {
    tracking,
    store: studyStore(store, clock),
    runs: studyRuns(tracking),
    inTurn: turns(),
    deleted: bell(),
  };
  const sweeping = [
    sweepInBackground(sweeper(tracking), tracking.purged),
    sweepInBackground(studySweeper(studies), studies.deleted),
  ];
  const closing = new AbortController();
  const { byteSweeps, pageTokens } = tracking;
  const erasing =
    dependencies.storage && sweepBytesHourly({ blobs, clock, store: byteSweeps, ...dependencies.storage });
  const operations = await openOperations({ ...dependencies, service: "tracking" });
  return {
    name: "tracking",
    mounts: [
      mount(TrackingService, trackingHandlers(tracking, closing.signal)),
      mount(FileService, fileHandlers(tracking)),
      mount(LoggedModelService, loggedModelHandlers(tracking)),
      ...(reader === undefined ? [] : [mount(DatasetService, datasetHandlers({ ...tracking, reader }))]),
      mount(StudyService, studyHandlers(studies)),
      mount(ArtifactService, artifactHandlers(tracking)),
      mount(LineageService, lineageHandlers(tracking)),
      mount(StorageService, storageHandlers({ sweeping: erasing, store: byteSweeps, operations, pageTokens })),
      mount(OperationService, operationHandlers(operations)),
    ],
    async ready() {
      await Promise.all([store.ping(), blobs.ping()]);
    },
    measure: (meter) => erasing && measureErasing(meter, erasing),
    tell: (log) => erasing && logErasing(log, erasing),
    async close() {
      closing.abort(serviceStopping());
      await operations.close();
      await Promise.all([erasing?.close(), ...sweeping.map((it) => it.close())]);
    },
  };
}
