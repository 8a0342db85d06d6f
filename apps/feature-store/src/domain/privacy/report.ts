import { setImmediate as breathe } from "node:timers/promises";
import { canonicalJson, type Digest, digestOfBytes, type Json, type Page } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import {
  type AnonymityDemand,
  type ClassCounts,
  classCounter,
  type PrivacyReport,
  privacyReport,
} from "@throughline/privacy";
import type { Write } from "@throughline/store";
import type { PageRequest } from "../catalog.ts";
import type { LoadDeps, Run } from "../load-source.ts";
import { privacyReportName, trainingSetName } from "../names.ts";
import { problems } from "../problems.ts";
import type { TrainingSet } from "../training-set.ts";

/** How well people hide in a training set. It never changes. */
export interface KeptReport {
  readonly project: string;
  readonly id: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Id of the training set. */
  readonly trainingSet: string;
  readonly trainingSetDigest: Digest;
  readonly report: PrivacyReport;
  readonly demand?: AnonymityDemand;
  readonly actor: string;
  readonly createTimeMs: number;
}

/**
 * The reports that were made. Laws, checked by `store/privacy-stores.test.ts`:
 * - Of several writers of one id exactly one succeeds; the others fail with ALREADY_EXISTS.
 * - `list` has the newest first.
 */
export interface PrivacyReports {
  get(project: string, id: string): Promise<KeptReport | undefined>;
  /** Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<KeptReport>>;
  /** True if a report of some project has the digest. */
  isReferred(digest: Digest): Promise<boolean>;
  adding(report: KeptReport): readonly Write[];
}

/** What reporting needs. */
export interface ReportDeps extends Pick<LoadDeps, "tables" | "blobs" | "outbox" | "clock" | "once" | "storedFiles"> {
  readonly privacyReports: PrivacyReports;
}

/** What is asked for. */
export interface ReportRequest {
  readonly trainingSet: TrainingSet;
  readonly columns: ReportColumns;
  readonly demand: AnonymityDemand | undefined;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** The columns that a report is about. */
export interface ReportColumns {
  readonly quasiIdentifiers: readonly string[];
  readonly sensitive: readonly string[];
}

/** The columns that are asked for, or those that the set's policies class so. Fails with INVALID_FIELD. */
export function reportColumns({ columns, privacy }: TrainingSet, asked: ReportColumns): ReportColumns {
  const wrong = problems();
  const names = new Set(columns.map((it) => it.name));
  const classed = (kind: string): readonly string[] =>
    (privacy?.columns ?? []).filter((it) => it.class === kind && names.has(it.column)).map((it) => it.column);
  const check = (given: readonly string[], path: string): void =>
    given.forEach((it, i) => {
      if (!names.has(it)) wrong.add(`${path}[${i}]`, `the training set has no column "${it}"`);
    });
  check(asked.quasiIdentifiers, "quasi_identifiers");
  check(asked.sensitive, "sensitive");
  const quasiIdentifiers = asked.quasiIdentifiers.length > 0 ? asked.quasiIdentifiers : classed("quasi_identifier");
  const sensitive = (asked.sensitive.length > 0 ? asked.sensitive : classed("sensitive")).filter(
    (it) => !quasiIdentifiers.includes(it),
  );
  if (quasiIdentifiers.length === 0)
    wrong.add("quasi_identifiers", "no policy of the training set classes any of its columns so: name them here");
  wrong.throwIfAny();
  return { quasiIdentifiers, sensitive };
}

/**
 * Measures a training set as it is in its file, and keeps what was found as an artifact. The same request gives the same report. What
 * is in memory does not grow with the rows, but for the counts of classes, which have a limit. Fails with TOO_MANY_CLASSES.
 */
export async function createReport(deps: ReportDeps, request: ReportRequest, run: Run): Promise<KeptReport> {
  const { trainingSet, demand, actor } = request;
  const { project } = trainingSet;
  const report = privacyReport(await countClasses(deps, request, run), demand);
  const bytes = Buffer.from(reportText(request, report), "utf8");
  const digest = digestOfBytes(bytes);
  const id = digest.slice("sha256:".length, "sha256:".length + 16);
  run.progress(0.95, "storing the report");
  await deps.blobs.put(bytes);
  const made: KeptReport = {
    project,
    id,
    digest,
    sizeBytes: bytes.byteLength,
    report,
    actor,
    createTimeMs: deps.clock.now(),
    trainingSet: trainingSet.id,
    trainingSetDigest: trainingSet.digest,
    ...(demand && { demand }),
  };
  const work = async () => {
    const there = await deps.privacyReports.get(project, id);
    if (there) return { writes: [], response: there };
    const lineage = deps.outbox.writes(reportRecord(made, trainingSet.fileDigest));
    return { writes: [...deps.privacyReports.adding(made), ...lineage], response: made };
  };
  const identity = { requestId: request.operation, method: "CreatePrivacyReport.keep", principal: project };
  const subject = `${project}/privacy-reports/${id}`;
  const kept = await deps.once({ identity: { ...identity, requestDigest: digest }, subject, work });
  deps.storedFiles.kept([digest]);
  return kept;
}

/** Rows in memory at a time, and between two turns of the loop of events. */
const PIECE_ROWS = 20_000;
const ROWS_AT_ONCE = 1_000;

async function countClasses(
  { tables, blobs }: ReportDeps,
  { trainingSet, columns }: ReportRequest,
  run: Run,
): Promise<ClassCounts> {
  const counter = classCounter(columns);
  const quasiCount = columns.quasiIdentifiers.length;
  const names = [...columns.quasiIdentifiers, ...columns.sensitive];
  const segments = [await blobs.localFile(trainingSet.fileDigest)];
  const { rowCount } = trainingSet;
  for (let offset = 0; offset < rowCount; offset += PIECE_ROWS) {
    run.progress((0.9 * offset) / rowCount, `${offset} of ${rowCount} rows counted`);
    const reading = { segments, columns: names, offset, limit: PIECE_ROWS };
    const { rows } = await tables.readRows(reading, { signal: run.signal });
    for (const [i, row] of rows.entries()) {
      if (i % ROWS_AT_ONCE === 0) await breathe();
      counter.add(row.slice(0, quasiCount), row.slice(quasiCount));
    }
  }
  return counter.counts();
}

/** JSON has no infinite numbers: of no rows some figures are, and they become null. */
function reportText({ trainingSet, demand }: ReportRequest, report: PrivacyReport): string {
  const { project, id, digest, fileDigest } = trainingSet;
  const whole = {
    training_set: trainingSetName.format({ project, trainingSet: id }),
    training_set_digest: digest,
    file_digest: fileDigest,
    demand: demand ?? {},
    report,
  };
  return canonicalJson(JSON.parse(JSON.stringify(whole)) as Json);
}

function reportRecord(made: KeptReport, fileDigest: Digest): LineageRecord {
  const { project, id, digest, sizeBytes, trainingSetDigest } = made;
  const resource = privacyReportName.format({ project, report: id });
  return {
    execution: {
      id: `feature-store:privacy-report:${project}:${id}`,
      project: `projects/${project}`,
      kind: "REPORT",
      resource,
      actor: made.actor,
      timeMs: made.createTimeMs,
    },
    artifacts: [{ digest, kind: "PRIVACY_REPORT", resource, sizeBytes, mediaType: "application/json" }],
    events: [
      { digest: fileDigest, type: "INPUT", role: "training_set" },
      { digest: trainingSetDigest, type: "INPUT", role: "rows" },
      { digest, type: "OUTPUT", role: "privacy_report" },
    ],
  };
}
