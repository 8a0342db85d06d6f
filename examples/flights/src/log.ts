import { join } from "node:path";
import { fromJson } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { download, wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { CreateTrainingSetResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { count } from "./progress.ts";
import type { Answer } from "./replay.ts";
import { writeAnswers } from "./served.ts";
import type { Setting } from "./setting.ts";
import { certified } from "./training.ts";

/** A day after the question a flight has landed, or it tells nothing in time. */
const LABEL_DELAY_S = 24n * 3_600n;

/** The answers of one release at a deployment. */
export interface ServedBy {
  readonly deployment: string;
  /** Name of the release. */
  readonly release: string;
  readonly service: FeatureService;
  readonly answers: readonly Answer[];
}

/** A training set of served rows, and what was found when they were compared with the answers. */
export interface LoggedSet {
  readonly trainingSet: TrainingSet;
  /** Rows whose digest, computed anew from the file, is the one in the answer. */
  readonly equalDigests: number;
  /** Rows whose label is what came of the flight. */
  readonly equalLabels: number;
}

/** The window of September, by the instants of the questions. */
export const SEPTEMBER = {
  startTime: fromJson(TimestampSchema, "2013-09-01T00:00:00Z"),
  endTime: fromJson(TimestampSchema, "2013-10-01T00:00:00Z"),
};

/** Makes a training set of the vectors that a release was served with, as they were logged, with what callers sent back. */
export async function trainingSetFromLog(setting: Setting, served: ServedBy): Promise<LoggedSet> {
  const { connection, progress } = setting;
  const { deployment, release } = served;
  const made = await progress.step("Making a training set of the prediction log and the feedback", async () => {
    const { operation } = await connection.features.createTrainingSet({
      parent: connection.parent,
      predictionLog: { deployment, release, ...SEPTEMBER, labelDelay: { seconds: LABEL_DELAY_S } },
      certificateSeed: 2013n,
      certificateRowCount: 1_000,
    });
    const { trainingSet: result } = certified(
      (await wait(connection, operation, CreateTrainingSetResultSchema)).trainingSet,
    );
    const { certificate } = result;
    const told =
      `${count(result.rowCount)} rows; certificate passed: ${count(certificate?.sampledRowCount ?? 0n)} read again from the log, ` +
      `${certificate?.mismatchCount} differ`;
    return { told, result };
  });
  return { trainingSet: made, ...(await compareWithAnswers(setting, made, served)) };
}

async function compareWithAnswers(
  setting: Setting,
  trainingSet: TrainingSet,
  { answers, service }: ServedBy,
): Promise<Omit<LoggedSet, "trainingSet">> {
  const { connection, progress, python, workDir } = setting;
  return progress.step("Digesting its rows in Python, beside the digests in the answers", async () => {
    const path = join(workDir, "log-training.parquet");
    await download(connection, trainingSet.fileDigest, path);
    const found = await python.run<{ rows: number; equalDigests: number; equalLabels: number; rowsDigest: string }>(
      "check_log.py",
      ...[path, writeAnswers(setting, "served", answers), service.features.join()],
    );
    if (found.rowsDigest !== trainingSet.digest)
      throw new Error("the rows of the training set are not those of its digest");
    if (found.equalDigests < found.rows) throw new Error(`only ${found.equalDigests} rows are as they were served`);
    return { told: `${count(found.equalDigests)} of ${count(found.rows)} are equal`, result: found };
  });
}
