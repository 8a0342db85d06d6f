import { create } from "@bufbuild/protobuf";
import { type InferParameter, InferParameterSchema } from "@throughline/contracts/inference/open_inference_pb";
import type { LoadedRelease } from "../domain/loaded-release.ts";
import type { Prediction } from "../domain/prediction.ts";
import { decisionsOf } from "../domain/release.ts";
import { intervalToProto } from "./convert-interval.ts";

type Parameters = Readonly<Record<string, InferParameter>>;

/** What a response says beside its tensors. Lists and objects are JSON in texts: the protocol's parameters are scalars. */
export function responseParameters(chosen: LoadedRelease, { deployment, predictions }: Answered): Parameters {
  const [prediction] = predictions;
  const propensity = prediction?.facts.propensity;
  const named = ofRelease(chosen);
  const fixed = propensity === undefined ? named : { ...named, release_propensity: text(String(propensity)) };
  if (predictions.length > 1) return { ...fixed, ...ofRows(deployment, predictions) };
  if (prediction === undefined) return fixed;
  const answer: Parameters = {
    ...fixed,
    prediction: text(nameOf(deployment, prediction)),
    log_position: text(positionOf(prediction)),
  };
  return says(prediction) ? { ...answer, ...mapped(ofPrediction(prediction), parameterOf) } : answer;
}

/** What was logged of the rows of a request at a deployment. */
interface Answered {
  readonly deployment: string;
  readonly predictions: readonly Prediction[];
}

/** Of several rows the same in lists, a place for each row, and in `rows` what else an answer for it alone would say. */
function ofRows(deployment: string, predictions: Answered["predictions"]): Parameters {
  return {
    predictions: json(predictions.map((it) => nameOf(deployment, it))),
    log_positions: json(predictions.map(positionOf)),
    ...(predictions.some(says) && { rows: json(predictions.map(ofPrediction)) }),
  };
}

const nameOf = (deployment: string, { id }: Prediction): string => `${deployment}/predictions/${id}`;

const positionOf = ({ position }: Prediction): string => `${position.segment}/${position.offset}`;

/** True if there is more to say of it than where it was logged. */
const says = ({ isSampled, trace, facts, score }: Prediction): boolean =>
  isSampled === false ||
  trace !== undefined ||
  facts.calibration !== undefined ||
  hasThresholds(facts) ||
  Number.isNaN(score);

const hasThresholds = ({ thresholds }: Prediction["facts"]): boolean => {
  for (const _ in thresholds) return true;
  return false;
};

/** What an answer says of its own, by parameter. */
function ofPrediction(prediction: Prediction): Said {
  const { isSampled, facts, score } = prediction;
  return {
    ...(isSampled === false && { not_sampled: true }),
    ...(hasThresholds(facts) && { decisions: decisionsOf(facts.thresholds, score) }),
    ...ofGraph(prediction),
    ...(facts.calibration && ofInterval(prediction)),
  };
}

/** Values by parameter. */
type Said = Readonly<Record<string, unknown>>;

const mapped = (said: Said, make: (value: unknown) => InferParameter): Parameters =>
  Object.fromEntries(Object.entries(said).map(([name, value]) => [name, make(value)]));

const parameterOf = (value: unknown): InferParameter => {
  if (typeof value === "boolean") return flag(value);
  return typeof value === "string" ? text(value) : json(value);
};

/** The same for every answer of a release, and so made once. */
const fixedParts = new WeakMap<LoadedRelease, Parameters>();

function ofRelease(chosen: LoadedRelease): Parameters {
  const known = fixedParts.get(chosen);
  if (known !== undefined) return known;
  const { release, digest, path, modelVersions = {}, viewVersions } = chosen.facts;
  const views = Object.fromEntries(Object.entries(viewVersions).map(([view, version]) => [view, Number(version)]));
  const made: Parameters = {
    release: text(release),
    release_digest: text(digest),
    // The path of a graph is known only when it has answered.
    ...(path.length === 0 ? {} : { path: json(path) }),
    ...(Object.keys(modelVersions).length === 0 ? {} : { model_versions: json(modelVersions) }),
    ...(Object.keys(views).length === 0 ? {} : { view_versions: json(views) }),
  };
  fixedParts.set(chosen, made);
  return made;
}

function ofGraph({ trace, score }: Prediction): Said {
  if (trace === undefined) return Number.isNaN(score) ? { status: "NO_SCORE" } : {};
  const choices = trace.choices.map(({ node, branch, propensity, isFallback }) => ({
    node,
    branch,
    propensity,
    ...(isFallback && { fallback: true }),
  }));
  const verdicts = trace.verdicts.map(({ node, score, limit, isOutlier }) => ({
    node,
    score,
    limit,
    outlier: isOutlier,
  }));
  return {
    path: trace.path,
    status: trace.isRefused ? "OUTLIER" : "ANSWERED",
    ...(choices.length === 0 ? {} : { choices }),
    ...(trace.absent.length === 0 ? {} : { absent_nodes: trace.absent }),
    ...(verdicts.length === 0 ? {} : { gate_verdicts: verdicts }),
  };
}

function ofInterval(prediction: Prediction): Said {
  const { interval, labelSet, calibrationGroup } = intervalToProto(prediction);
  return {
    ...(interval && { interval }),
    ...(labelSet && { label_set: labelSet }),
    ...(calibrationGroup && { calibration_group: calibrationGroup }),
  };
}

/** A whole message as it stands: two of them are made for every answer. */
const text = (value: string): InferParameter => ({
  $typeName: "inference.InferParameter",
  parameterChoice: { case: "stringParam", value },
});

const flag = (value: boolean): InferParameter =>
  create(InferParameterSchema, { parameterChoice: { case: "boolParam", value } });

const json = (value: unknown): InferParameter => text(JSON.stringify(value));
