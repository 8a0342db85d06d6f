import { canonicalJson, digestOfBytes, type Json } from "@throughline/kernel";
import { type Certificate, certificateText, type TimeSplit } from "../certificate.ts";
import { checkTimes } from "../check-times.ts";
import { keep, type TrainingSetDeps } from "../create-training-set.ts";
import type { Define } from "../define.ts";
import { certificateFailed, servedRowsChanged } from "../errors.ts";
import type { BoundService } from "../feature-service.ts";
import { findSuspects } from "../find-suspects.ts";
import type { Run } from "../load-source.ts";
import { carryJoined } from "../privacy/carry-training-set.ts";
import { planCarrying } from "../privacy/carrying.ts";
import type { TrainingSet } from "../training-set.ts";
import { type Checking, checkServed, type FoundOfServed } from "./check-served.ts";
import { answeringReleases, type ServedRows, servedChecksJson } from "./served-rows.ts";
import { servedService } from "./served-service.ts";
import { type ServedColumns, servedColumns, writeServedRows } from "./served-table.ts";
import type { ServedPredictions, ServedWindow, ServingLog } from "./serving-log.ts";

/** What is asked for. */
export interface ServedSetRequest {
  readonly project: string;
  readonly window: ServedWindow;
  /** Id of the feature service. Empty: whichever was served. */
  readonly service: string;
  /** 0: whichever was served. */
  readonly serviceVersion: number;
  readonly seed: number;
  readonly sampleRows: number;
  readonly timeSplit: TimeSplit | undefined;
  /** What the rows are carried for. Empty: nobody said. */
  readonly purpose: string;
  /** Of the key of pseudonyms, tokens and noise. 0: the newest. */
  readonly privacyKeyVersion: number;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** What it needs. */
export interface ServedSetDeps extends TrainingSetDeps {
  readonly define: Pick<Define, "service" | "bound">;
  readonly servingLog: ServingLog;
}

/**
 * Makes a training set of what was served: the vectors as they were logged, byte for byte, each with the label that counts. Nothing
 * is joined. The same window with the same `knownByMs` gives the same bytes, and so the same training set.
 */
export async function createServedSet(deps: ServedSetDeps, request: ServedSetRequest, run: Run): Promise<TrainingSet> {
  const { project, actor, operation, window } = request;
  await using scratch = await deps.newScratch();
  const reading = { signal: run.signal, actor, operation };
  const served = await deps.servingLog.predictions(window, {
    ...reading,
    progress: (share, message) => run.progress(share * 0.5, message),
  });
  const wanted = { project, service: request.service, version: request.serviceVersion };
  const bound = await servedService(deps.define, served, wanted);
  const columns = servedColumns(bound);
  const { purpose, privacyKeyVersion: keyVersion } = request;
  const plan = await planCarrying(deps, { bound, purpose, keyVersion, columns: columns.all });
  run.progress(0.5, "writing the rows");
  const predictions = await deps.blobs.localFile(served.digest);
  const files = { predictions, output: scratch.path("served.parquet"), signal: run.signal };
  const table = await writeServedRows(deps.tables, { columns, served }, files);
  run.progress(0.6, "digesting the rows");
  const tables = deps.tablesOf(project);
  const spineDigest = served.digest;
  const carried = await carryJoined({ tables, local: deps.tables }, { plan, table, bound, spineDigest, scratch, run });
  const rowsDigest = carried.privacy?.joinedDigest ?? carried.digest;
  if (rowsDigest !== served.rowsDigest) throw servedRowsChanged("its rows are not those of the log");
  run.progress(0.75, "certifying that the rows are the logged ones");
  const { seed, sampleRows } = request;
  const { labelDelayNs } = window;
  const checking: Checking = { predictions, table, columns, served, seed, sampleRows, labelDelayNs, run };
  const found = await checkServed(deps, checking);
  const certificate = await certify(deps, { ...checking, found, bound, scratch, request, table, rowsDigest });
  run.progress(0.95, "storing the training set");
  const text = servedCertificateText(certificate, found);
  await deps.blobs.put(scratch.content(carried.table.path), { expectedDigest: carried.table.fileDigest });
  await deps.blobs.put(Buffer.from(text, "utf8"));
  const made = {
    ...of(bound, columns),
    servedRows: servedRows(window, served, found),
    spineDigest,
    digest: carried.digest,
    fileDigest: carried.table.fileDigest,
    sizeBytes: carried.table.byteCount,
    rowCount: carried.table.rowCount,
    columns: carried.table.columns,
    ...(carried.privacy && { privacy: carried.privacy }),
    certificate,
    certificateDigest: digestOfBytes(text),
  };
  // Awaited here: a failure must not wait, unheard, until the files in between are removed.
  return await keep(deps, { made, request: { bound, actor, operation }, certificateBytes: Buffer.byteLength(text) });
}

interface Certifying extends Omit<Checking, "table"> {
  readonly found: FoundOfServed;
  readonly bound: BoundService;
  readonly request: ServedSetRequest;
  readonly table: Parameters<typeof findSuspects>[1]["table"];
  readonly scratch: Parameters<typeof findSuspects>[1]["scratch"];
  readonly rowsDigest: TrainingSet["digest"];
}

/** Fails with CERTIFICATE_FAILED if the rows are not what the log promises: they are never kept. */
async function certify(deps: ServedSetDeps, certifying: Certifying): Promise<Certificate> {
  const { found, bound, table, columns, seed, scratch, request, run } = certifying;
  const labels = [columns.own.actual];
  const features = bound.features.map((it) => it.name);
  const suspects = await findSuspects(deps, { table, features, labels, seed, scratch }, run.signal);
  const { as_of: cutoffColumn, actual_time: labelTimeColumn } = columns.own;
  const { timeSplit } = request;
  const asked = { cutoffColumn, labelColumns: labels, labelTimeColumn, ...(timeSplit && { timeSplit }) };
  const times = await checkTimes(deps.tables, { table, keyColumns: [] }, { request: asked, signal: run.signal });
  const { laterAsOfCount, lateLabelCount } = found.checks;
  const mismatchCount = found.mismatchCount + laterAsOfCount + lateLabelCount;
  if (mismatchCount > 0 || found.laterKnowledgeCount > 0)
    throw certificateFailed(mismatchCount, found.laterKnowledgeCount);
  return {
    passed: true,
    seed,
    sampledRowCount: found.sampledRowCount,
    mismatchCount: 0,
    laterKnowledgeCount: 0,
    ...suspects,
    ...times,
    trainingSetDigest: certifying.rowsDigest,
  };
}

/** The canonical JSON of a certificate of served rows. */
function servedCertificateText(certificate: Certificate, { checks }: FoundOfServed): string {
  const usual = JSON.parse(certificateText(certificate)) as { readonly [key: string]: Json };
  return canonicalJson({ ...usual, served: servedChecksJson(checks) });
}

const of = ({ service }: BoundService, { own }: ServedColumns) => ({
  project: service.project,
  featureService: service.id,
  featureServiceVersion: service.version,
  featureServiceDigest: service.digest,
  cutoffColumn: own.as_of,
  labelColumns: [own.actual],
  // No source was read.
  dataVersion: 0,
  segmentDigests: [],
});

const servedRows = (window: ServedWindow, served: ServedPredictions, { checks }: FoundOfServed): ServedRows => ({
  window: { ...window, knownByMs: served.knownByMs },
  releases: answeringReleases(served),
  segments: served.segments,
  predictionsDigest: served.digest,
  labeledCount: served.labeledCount,
  leftOut: served.leftOut,
  checks,
});
