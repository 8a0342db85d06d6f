import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { JoinedTable, JoinPlan } from "@throughline/tables";
import { type Certificate, certificateOf, certificateText, findSuspects } from "./certificate.ts";
import { certificateFailed, dataVersionUnknown } from "./errors.ts";
import type { BoundService } from "./feature-service.ts";
import { joinPlan } from "./join-plan.ts";
import { knownArtifact, type LoadDeps, type Run } from "./load-source.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { DataFile } from "./segment.ts";
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

/** What is asked for. */
export interface TrainingSetRequest {
  readonly bound: BoundService;
  readonly spineDigest: Digest;
  readonly cutoffColumn: string;
  readonly labelColumns: readonly string[];
  /** 0: the newest. */
  readonly dataVersion: number;
  readonly seed: number;
  readonly sampleRows: number;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** What it needs. */
export interface TrainingSetDeps extends LoadDeps {
  readonly trainingSets: TrainingSets;
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
  const joined = await deps.tables.pointInTimeJoin(
    { ...planned.plan, output: scratch.path("training-set.parquet") },
    { signal: run.signal, onProgress: (share) => run.progress(0.05 + share * 0.5, "joining the features") },
  );
  run.progress(0.55, "digesting the rows");
  const columns = request.bound.features.map((it) => it.name);
  const identity = await deps.tables.rowsIdentity({ segments: [joined.path], columns }, { signal: run.signal });
  run.progress(0.7, "certifying that no row knows the future");
  const certificate = await certify(deps, request, { ...planned, joined, digest: identity.merkleRoot, run });
  run.progress(0.95, "storing the training set");
  const text = certificateText(certificate);
  await deps.blobs.put(scratch.content(joined.path), { expectedDigest: joined.fileDigest });
  await deps.blobs.put(Buffer.from(text, "utf8"));
  const made = {
    ...requested(request, planned),
    digest: identity.merkleRoot,
    fileDigest: joined.fileDigest,
    sizeBytes: joined.byteCount,
    rowCount: joined.rowCount,
    columns: joined.columns,
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
}

async function plan(deps: TrainingSetDeps, request: TrainingSetRequest, scratch: ScratchFiles): Promise<Planned> {
  const { bound, spineDigest, cutoffColumn } = request;
  const { project } = bound.service;
  const dataVersion = await knownDataVersion(deps, project, request.dataVersion);
  await knownArtifact(deps.artifacts, { project, digest: spineDigest, path: "spine_digest" });
  const spine = await deps.blobs.localFile(spineDigest);
  const shape = await deps.tables.inspect({ path: spine, format: "parquet" });
  checkSpine(shape.columns, request, bound);
  const segments: DataFile[] = [];
  const files = new Map<string, readonly string[]>();
  for (const id of new Set(bound.views.map((it) => it.view.source))) {
    const ofSource = await deps.segments.files(project, id, dataVersion);
    segments.push(...ofSource);
    const paths = await Promise.all(ofSource.map((it) => deps.blobs.localFile(it.digest)));
    files.set(id, paths.length > 0 ? paths : [await emptySegment(deps, await deps.source(project, id), scratch)]);
  }
  const spineColumns = shape.columns.map((it) => it.name);
  return { plan: joinPlan(bound, { spine, spineColumns, cutoffColumn, segments: files }), dataVersion, segments };
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

interface Joined extends Planned {
  readonly joined: JoinedTable;
  readonly digest: Digest;
  readonly run: Run;
}

/** Fails with CERTIFICATE_FAILED if the join broke its law: such rows are never kept. */
async function certify(
  { tables }: LoadDeps,
  request: TrainingSetRequest,
  { plan, joined, digest, run: { signal } }: Joined,
): Promise<Certificate> {
  const { seed, sampleRows, labelColumns, bound } = request;
  const checked = await tables.certify(plan, joined, { seed, sampleRows, signal });
  const features = bound.features.map((it) => it.name);
  const suspects = await findSuspects(tables, { table: joined, features, labels: labelColumns }, signal);
  const certificate = certificateOf(checked, suspects, digest);
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
  readonly request: TrainingSetRequest;
  readonly certificateBytes: number;
}

/** Gives the training set its name, and commits it with its lineage; or returns the equal one that is there. */
async function keep(deps: TrainingSetDeps, { made, request, certificateBytes }: Keep): Promise<TrainingSet> {
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
    const viewDigests = request.bound.views.map((it) => ({
      view: it.view.id,
      version: it.view.version,
      digest: it.view.digest,
    }));
    const records: readonly LineageRecord[] = trainingSetRecords({
      trainingSet,
      viewDigests,
      certificateBytes,
      actor: request.actor,
    });
    const writes = [...trainingSets.adding(trainingSet), ...records.flatMap((it) => outbox.writes(it))];
    return { writes, response: trainingSet };
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
