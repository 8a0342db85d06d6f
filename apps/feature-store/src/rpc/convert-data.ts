import { create } from "@bufbuild/protobuf";
import {
  type ViewTrace as ViewTraceMessage,
  ViewTraceSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type LeakageCertificate,
  ServedChecksSchema,
  type TrainingSet as TrainingSetMessage,
  TrainingSetSchema,
} from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { fromMs, fromNs } from "@throughline/rpc";
import { serviceName, sourceName, trainingSetName, viewName } from "../domain/names.ts";
import type { WrittenRow } from "../domain/source-reading.ts";
import type { ViewTrace } from "../domain/trace.ts";
import type { TrainingSet } from "../domain/training-set.ts";
import { certificateToProto } from "./convert-certificate.ts";
import { columnToProto, namedValuesToProto } from "./convert-columns.ts";
import { setPrivacyToProto } from "./convert-privacy.ts";
import { servedChecksToProto, servedRowsToProto } from "./convert-served.ts";

export const trainingSetToProto = (it: TrainingSet): TrainingSetMessage =>
  create(TrainingSetSchema, {
    name: trainingSetName.format({ project: it.project, trainingSet: it.id }),
    digest: it.digest,
    fileDigest: it.fileDigest,
    featureService: serviceName.format({ project: it.project, service: it.featureService }),
    featureServiceVersion: BigInt(it.featureServiceVersion),
    featureServiceDigest: it.featureServiceDigest,
    spineDigest: it.spineDigest,
    dataVersion: BigInt(it.dataVersion),
    rowCount: BigInt(it.rowCount),
    columns: it.columns.map(columnToProto),
    cutoffColumn: it.cutoffColumn,
    labelColumns: [...it.labelColumns],
    certificate: certificateOfSet(it),
    certificateDigest: it.certificateDigest,
    sizeBytes: BigInt(it.sizeBytes),
    createTime: fromMs(it.createTimeMs),
    segmentDigests: [...it.segmentDigests],
    ...(it.privacy && { privacy: setPrivacyToProto(it.privacy) }),
    ...(it.servedRows && { servedRows: servedRowsToProto(it.servedRows) }),
  });

function certificateOfSet({ project, certificate, servedRows }: TrainingSet): LeakageCertificate {
  const message = certificateToProto(project, certificate);
  if (servedRows) message.served = create(ServedChecksSchema, servedChecksToProto(servedRows.checks));
  return message;
}

export const traceToProto = ({ selection: { view }, rowCount, rows }: ViewTrace): ViewTraceMessage =>
  create(ViewTraceSchema, {
    view: viewName.format({ project: view.project, view: view.id }),
    version: BigInt(view.version),
    source: sourceName.format({ project: view.project, source: view.source }),
    rowCount: BigInt(rowCount),
    rows: rows.map(rowToProto),
  });

export const rowToProto = (it: WrittenRow) => ({
  segmentDigest: it.segmentDigest,
  rowNumber: BigInt(it.rowNumber),
  values: namedValuesToProto(it.values),
  eventTime: fromNs(it.eventNs),
  knowledgeTime: fromNs(it.knowledgeNs),
});
