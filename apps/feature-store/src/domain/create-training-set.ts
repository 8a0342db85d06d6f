import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { JoinedTable, JoinPlan, WrittenTable } from "@throughline/tables";
import { type Certificate, certificateOf, certificateText } from "./certificate.ts";
import { checkTimes, type TimesRequest } from "./check-times.ts";
import { certificateFailed, dataVersionUnknown } from "./errors.ts";
import type { BoundService } from "./feature-service.ts";
import { findSuspects } from "./find-suspects.ts";
import type { Forgettings } from "./forget/forgetting.ts";
import { joinPlan, type SourceFiles, sourceFiles } from "./join-plan.ts";
import { knownArtifact, type LoadDeps, type Run } from "./load-source.ts";
import { computeRows, hiddenColumns, outputsOf } from "./on-demand/computed-rows.ts";
import { carryJoined, joinedColumns } from "./privacy/carry-training-set.ts";
import { type CarryingDeps, type CarryingPlan, planCarrying } from "./privacy/carrying.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { DataFile } from "./segment.ts";
import type { OpenSelectionThread } from "./selecting.ts";
import type { Source } from "./source.ts";
import { segmentColumns } from "./source-rows.ts";
import { checkSpine } from "./spine.ts";
import {
  type MadeTrainingSet,
  manifestDigest,
  type TrainingSet,
  type TrainingSets,
  trainingSetId,
} from "./training-set.ts";
import { trainingSetRecords } from "./training-set-lineage.ts";
import { viewAbsences } from "./view-absences.ts";

/** What is asked for. */
export interface TrainingSetRequest extends TimesRequest {
  readonly bound: BoundService;
  readonly spineDigest: Digest;
  /** 0: the newest. */
  readonly dataVersion: number;
  readonly seed: number;
  readonly sampleRows: number;
  /** What the rows are carried for. Empty: nobody said. */
  readonly purpose: string;
  /** Of the key of pseudonyms, tokens and noise. 0: the newest. */
  readonly privacyKeyVersion: number;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** What it needs. */
export interface TrainingSetDeps extends LoadDeps, CarryingDeps {
  readonly trainingSets: TrainingSets;
  readonly forgettings: Pick<Forgettings, "unforgotten">;
  readonly openSelectionThread: OpenSelectionThread;
  source(project: string, id: string): Promise<Source>;
}

/**
 * Joins a feature service to a spine. The same request on the same data version gives the same bytes, and so the same
 * training set, whatever was loaded since.
 */
export async function createTrainingSet(
  deps: TrainingSetDeps,
  request: TrainingSetRequest,
  run: Run,
): Promise<TrainingSet> {
  await using scratch = await deps.newScratch();
  run.progress(0, "planning the join");
  const planned = await plan(deps, request, scratch);
  run.progress(0.05, "joining the features");
  const tables = deps.tablesOf(request.bound.service.project);
  const joined = await tables.pointInTimeJoin(
    { ...planned.plan, output: scratch.path("training-set.parquet") },
    { signal: run.signal, onProgress: (share) => run.progress(0.05 + share * 0.5, "joining the features") },
  );
  const whole = await withOnDemand(deps, request, { joined, scratch, run });
  run.progress(0.55, "digesting the rows");
  const { carrying } = planned;
  const carried = await carryJoined(
    { tables, local: deps.tables },
    { ...request, plan: carrying, table: whole, scratch, run },
  );
  run.progress(0.7, "certifying that no row knows the future");
  // What is checked are the joined rows: the treatment comes after the join, and knows nothing but them.
  const certificate = await certify(deps, request, { ...planned, joined, whole, digest: carried.digest, run, scratch });
  run.progress(0.95, "storing the training set");
  const text = certificateText(certificate);
  const { table } = carried;
  await deps.blobs.put(scratch.content(table.path), { expectedDigest: table.fileDigest });
  await deps.blobs.put(Buffer.from(text, "utf8"));
  const made = {
    ...requested(request, planned),
    digest: carried.digest,
    fileDigest: table.fileDigest,
    sizeBytes: table.byteCount,
    rowCount: table.rowCount,
    columns: table.columns,
    ...(carried.privacy && { privacy: carried.privacy }),
    certificate,
    certificateDigest: digestOfBytes(text),
  };
  // Awaited here: a failure must not wait, unheard, until the files in between are removed.
  return await keep(deps, { made, request, certificateBytes: Buffer.byteLength(text) });
}

interface Planned {
  readonly plan: JoinPlan;
  readonly dataVersion: number;
  /** The files that were read. */
  readonly segments: readonly DataFile[];
  /** What becomes of columns about people. Undefined: nothing is said of any. */
  readonly carrying: CarryingPlan | undefined;
}

async function plan(deps: TrainingSetDeps, request: TrainingSetRequest, scratch: ScratchFiles): Promise<Planned> {
  const { bound, spineDigest, cutoffColumn } = request;
  const { project } = bound.service;
  const dataVersion = await knownDataVersion(deps, project, request.dataVersion);
  await knownArtifact(deps.artifacts, { project, digest: spineDigest, path: "spine_digest" });
  const spine = await deps.blobs.localFile(spineDigest);
  const shape = await deps.tables.inspect({ path: spine, format: "parquet" });
  checkSpine(shape.columns, request, bound);
  const carrying = await planCarrying(deps, {
    bound,
    purpose: request.purpose,
    keyVersion: request.privacyKeyVersion,
    columns: joinedColumns(shape.columns, bound),
  });
  const segments: DataFile[] = [];
  const files = new Map<string, SourceFiles>();
  for (const id of new Set(bound.views.map((it) => it.view.source))) {
    const ofSource = await deps.segments.files(project, id, dataVersion);
    segments.push(...ofSource);
    const paths = await Promise.all(ofSource.map((it) => deps.blobs.localFile(it.digest)));
    const source = await deps.source(project, id);
    const read = paths.length > 0 ? paths : [await emptySegment(deps, source, scratch)];
    files.set(id, sourceFiles(read, ofSource, segmentColumns(source)));
  }
  const spineColumns = shape.columns.map((it) => it.name);
  const plan = joinPlan(bound, { spine, spineColumns, cutoffColumn, segments: files });
  return { plan, dataVersion, segments, carrying };
}

/** The data version to read. Fails with DATA_VERSION_UNKNOWN for one that was not reached. */
async function knownDataVersion({ segments }: LoadDeps, project: string, wanted: number): Promise<number> {
  const newest = await segments.newestVersion(project);
  if (wanted > newest) throw dataVersionUnknown(wanted, newest);
  return wanted === 0 ? newest : wanted;
}

/** A file without rows stands for a source without segments, so that the join has columns to look at. */
async function emptySegment({ tables }: LoadDeps, source: Source, scratch: ScratchFiles): Promise<string> {
  const output = scratch.path(`empty-${source.id}.parquet`);
  return (await tables.importRows({ columns: segmentColumns(source), output }, [])).path;
}

/** The joined rows with what on-demand views compute of them, and without what only these read. */
async function withOnDemand(
  { tables }: TrainingSetDeps,
  { bound }: TrainingSetRequest,
  { joined, scratch, run }: Pick<Joined, "joined" | "scratch" | "run">,
): Promise<WrittenTable> {
  const outputs = outputsOf(bound);
  if (outputs.length === 0) return joined;
  const output = scratch.path("with-on-demand.parquet");
  return computeRows(tables, { table: joined, outputs, dropped: hiddenColumns(bound), output, signal: run.signal });
}

interface Joined extends Planned {
  readonly joined: JoinedTable;
  /** The same rows with what on-demand views compute of them. */
  readonly whole: WrittenTable;
  readonly digest: Digest;
  readonly run: Run;
  readonly scratch: ScratchFiles;
}

/** Fails with CERTIFICATE_FAILED if the join broke its law: such rows are never kept. */
async function certify(
  deps: TrainingSetDeps,
  request: TrainingSetRequest,
  { plan, joined, whole, digest, run: { signal }, scratch }: Joined,
): Promise<Certificate> {
  const { seed, sampleRows, labelColumns, bound } = request;
  const { tables } = deps;
  const checked = await tables.certify(plan, joined, { seed, sampleRows, signal });
  const features = bound.features.map((it) => it.name);
  const comparing = { table: whole, features, labels: labelColumns, seed, scratch };
  const found = await findSuspects(deps, comparing, signal);
  const keyColumns = [...new Set(bound.views.flatMap((it) => it.keys.map(({ field }) => field)))];
  const times = await checkTimes(tables, { table: joined, keyColumns }, { request, signal });
  // Views without a value are counted with the engine that joined them: it is a join over all of their rows.
  const joining = deps.tablesOf(bound.service.project);
  const absences = await viewAbsences(joining, { plan, joined, bound, scratch, signal });
  const certificate = certificateOf(checked, { ...found, ...times, absences, trainingSetDigest: digest });
  if (!certificate.passed) throw certificateFailed(certificate.mismatchCount, certificate.laterKnowledgeCount);
  return certificate;
}

const requested = ({ bound: { service }, ...request }: TrainingSetRequest, planned: Planned) => ({
  project: service.project,
  featureService: service.id,
  featureServiceVersion: service.version,
  featureServiceDigest: service.digest,
  spineDigest: request.spineDigest,
  cutoffColumn: request.cutoffColumn,
  labelColumns: request.labelColumns,
  dataVersion: planned.dataVersion,
  segmentDigests: [...new Set(planned.segments.map((it) => it.digest))],
});

interface Keep {
  readonly made: MadeTrainingSet;
  readonly request: Pick<TrainingSetRequest, "bound" | "actor" | "operation">;
  readonly certificateBytes: number;
}

/** Gives the training set its name, and commits it with its lineage; or returns the equal one that is there. */
export async function keep(deps: TrainingSetDeps, { made, request, certificateBytes }: Keep): Promise<TrainingSet> {
  const { trainingSets, outbox, clock } = deps;
  const { project } = made;
  const digest = manifestDigest(made);
  const work = async () => {
    const there = await trainingSets.ofManifest(project, digest);
    if (there) return { writes: [], response: there };
    let ordinal = 1;
    while (await trainingSets.get(project, trainingSetId(made.digest, ordinal))) ordinal += 1;
    const id = trainingSetId(made.digest, ordinal);
    const trainingSet: TrainingSet = { ...made, id, manifestDigest: digest, createTimeMs: clock.now() };
    const records: readonly LineageRecord[] = trainingSetRecords({
      trainingSet,
      bound: request.bound,
      certificateBytes,
      actor: request.actor,
    });
    // Who was forgotten while the rows were joined is in none of them.
    const unforgotten = await deps.forgettings.unforgotten(project, made.segmentDigests);
    const lineage = records.flatMap((it) => outbox.writes(it));
    return { writes: [...trainingSets.adding(trainingSet), ...unforgotten, ...lineage], response: trainingSet };
  };
  const identity = {
    requestId: request.operation,
    method: "CreateTrainingSet.keep",
    principal: project,
    requestDigest: digest,
  };
  const kept = await deps.once({ identity, subject: `${project}/training-sets`, work });
  deps.storedFiles.kept([made.fileDigest, made.certificateDigest]);
  return kept;
}
