import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type CorrectedValueSchema,
  CorrectionMethod,
  Direction,
  type Study as StudyMessage,
  type StudySchema,
  StudyState,
  type TrialSchema,
  TrialState,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import type {
  TellTrialRequest,
  UpdateStudyRequest,
} from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { notFound } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import type { Corrected } from "@throughline/studies";
import { experimentName, type Key, parseExperimentName } from "../domain/names.ts";
import { nameOf } from "../domain/run.ts";
import { type Study, type StudyContent, studyName, studyNameOf } from "../domain/study.ts";
import type { StudySettings } from "../domain/study-changes.ts";
import {
  runKeyOf,
  type StudyTrial,
  type TrialEnd,
  type TrialKey,
  trialName,
  trialNameOf,
} from "../domain/study-trial.ts";
import { sameProject } from "./convert-values.ts";
import { prunerFromProto, prunerToProto, samplerFromProto, samplerToProto } from "./study-rules.ts";
import { paramsToProto, spaceFromProto, spaceToProto } from "./study-space.ts";

const TRIALS_USUAL = 1_000;
const LEASE_MS_USUAL = 10 * 60 * 1_000;
const RETRIES_USUAL = 1;

/** Reads the name of a study. Fails with BAD_NAME, naming the field `path`. */
export function parseStudyName(name: string, path: string): Key {
  const { project, study } = studyName.parse(name, path);
  return { project, id: study };
}

/** Reads the name of a trial. Fails with BAD_NAME, and with NOT_FOUND for a number that no trial has, such as 01. */
export function parseTrialName(name: string): TrialKey {
  const { project, study, trial } = trialName.parse(name);
  const number = Number(trial);
  if (String(number) !== trial) throw notFound(name);
  return { project, studyId: study, number };
}

/** What is taken of a study that a caller creates in `project`. */
export function studyContent(study: StudyMessage, project: string): StudyContent {
  const experiment = parseExperimentName(study.experiment, "study.experiment");
  sameProject(experiment.project, project, "study.experiment");
  return {
    displayName: study.displayName,
    experimentId: experiment.id,
    space: spaceFromProto(study.space),
    objectives: study.objectives.map(({ metric, direction }) => ({
      metric,
      direction: direction === Direction.MAXIMIZE ? "MAXIMIZE" : "MINIMIZE",
    })),
    sampler: samplerFromProto(study.sampler),
    pruner: prunerFromProto(study.pruner),
    seed: study.seed,
    trialsMax: study.trialsMax || TRIALS_USUAL,
    leaseMs: study.lease === undefined ? LEASE_MS_USUAL : durationMs(study.lease),
    retriesMax: study.retriesMax ?? RETRIES_USUAL,
  };
}

const durationMs = ({ seconds, nanos }: Duration): number => Number(seconds) * 1_000 + Math.floor(nanos / 1e6);

/** What a request changes: what it sets. */
export const settingsFromProto = ({
  displayName,
  trialsMax,
  lease,
  retriesMax,
}: UpdateStudyRequest): Partial<StudySettings> => ({
  ...(displayName !== undefined && { displayName }),
  ...(trialsMax !== undefined && { trialsMax }),
  ...(lease !== undefined && { leaseMs: durationMs(lease) }),
  ...(retriesMax !== undefined && { retriesMax }),
});

export function studyToProto(study: Study): MessageInitShape<typeof StudySchema> {
  const pruner = prunerToProto(study.pruner);
  const { project, leaseMs } = study;
  return {
    name: studyNameOf(study),
    displayName: study.displayName,
    experiment: experimentName.format({ project, experiment: study.experimentId }),
    space: spaceToProto(study.space),
    objectives: study.objectives.map(({ metric, direction }) => ({ metric, direction: Direction[direction] })),
    sampler: samplerToProto(study.sampler),
    ...(pruner !== undefined && { pruner }),
    seed: study.seed,
    trialsMax: study.trialsMax,
    lease: { seconds: BigInt(Math.floor(leaseMs / 1_000)), nanos: (leaseMs % 1_000) * 1e6 },
    retriesMax: study.retriesMax,
    state: StudyState[study.state],
    trialCount: study.trialCount,
    actor: study.actor,
    createTime: fromMs(study.createTimeMs),
    etag: String(study.revision),
  };
}

export function trialToProto(study: Study, trial: StudyTrial): MessageInitShape<typeof TrialSchema> {
  const { project, studyId, number, endTimeMs, retryOf } = trial;
  return {
    name: trialNameOf(trial),
    number,
    run: nameOf(runKeyOf(trial)),
    state: TrialState[trial.state],
    params: paramsToProto(study.space, trial.params),
    values: [...trial.values],
    reports: trial.reports.map(({ step, value }) => ({ step: BigInt(step), value })),
    failure: trial.failure,
    worker: trial.worker,
    retryOf: retryOf === undefined ? "" : trialNameOf({ project, studyId, number: retryOf }),
    startTime: fromMs(trial.startTimeMs),
    ...(endTimeMs === undefined
      ? { leaseExpireTime: fromMs(trial.leaseExpireTimeMs) }
      : { endTime: fromMs(endTimeMs) }),
    foldValues: [...trial.foldValues],
  };
}

/** The contract's rules let no other states through. */
export function endFromProto(request: TellTrialRequest): TrialEnd {
  const { state, values, failure, foldValues, exampleValues } = request;
  const ended = state === TrialState.COMPLETE ? "COMPLETE" : state === TrialState.PRUNED ? "PRUNED" : "FAILED";
  // Negative zero is kept as zero everywhere.
  return { state: ended, values: values.map((it) => it + 0), failure, foldValues, exampleValues };
}

export function correctedToProto(corrected: Corrected): MessageInitShape<typeof CorrectedValueSchema> {
  if (!corrected.known) return { outcome: { case: "unknown", value: corrected.why } };
  const { value, method, interval } = corrected;
  return {
    outcome: { case: "value", value },
    method: CorrectionMethod[method],
    ...(interval && { low: interval.low, high: interval.high, level: interval.level }),
  };
}
