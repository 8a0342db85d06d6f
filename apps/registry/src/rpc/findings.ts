import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type NecessityFinding,
  NecessityFindingKind,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import type { Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { isDigest, parseDigest } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";
import type { Findings, Training } from "../domain/ports.ts";

/** No longer is waited for one answer. */
const CALL = { timeoutMs: 10_000 } as const;
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
export function findingsOf({ tracking, featureStore, validation }: FindingSources): Findings {
  const evaluations = validation && createClient(ValidationService, validation);
  const trainingSets = createClient(FeatureStoreService, featureStore);
  const necessity = createClient(NecessityService, featureStore);
  const runs = createClient(TrackingService, tracking);
  const studies = createClient(StudyService, tracking);
  const replayOf = async (run: string): Promise<Training["replay"]> => {
    const parent = projectIn(run);
    const filter = `tags.\`${REPLAY_TAG}\` = '${run}' AND status = 'FINISHED'`;
    const asked = { parent, filter, orderBy: ["start_time DESC"], pageSize: 1 };
    const [found] = (await runs.searchRuns(asked, CALL)).runs;
    const replay = found && (await unlessMissing(runs.getRun({ name: found.name }, CALL)))?.run;
    return replay && { run: replay.name, digests: digestsOf(replay) };
  };
  const studyOf = async ({ name, tags }: Run): Promise<string | undefined> => {
    const study = tags[STUDY_TAG];
    if (study === undefined || !/^projects\/[^/]+\/studies\/[^/]+$/.test(study)) return undefined;
    const result = await unlessMissing(studies.getStudyResult({ name: study }, CALL));
    return result?.bestTrials.some((it) => it.run === name) ? study : undefined;
  };
  return {
    async evaluation(subject) {
      const asked = { parent: projectIn(subject), subject, pageSize: 1 };
      const newest = (await evaluations?.listEvaluations(asked, CALL))?.evaluations[0];
      if (!newest) return undefined;
      const digest = parseDigest(newest.digest, "evaluation.digest");
      return { digest, createTimeMs: newest.createTime ? timestampMs(newest.createTime) : 0 };
    },
    async certificate(name) {
      const found = await unlessMissing(trainingSets.getTrainingSet({ name }, CALL));
      const digest = found?.trainingSet?.certificateDigest ?? "";
      return isDigest(digest) ? digest : undefined;
    },
    async training(name) {
      const run = (await unlessMissing(runs.getRun({ name }, CALL)))?.run;
      if (!run) return undefined;
      const [study, replay] = await Promise.all([studyOf(run), replayOf(name)]);
      return { digests: digestsOf(run), ...(study !== undefined && { study }), ...(replay && { replay }) };
    },
    async necessity(featureService, version) {
      const asked = { parent: projectIn(featureService), featureService, pageSize: REPORTS_MAX };
      const { necessityReports } = await necessity.listNecessityReports(asked, CALL);
      const newest = necessityReports.find((it) => Number(it.featureServiceVersion) === version);
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

const projectIn = (name: string): string => name.split("/").slice(0, 2).join("/");

const digestsOf = ({ artifacts }: Run): ReadonlySet<string> => new Set(artifacts.map((it) => it.digest));

/** What a version says of its origin may be no name at all: then there is nothing of that name. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (ConnectError.from(error).code !== Code.NotFound && reasonOf(error) !== "BAD_NAME") throw error;
    return undefined;
  }
}
