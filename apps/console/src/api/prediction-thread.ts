import { type Prediction, PredictionStatus } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import type { ReleaseFeatures } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { versionsOnPath } from "../thread/answer-path.ts";
import { projectOf } from "../thread/names.ts";
import { calibrations, features, inference, registry, releases, tracking } from "./clients.ts";

/** The prediction itself. */
export async function loadPrediction(name: string, signal: AbortSignal): Promise<Prediction> {
  const { prediction } = await inference.getPrediction({ name }, { signal });
  if (!prediction) throw new Error("The answer has no prediction.");
  return prediction;
}

/** Most versions of models that the thread of one prediction goes back through. */
const VERSIONS_FOLLOWED = 6;

/** What answered: the release, the versions of the models that took part, and what the answer was widened by. */
export async function loadAnswering(prediction: Prediction, signal: AbortSignal) {
  const { release } = await releases.getRelease({ name: prediction.release }, { signal });
  const { models = {}, calibrationDigest = "" } = release?.manifest ?? {};
  const onPath = versionsOnPath(prediction);
  // Predictions of before versions were logged name none; a graph had one node then, and no gate to refuse it.
  const isOld = onPath.length === 0 && prediction.path.length === 1 && prediction.status !== PredictionStatus.OUTLIER;
  const names = isOld ? Object.values(models).map((it) => it.modelVersion) : onPath;
  const [versions, calibration] = await Promise.all([
    Promise.all(names.slice(0, VERSIONS_FOLLOWED).map((name) => registry.getModelVersion({ name }, { signal }))),
    calibrationDigest === ""
      ? undefined
      : calibrations.getCalibration({ name: calibrationName(prediction.name, calibrationDigest) }, { signal }),
  ]);
  return {
    release,
    calibration: calibration?.calibration,
    versions: versions.flatMap((it) => it.version ?? []),
    leftOut: Math.max(0, names.length - VERSIONS_FOLLOWED),
  };
}

const calibrationName = (prediction: string, digest: string): string =>
  `projects/${projectOf(prediction)}/calibrations/${digest.replace(/^sha256:/, "")}`;

/** What the model was made from; each part is undefined if the model's version does not name it. */
export async function loadTraining(run: string, trainingSet: string, signal: AbortSignal) {
  const [made, read] = await Promise.all([
    run === "" ? undefined : tracking.getRun({ name: run }, { signal }),
    trainingSet === "" ? undefined : features.getTrainingSet({ name: trainingSet }, { signal }),
  ]);
  return { run: made?.run, trainingSet: read?.trainingSet };
}

const VERSIONS_SEARCHED = 50n;

/** The version of a feature service whose pinned definition a release has. Releases name it by its digest. */
export async function findServiceVersion(wanted: ReleaseFeatures, signal: AbortSignal): Promise<bigint> {
  const name = wanted.featureService;
  const newest = (await features.getFeatureService({ name }, { signal })).featureService;
  if (newest?.digest === wanted.digest) return newest.version;
  const last = newest?.version ?? 0n;
  for (let version = last - 1n; version > 0n && version > last - VERSIONS_SEARCHED; version -= 1n) {
    const found = (await features.getFeatureService({ name, version }, { signal })).featureService;
    if (found?.digest === wanted.digest) return version;
  }
  throw new Error(`None of the newest ${VERSIONS_SEARCHED} versions of ${name} has the digest that the release names.`);
}

const ROWS_SHOWN = 20;

/** The source rows behind a prediction's features, as known at its cut-off. */
export async function loadSourceRows(prediction: Prediction, wanted: ReleaseFeatures, signal: AbortSignal) {
  const version = await findServiceVersion(wanted, signal);
  const answer = await features.traceFeatures(
    {
      featureService: wanted.featureService,
      version,
      row: { values: prediction.entity },
      ...(prediction.asOf && { asOf: prediction.asOf }),
      rowLimit: ROWS_SHOWN,
    },
    { signal },
  );
  return { version, views: answer.views };
}
