import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type NecessityFinding,
  NecessityFindingKind,
  type NecessityReport,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import type { Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { isDigest, parseDigest } from "@throughline/kernel";
import type { Findings, Training } from "../domain/ports.ts";
import { asking, CALL, isBy, newestOf, projectIn, type Then, thenOf, unlessMissing } from "./asking.ts";
import { monitoringFindings } from "./monitoring-findings.ts";

/** Reports on other versions of a feature service that are passed over. */
const REPORTS_MAX = 20;
/** The tags of trials and of replays, as tracking and the command write them. */
const STUDY_TAG = "throughline.study";
const REPLAY_TAG = "throughline.replay_of";

export interface FindingSources {
  readonly tracking: Transport;
  readonly featureStore: Transport;
  /** Left out: no evaluations are found. */
  readonly validation?: Transport;
}

/** Asks tracking for runs and studies, validation for evaluations, and the feature store for certificates and reports. */
export function findingsOf(sources: FindingSources): Findings {
  const { tracking, featureStore, validation } = sources;
  const evaluations = validation && createClient(ValidationService, validation);
  const store = createClient(FeatureStoreService, featureStore);
  const necessity = createClient(NecessityService, featureStore);
  const runs = createClient(TrackingService, tracking);
  const studies = createClient(StudyService, tracking);
  const replayOf = async (run: string, asOfMs?: number): Promise<Training["replay"]> => {
    const parent = projectIn(run);
    const ended = asOfMs === undefined ? "" : ` AND end_time <= ${asOfMs}`;
    const filter = `tags.\`${REPLAY_TAG}\` = '${run}' AND status = 'FINISHED'${ended}`;
    const asked = { parent, filter, orderBy: ["start_time DESC"], pageSize: 1 };
    const [found] = (await runs.searchRuns(asked, CALL)).runs;
    const replay = found && (await unlessMissing(runs.getRun({ name: found.name }, CALL)))?.run;
    return replay && { run: replay.name, digests: digestsOf(replay) };
  };
  const studyOf = async ({ name, tags }: Run, then: Then): Promise<string | undefined> => {
    const study = tags[STUDY_TAG];
    if (study === undefined || !/^projects\/[^/]+\/studies\/[^/]+$/.test(study)) return undefined;
    const result = await unlessMissing(studies.getStudyResult({ name: study, ...then }, CALL));
    return result?.bestTrials.some((it) => it.run === name) ? study : undefined;
  };
  return {
    ...monitoringFindings(sources),
    evaluation: asking("validation service", "evaluations", async (subject: string, asOfMs?: number) => {
      const asked = { parent: projectIn(subject), subject, pageSize: 1, ...thenOf(asOfMs) };
      const newest = (await evaluations?.listEvaluations(asked, CALL))?.evaluations[0];
      if (!newest) return undefined;
      const digest = parseDigest(newest.digest, "evaluation.digest");
      return { digest, createTimeMs: newest.createTime ? timestampMs(newest.createTime) : 0 };
    }),
    certificate: asking("feature store", "leakage certificates", async (name: string, asOfMs?: number) => {
      const set = (await unlessMissing(store.getTrainingSet({ name }, CALL)))?.trainingSet;
      const digest = set?.certificateDigest ?? "";
      return isDigest(digest) && isBy(set?.createTime, asOfMs) ? digest : undefined;
    }),
    training: asking("tracking service", "runs", async (name: string, asOfMs?: number) => {
      const run = (await unlessMissing(runs.getRun({ name }, CALL)))?.run;
      if (!run) return undefined;
      const [study, replay] = await Promise.all([studyOf(run, thenOf(asOfMs)), replayOf(name, asOfMs)]);
      const origin = { digests: digestsOf(run), ...(study !== undefined && { study }), ...(replay && { replay }) };
      return { ...origin, ...loggedBy(run, asOfMs) };
    }),
    viewMadeMs: asking("feature store", "feature views", async (name: string, version: number) => {
      const asked = store.getFeatureView({ name, version: BigInt(version) }, CALL);
      const made = (await unlessMissing(asked))?.featureView?.createTime;
      return made && timestampMs(made);
    }),
    necessity: asking(
      "feature store",
      "necessity reports",
      async (featureService: string, version: number, asOfMs?: number) => {
        const load = async (pageToken: string) => {
          const parent = projectIn(featureService);
          const asked = { parent, featureService, pageSize: REPORTS_MAX, pageToken, ...thenOf(asOfMs) };
          const { necessityReports: items, nextPageToken } = await necessity.listNecessityReports(asked, CALL);
          return { items, nextPageToken };
        };
        const isWanted = (it: NecessityReport) => Number(it.featureServiceVersion) === version;
        const newest = await newestOf<NecessityReport>(load, { isWanted, most: REPORTS_MAX, asOfMs });
        const found = newest && (await unlessMissing(necessity.getNecessityReport({ name: newest.name }, CALL)));
        const report = found?.necessityReport;
        if (!report) return undefined;
        const { name, figures, findings } = report;
        return {
          name,
          isMeasured: figures.length > 0 && figures.every((it) => it.importance ?? it.dropCost),
          needless: featuresIn(findings, NEEDLESS),
          costsKnown: figures.some((it) => it.cost !== undefined),
          costly: featuresIn(findings, [NecessityFindingKind.COSTLY]),
        };
      },
    ),
  };
}

const NEEDLESS = [
  NecessityFindingKind.DUPLICATE,
  NecessityFindingKind.NEARLY_CONSTANT,
  NecessityFindingKind.UNUSED,
  NecessityFindingKind.REDUNDANT,
];

function featuresIn(findings: readonly NecessityFinding[], kinds: readonly NecessityFindingKind[]): readonly string[] {
  return [...new Set(findings.filter((it) => kinds.includes(it.kind)).flatMap((it) => it.features))];
}

/** What the run says of its code and its metrics; at an instant at which it had not ended that is not known. */
function loggedBy(
  { recipe, metrics, endTime }: Run,
  asOfMs: number | undefined,
): Pick<Training, "commit" | "diffDigest" | "undefinedMetrics"> {
  if (asOfMs !== undefined && !(endTime && isBy(endTime, asOfMs))) return {};
  const { commit = "", diffDigest = "" } = recipe?.code ?? {};
  const undefinedMetrics = metrics.filter((it) => !Number.isFinite(it.value)).map((it) => it.key);
  const code = { ...(commit !== "" && { commit }), ...(diffDigest !== "" && { diffDigest }) };
  return { ...code, ...(undefinedMetrics.length > 0 && { undefinedMetrics }) };
}

const digestsOf = ({ artifacts }: Run): ReadonlySet<string> => new Set(artifacts.map((it) => it.digest));
