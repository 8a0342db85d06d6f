import { digestOfBytes, invariant } from "@throughline/kernel";
import type { FeatureFacts, NecessityReport as Reported } from "@throughline/selection";
import type { Row } from "@throughline/tables";
import type { Descriptions } from "../description.ts";
import type { LoadDeps, Run } from "../load-source.ts";
import { serviceName, trainingSetName } from "../names.ts";
import { comparable, openSample } from "../sampled-rows.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { OpenSelectionThread } from "../selecting.ts";
import { type Costs, costsOf, type Readers, readersOf } from "./feature-facts.ts";
import { reportRecord } from "./necessity-lineage.ts";
import { notesOf } from "./necessity-notes.ts";
import {
  type ImportanceBasis,
  type NecessityReport,
  type NecessityReports,
  type ReportContent,
  reportBytes,
  reportContent,
  reportId,
} from "./necessity-report.ts";
import type { CheckedImportance, CheckedRequest } from "./necessity-request.ts";
import type { ReleasedModels } from "./released-models.ts";
import { figuresOf, reportedRanking } from "./reported-figures.ts";
import { scoredRows } from "./scored-rows.ts";
import type { Scored, Scoring } from "./scoring.ts";

/** What making reports needs. */
export interface NecessityDeps
  extends Pick<LoadDeps, "tables" | "blobs" | "outbox" | "clock" | "once" | "newScratch" | "storedFiles"> {
  readonly necessityReports: NecessityReports;
  readonly openSelectionThread: OpenSelectionThread;
  readonly scoring: Scoring;
  readonly releasedModels: ReleasedModels;
  readonly descriptions: Descriptions;
}

/** Values that are read in all, so that the thread that compares them stays within its memory. */
const VALUES_MAX = 5_000_000;
const ROWS_MIN = 100;

/** Makes a report and keeps it. The same request gives the same report until releases or cost notes change. */
export async function createNecessityReport(
  deps: NecessityDeps,
  request: CheckedRequest,
  run: Run,
): Promise<NecessityReport> {
  await using scratch = await deps.newScratch();
  run.progress(0, "asking who reads the features");
  const readers = await readersOf(deps.releasedModels, request.bound);
  const costs = await costsOf(deps.descriptions, request.bound, request.costs);
  const sample = await sampled(deps, request, { scratch, run });
  const scored = await importances(deps, request, { sample, run });
  run.progress(0.7, "comparing the features");
  const reported = await reportOf(deps, request, { sample, readers, costs, scored, run });
  run.progress(0.95, "storing the report");
  const bytes = reportBytes(contentOf(request, { reported, readers, costs, scored, rows: sample.rows }));
  await deps.blobs.put(bytes);
  // Awaited here: a failure must not wait, unheard, until the files in between are removed.
  return await keep(deps, request, bytes);
}

/** Rows of the training set that are looked at. */
interface Sample {
  readonly rows: number;
  /** The features and the label, those that can be compared. */
  readonly names: readonly string[];
  read(): AsyncIterable<readonly Row[]>;
}

interface Place {
  readonly scratch: ScratchFiles;
  readonly run: Run;
}

async function sampled(deps: NecessityDeps, request: CheckedRequest, { scratch, run }: Place): Promise<Sample> {
  const { trainingSet, columns, labelColumn, seed } = request;
  const file = await deps.blobs.localFile(trainingSet.fileDigest);
  const names = [...columns.filter(comparable), ...(labelColumn ? [labelColumn] : [])].map((it) => it.name);
  const fitting = Math.max(ROWS_MIN, Math.floor(VALUES_MAX / Math.max(1, names.length)));
  const rowsMax = Math.min(request.rowsMax, fitting);
  const { rowCount } = trainingSet;
  const opened = await openSample(deps.tables, {
    file,
    rowCount,
    columns: names,
    rowsMax,
    seed,
    scratch,
    signal: run.signal,
  });
  return { rows: opened.rowCount, names, read: () => opened.read() };
}

async function importances(
  { scoring, blobs }: NecessityDeps,
  { importance, columns, labelColumn, seed, trainingSet }: CheckedRequest,
  { sample, run }: { readonly sample: Sample; readonly run: Run },
): Promise<Scored | undefined> {
  if (!importance || !labelColumn) return undefined;
  run.progress(0.2, "running the model on shuffled features");
  const features = columns.map((it) => it.name);
  const grouped = new Set(importance.groups.flat());
  const groups = [...importance.groups, ...features.filter((it) => !grouped.has(it)).map((it) => [it])];
  const task = {
    modelVersion: importance.modelVersion,
    use: importance.use,
    loss: importance.loss,
    modelFile: await blobs.localFile(importance.model.digest),
    digest: importance.model.digest,
    features,
    groups,
    repeats: importance.repeats,
    seed,
  };
  invariant(trainingSet.labelColumns.includes(labelColumn.name), "the label was checked");
  const rows = scoredRows(sample, { features, label: labelColumn.name, rowsMax: importance.rowsMax, seed });
  return scoring.importances(task, rows, run.signal);
}

interface Facts {
  readonly sample: Sample;
  readonly readers: Readers;
  readonly costs: Costs;
  readonly scored: Scored | undefined;
  readonly run: Run;
}

async function reportOf(
  { openSelectionThread }: NecessityDeps,
  { columns, labelColumn, thresholds, seed, dropCosts }: CheckedRequest,
  { sample, readers, costs, scored, run }: Facts,
): Promise<Reported> {
  await using thread = openSelectionThread(run.signal);
  await thread.begin(sample.names);
  for await (const rows of sample.read()) await thread.add(rows);
  const facts = new Map(
    columns.map(({ name }): [string, FeatureFacts] => {
      const [cost, readBy] = [costs.of.get(name), readers.of?.get(name)?.newest];
      return [name, { ...(cost !== undefined && { cost }), ...(readBy && { readBy }) }];
    }),
  );
  const features = columns.filter(comparable).map((it) => it.name);
  // Awaited here: the thread ends with this function.
  return await thread.report({
    features,
    facts,
    thresholds,
    seed,
    ...(dropCosts.length > 0 && { dropCosts }),
    ...(labelColumn && { label: labelColumn.name }),
    ...(scored && { importances: scored.importances }),
  });
}

interface Outcome {
  readonly reported: Reported;
  readonly readers: Readers;
  readonly costs: Costs;
  readonly scored: Scored | undefined;
  /** That were read. */
  readonly rows: number;
}

function contentOf(request: CheckedRequest, outcome: Outcome): ReportContent {
  const { trainingSet, bound, importance, label, seed, thresholds, columns } = request;
  const { reported, readers, costs, scored } = outcome;
  const { project } = trainingSet;
  return {
    featureService: serviceName.format({ project, service: bound.service.id }),
    featureServiceVersion: bound.service.version,
    trainingSet: trainingSetName.format({ project, trainingSet: trainingSet.id }),
    trainingSetFile: trainingSet.fileDigest,
    label,
    seed,
    thresholds,
    rowCount: trainingSet.rowCount,
    sampledRowCount: outcome.rows,
    comparedRowCount: label === "" ? 0 : reported.rowsSampled,
    pairedRowCount: reported.rowsPaired,
    ...(importance && scored && { importance: basisOf(importance, scored) }),
    ...(request.dropOne && { dropOne: request.dropOne }),
    ...reportedRanking(reported),
    figures: figuresOf(columns, {
      reported,
      readers,
      costs,
      importances: scored?.importances ?? [],
      dropCosts: request.dropCosts,
    }),
    findings: reported.findings,
    notes: notesOf({
      rowCount: trainingSet.rowCount,
      sampledRowCount: outcome.rows,
      hasLabel: label !== "",
      isImportanceAsked: importance !== undefined,
      leftOutRowCount: scored?.leftOutRowCount ?? 0,
      hasDropCosts: request.dropCosts.length > 0,
      hasLinearReference: reported.ranking?.linear !== undefined,
      more: [...readers.notes, ...costs.notes],
    }),
    releaseCount: readers.releaseCount,
    unreadFeatures: readers.unread,
  };
}

const basisOf = ({ modelVersion, model, use, repeats }: CheckedImportance, scored: Scored): ImportanceBasis => ({
  modelVersion,
  modelDigest: model.digest,
  outputTensor: use.outputTensor,
  outputColumn: use.outputColumn,
  loss: scored.loss,
  baseLoss: scored.baseLoss,
  rowCount: scored.rowCount,
  repeatCount: repeats,
  leftOutRowCount: scored.leftOutRowCount,
});

async function keep(deps: NecessityDeps, request: CheckedRequest, bytes: Uint8Array): Promise<NecessityReport> {
  const { necessityReports, outbox, clock } = deps;
  const { trainingSet, bound, importance, actor, operation } = request;
  const { project } = trainingSet;
  const [id, digest] = [reportId(bytes), digestOfBytes(bytes)];
  const work = async () => {
    const there = await necessityReports.get(project, id);
    invariant(there === undefined || there.digest === digest, `two necessity reports have the id ${id}`);
    if (there) return { writes: [], response: there };
    const { figures: _, ranking: __, ...summary } = reportContent(bytes);
    const kept = { project, id, digest, sizeBytes: bytes.length, actor, createTimeMs: clock.now() };
    const report: NecessityReport = { ...summary, ...kept };
    const record = reportRecord(report, {
      trainingSetFile: trainingSet.fileDigest,
      views: bound.views.map(({ view }) => view),
      ...(importance && { modelDigest: importance.model.digest }),
    });
    return { writes: [...necessityReports.adding(report), ...outbox.writes(record)], response: report };
  };
  const method = "CreateNecessityReport.keep";
  const identity = { requestId: operation, method, principal: project, requestDigest: digest };
  const report = await deps.once({ identity, subject: `${project}/necessity-reports`, work });
  deps.storedFiles.kept([digest]);
  return report;
}
