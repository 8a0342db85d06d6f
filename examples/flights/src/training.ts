import { join } from "node:path";
import { upload, wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { CreateTrainingSetResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { LeakageCertificate, TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { count, figure } from "./progress.ts";
import type { Setting } from "./setting.ts";

/** A training run's results, as train.py prints them. */
export interface Trained {
  readonly run: string;
  readonly modelDigest: string;
  readonly holdoutDigest: string;
  readonly metrics: { readonly holdout_auc: number; readonly holdout_log_loss: number; readonly train_auc: number };
}

/** The recipes of recipes.py. */
export type Recipe = "logistic" | "boosting" | "recent" | "leaked";

/** A training set with the certificate that it passed. */
export interface Certified {
  readonly trainingSet: TrainingSet;
  readonly certificate: LeakageCertificate;
}

/** Writes the flights to predict, and when each question comes up. */
export async function prepareQuestions({ progress, python, dataDir, workDir }: Setting): Promise<void> {
  await progress.step("Writing the questions: each flight two hours before it leaves", async () => {
    const rows = await python.run<{ spineRows: number; septemberRows: number }>("prepare.py", dataDir, workDir);
    const told = `${count(rows.spineRows)} flights of January to August, ${count(rows.septemberRows)} of September`;
    return { told, result: undefined };
  });
}

/** Joins the January-August training set of a feature service, with its certificate. */
export async function joinTrainingSet(setting: Setting, service: FeatureService): Promise<TrainingSet> {
  const title = `Joining the training set of feature service version ${service.version}`;
  const path = join(setting.workDir, "spine.parquet");
  return (await joinSpine(setting, { title, path, service, sampleRows: 500 })).trainingSet;
}

/** What to join. */
interface Spine {
  readonly title: string;
  /** The spine's file. */
  readonly path: string;
  readonly service: FeatureService;
  /** Rows that the certificate joins again. */
  readonly sampleRows: number;
}

/** Joins the features of a spine. */
export async function joinSpine(
  { connection, progress }: Setting,
  { title, path, service, sampleRows }: Spine,
): Promise<Certified> {
  return progress.step(title, async () => {
    const spine = await upload(connection, path, { kind: ArtifactKind.DATASET });
    const { operation } = await connection.features.createTrainingSet({
      parent: connection.parent,
      featureService: service.name,
      featureServiceVersion: service.version,
      spineDigest: spine.digest,
      cutoffColumn: "cutoff",
      labelColumns: ["late"],
      certificateSeed: 2013n,
      certificateRowCount: sampleRows,
    });
    const { trainingSet } = await wait(connection, operation, CreateTrainingSetResultSchema);
    const result = certified(trainingSet);
    const { sampledRowCount, mismatchCount, laterKnowledgeCount } = result.certificate;
    const told =
      `${count(result.trainingSet.rowCount)} rows; certificate passed: ${count(sampledRowCount)} rows joined again, ` +
      `${mismatchCount} differ, ${laterKnowledgeCount} values from the future`;
    return { told, result };
  });
}

/** Fails for a training set whose certificate did not pass. */
export function certified(trainingSet: TrainingSet | undefined): Certified {
  const certificate = trainingSet?.certificate;
  if (!trainingSet || !certificate) throw new Error("the training set came without its certificate");
  if (!certificate.passed)
    throw new Error(`the certificate did not pass: ${JSON.stringify(certificate, replaceBigint)}`);
  return { trainingSet, certificate };
}

const replaceBigint = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

/** What to train on. */
export interface TrainingRows {
  readonly trainingSet: TrainingSet;
  /** The rows as the transforms made them. */
  readonly rowsDigest: string;
  /** Rows from this date on are held out, ISO 8601. */
  readonly heldOutFrom: string;
}

/** Trains one recipe in Python on the transformed rows of a training set. */
export async function train(setting: Setting, recipe: Recipe, rows: TrainingRows): Promise<Trained> {
  const { connection, grpcTarget, progress, python, workDir } = setting;
  return progress.step(`Training the ${recipe} model in Python`, async () => {
    const experiment = await createExperiment(setting);
    const trained = await python.run<Trained>(
      "train.py",
      ...["--grpc", grpcTarget, "--training-set", rows.trainingSet.name, "--experiment", experiment],
      ...["--rows", rows.rowsDigest, "--held-out-from", rows.heldOutFrom, "--recipe", recipe, "--out", workDir],
    );
    await connection.tracking.getRun({ name: trained.run });
    const told = `AUC ${figure(trained.metrics.train_auc)} before ${rows.heldOutFrom}, ${figure(trained.metrics.holdout_auc)} held out`;
    return { told, result: trained };
  });
}

/** Creates the experiment, unless it is there. Returns its name. */
export async function createExperiment({ connection }: Setting): Promise<string> {
  const { parent, tracking } = connection;
  const displayName = "Late flights";
  const { experiments } = await tracking.listExperiments({ parent, displayName });
  if (experiments[0]) return experiments[0].name;
  const description = "Will a flight arrive 15 minutes late or more? Asked two hours before departure.";
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName, description } });
  return experiment?.name ?? "";
}
