import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { WrittenTable } from "@throughline/tables";
import type { DataLog } from "../data-version.ts";
import type { Define } from "../define.ts";
import { dataVersionUnknown } from "../errors.ts";
import type { BoundService } from "../feature-service.ts";
import type { LoadDeps, Run } from "../load-source.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { DataFile } from "../segment.ts";
import { answeringReleases } from "../served/served-rows.ts";
import { servedService } from "../served/served-service.ts";
import type { ServedPredictions, ServedWindow, ServingLog } from "../served/serving-log.ts";
import type { Source } from "../source.ts";
import { type ComparedRows, differingRows } from "./compare-values.ts";
import { featureSkews } from "./feature-skews.ts";
import {
  type ComparedFeature,
  comparedFeatures,
  filesOfSources,
  joinRows,
  type KeyColumns,
  keyColumns,
  writeSpine,
} from "./joined-rows.ts";
import { skewRecords } from "./skew-lineage.ts";
import { skewNotes } from "./skew-notes.ts";
import { reportId, reportText, type SkewContent, type SkewReport, type SkewReports } from "./skew-report.ts";

/** What is asked for. */
export interface SkewRequest {
  readonly project: string;
  readonly window: ServedWindow;
  /** Id of the feature service. Empty: whichever was served. */
  readonly service: string;
  /** Version of the feature service to join. 0: the one that was served. */
  readonly serviceVersion: number;
  /** 0: the newest. */
  readonly dataVersion: number;
  /** Examples of each differing feature. */
  readonly exampleCount: number;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** What it needs. */
export interface SkewDeps extends LoadDeps {
  readonly define: Pick<Define, "service" | "bound" | "view">;
  readonly servingLog: ServingLog;
  readonly skewReports: SkewReports;
  readonly dataLog: DataLog;
  source(project: string, id: string): Promise<Source>;
}

/** Joins what was served anew, each row as of its prediction's `as_of`, and compares value by value. */
export async function createSkewReport(deps: SkewDeps, request: SkewRequest, run: Run): Promise<SkewReport> {
  const { project, actor, operation, window } = request;
  await using scratch = await deps.newScratch();
  const dataVersion = await knownDataVersion(deps, request);
  const progress = (share: number, message: string): void => run.progress(share * 0.4, message);
  const predictions = await deps.servingLog.predictions(window, { signal: run.signal, progress, actor, operation });
  const wanted = { project, service: request.service, version: 0 };
  const served = await servedService(deps.define, predictions, wanted);
  const joined = await joinedService(deps, request, served);
  const comparing: Comparing = { request, predictions, served, joined, dataVersion, scratch, run };
  const { rows, fileDigests, keys } = await join(deps, comparing);
  run.progress(0.7, "comparing the values");
  const { exampleCount } = request;
  const features = await featureSkews(deps, { ...comparing, project, rows, keys, exampleCount });
  const content: SkewContent = {
    deployment: window.deployment,
    startNs: window.startNs,
    endNs: window.endNs,
    release: window.release,
    featureService: served.service.id,
    featureServiceVersion: joined.service.version,
    servedFeatureServiceVersion: served.service.version,
    dataVersion,
    rowCount: predictions.rowCount,
    differingRowCount: await differingRows(deps.tables, rows),
    features,
    uncomparedFeatures: uncompared(joined, served, rows.features),
    notes: await skewNotes(deps, { predictions, joined, served }),
    releases: answeringReleases(predictions),
    segments: predictions.segments,
    predictionsDigest: predictions.digest,
    leftOut: predictions.leftOut,
  };
  run.progress(0.95, "storing the report");
  // Awaited here: a failure must not wait, unheard, until the files in between are removed.
  return await keep(deps, { content, comparing, fileDigests });
}

async function knownDataVersion({ segments }: SkewDeps, { project, dataVersion }: SkewRequest): Promise<number> {
  const newest = await segments.newestVersion(project);
  if (dataVersion > newest) throw dataVersionUnknown(dataVersion, newest);
  return dataVersion === 0 ? newest : dataVersion;
}

async function joinedService(deps: SkewDeps, request: SkewRequest, served: BoundService): Promise<BoundService> {
  const { serviceVersion, project } = request;
  if (serviceVersion === 0 || serviceVersion === served.service.version) return served;
  return deps.define.bound(await deps.define.service(project, served.service.id, serviceVersion));
}

interface Comparing {
  readonly request: SkewRequest;
  readonly predictions: ServedPredictions;
  readonly served: BoundService;
  readonly joined: BoundService;
  readonly dataVersion: number;
  readonly scratch: ScratchFiles;
  readonly run: Run;
}

interface Joined {
  readonly rows: ComparedRows & Pick<WrittenTable, "columns">;
  readonly fileDigests: readonly Digest[];
  readonly keys: KeyColumns;
}

async function join(deps: SkewDeps, comparing: Comparing): Promise<Joined> {
  const { predictions, served, joined, dataVersion, scratch, run } = comparing;
  const { signal } = run;
  const features = comparedFeatures(joined, { bound: served, served: predictions });
  const keys = keyColumns([joined, served]);
  const file = await deps.blobs.localFile(predictions.digest);
  const spineFiles = { predictions: file, output: scratch.path("spine.parquet"), signal };
  const spine = await writeSpine(deps.tables, { keys, features }, spineFiles);
  if (features.length === 0)
    return { rows: { path: spine.path, columns: [], features, signal }, fileDigests: [], keys };
  const local = ({ digest }: DataFile): Promise<string> => deps.blobs.localFile(digest);
  const found = await filesOfSources(deps, joined, { dataVersion, scratch, local });
  const engines = { engine: deps.tablesOf(comparing.request.project), local: deps.tables };
  const table = await joinRows(engines, {
    spine,
    keys,
    joined,
    features: new Set(features.map((it) => it.name)),
    files: found.files,
    run,
    output: scratch.path("joined.parquet"),
    onProgress: (share) => run.progress(0.4 + share * 0.3, "joining the features"),
  });
  const rows = { path: table.path, columns: table.columns, features, signal };
  return { rows, fileDigests: found.digests, keys };
}

function uncompared(
  joined: BoundService,
  served: BoundService,
  compared: readonly ComparedFeature[],
): readonly string[] {
  const names = new Set(compared.map((it) => it.name));
  const all = new Set([...joined.features, ...served.features].map((it) => it.name));
  return [...all].filter((it) => !names.has(it));
}

interface Keeping {
  readonly content: SkewContent;
  readonly comparing: Comparing;
  readonly fileDigests: readonly Digest[];
}

/** Stores the report, or finds the equal one that is there. */
async function keep(deps: SkewDeps, { content, comparing, fileDigests }: Keeping): Promise<SkewReport> {
  const { request, predictions, joined } = comparing;
  const { project, actor, operation } = request;
  const text = reportText(content);
  const [id, digest] = [reportId(text), digestOfBytes(text)];
  await deps.blobs.put(Buffer.from(text, "utf8"));
  const work = async () => {
    const there = await deps.skewReports.get(project, id);
    if (there) return { writes: [], response: there };
    const report: SkewReport = {
      ...content,
      project,
      id,
      digest,
      actor,
      sizeBytes: Buffer.byteLength(text),
      knownByMs: predictions.knownByMs,
      createTimeMs: deps.clock.now(),
    };
    const records = skewRecords({ report, joined, fileDigests });
    const writes = [...deps.skewReports.adding(report), ...records.flatMap((it) => deps.outbox.writes(it))];
    return { writes, response: report };
  };
  const identity = { requestId: operation, method: "CreateSkewReport.keep", principal: project, requestDigest: digest };
  const kept = await deps.once({ identity, subject: `${project}/skew-reports`, work });
  deps.storedFiles.kept([digest]);
  return kept;
}
