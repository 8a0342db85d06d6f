import { create } from "@bufbuild/protobuf";
import { type InferParameter, InferParameterSchema } from "@throughline/contracts/inference/open_inference_pb";
import type { LoadedRelease } from "../domain/loaded-release.ts";
import type { Prediction } from "../domain/prediction.ts";
import { intervalToProto } from "./convert-interval.ts";

type Parameters = Readonly<Record<string, InferParameter>>;

/** What a response says beside its tensors. Lists and objects are JSON in texts: the protocol's parameters are scalars. */
export function responseParameters(chosen: LoadedRelease, answered?: Answered): Parameters {
  const fixed = ofRelease(chosen);
  if (answered === undefined) return fixed;
  const { deployment, prediction } = answered;
  const { id, position } = prediction;
  const answer: Parameters = {
    ...fixed,
    prediction: text(`${deployment}/predictions/${id}`),
    log_position: text(`${position.segment}/${position.offset}`),
  };
  const { isSampled, trace, facts } = prediction;
  if (isSampled !== false && trace === undefined && facts.calibration === undefined) return answer;
  return {
    ...answer,
    ...(isSampled === false && { not_sampled: flag(true) }),
    ...ofGraph(prediction),
    ...(facts.calibration && ofInterval(prediction)),
  };
}

/** A request that was logged as a prediction of a deployment. */
interface Answered {
  readonly deployment: string;
  readonly prediction: Prediction;
}

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

function ofGraph({ trace }: Prediction): Parameters {
  if (trace === undefined) return {};
  const choices = trace.choices.map(({ node, branch, propensity, isFallback }) => ({
    ...{ node, branch, propensity },
    ...(isFallback && { fallback: true }),
  }));
  const verdicts = trace.verdicts.map(({ node, score, limit, isOutlier }) => ({
    ...{ node, score, limit },
    outlier: isOutlier,
  }));
  return {
    path: json(trace.path),
    status: text(trace.isRefused ? "OUTLIER" : "ANSWERED"),
    ...(choices.length === 0 ? {} : { choices: json(choices) }),
    ...(trace.absent.length === 0 ? {} : { absent_nodes: json(trace.absent) }),
    ...(verdicts.length === 0 ? {} : { gate_verdicts: json(verdicts) }),
  };
}

function ofInterval(prediction: Prediction): Parameters {
  const { interval, labelSet, calibrationGroup } = intervalToProto(prediction);
  return {
    ...(interval && { interval: json(interval) }),
    ...(labelSet && { label_set: json(labelSet) }),
    ...(calibrationGroup && { calibration_group: text(calibrationGroup) }),
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
