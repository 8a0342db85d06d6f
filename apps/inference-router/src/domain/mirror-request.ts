import { digestOfBytes } from "@throughline/kernel";
import { afterAnswer } from "./after-answer.ts";
import { type AnsweringRow, answerRow, bytesOfRow } from "./answer-row.ts";
import type { Snapshot } from "./deployment-table.ts";
import type { CallContext, Entity } from "./features.ts";
import { scoreAt } from "./graph/steps/model.ts";
import { askWithTensors } from "./graph/tensor-rows.ts";
import { intervalBasis } from "./interval.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import type { MirrorAnswer, ReleaseMirror, RunMirrored } from "./mirror.ts";
import { vectorFor } from "./predict.ts";
import type { Prediction } from "./prediction.ts";
import type { Tensor } from "./tensor.ts";

/** Puts requests that were answered to the candidate of a shadow rollout, if there is one. */
export interface RequestMirror {
  row(snapshot: Snapshot, prediction: Prediction, request: AnsweredRequest): void;
  /** `rows` tells the rows of a request, and is asked only where there is a shadow, once the answer has left. */
  tensors(snapshot: Snapshot, rows: () => readonly AnsweredTensors[]): void;
}

export const requestMirror = (parts: AnsweringRow, mirror: Pick<ReleaseMirror, "offer">): RequestMirror => ({
  row(snapshot, prediction, request) {
    if (snapshot.deployment.shadow) afterAnswer(() => mirror.offer(snapshot, prediction, mirrorOfRow(parts, request)));
  },
  tensors(snapshot, rows) {
    if (!snapshot.deployment.shadow) return;
    afterAnswer(() => {
      for (const it of rows()) mirror.offer(snapshot, it.prediction, mirrorOfTensors(parts, it));
    });
  },
});

/** A request by entity that was answered. */
export interface AnsweredRequest {
  readonly deployment: string;
  readonly entity: Entity;
  readonly asOfNs: bigint;
  /** What the answer's own chance was drawn from. */
  readonly seed: string;
  /** Trace and caller, which are asked for only where there is a shadow. */
  readonly call: Pick<CallContext, "headers">;
}

/** Puts the same request to a candidate: with its own features, as known at the same instant. */
function mirrorOfRow(parts: AnsweringRow, request: AnsweredRequest): RunMirrored {
  const { deployment, entity, asOfNs, seed } = request;
  const { headers } = request.call;
  return async (candidate, signal) => {
    const call = { signal, headers };
    const vector = await vectorFor(candidate, { entity, asOfNs, call });
    const vectorBytes = bytesOfRow(vector);
    const row = { deployment, vector, vectorBytes, entity, asOfNs, seed, call };
    const { score, trace } = await answerRow(parts, candidate, row);
    return answerOf(candidate, trace?.scores ?? [score], {
      entity,
      vector: () => vector,
      isRefused: trace?.isRefused,
      rowDigest: () => digestOfBytes(vectorBytes),
    });
  };
}

/** One row of tensors that was answered. */
export interface AnsweredTensors {
  readonly prediction: Prediction;
  readonly deployment: string;
  readonly tensors: readonly Tensor[];
  readonly asOfNs: bigint;
  readonly seed: string;
}

/** Puts the same tensors to a candidate. A model with one input takes them under the name that it has for it. */
const mirrorOfTensors =
  (parts: AnsweringRow, request: AnsweredTensors): RunMirrored =>
  async (candidate, signal) => {
    const { answers, model, release } = candidate;
    const { prediction, tensors, asOfNs, seed } = request;
    const { entity } = prediction;
    const given = { entity, vector: () => prediction.vector, rowDigest: () => prediction.rowDigest };
    if (answers.by === "model") {
      const { node, inputTensor, outputs, outputColumns } = answers.use;
      const named = inputTensor === "" ? tensors : tensors.map((it) => ({ ...it, name: inputTensor }));
      const [output] = await model.run({ tensors: named, outputs, call: { signal, priority: "low" } });
      const scores = outputColumns.map((column) => scoreAt({ release: release.name, node, column }, output));
      return answerOf(candidate, scores, given);
    }
    const { graph } = answers;
    const knowledge = await parts.bandits.knowledge(request.deployment, { release, bandits: graph.bandits });
    const call = { signal, headers: new Headers() };
    const { rows } = await askWithTensors(graph, model.signature, { tensors, entity, asOfNs, seed, call, knowledge });
    const trace = rows[0]?.trace;
    return answerOf(candidate, trace?.scores ?? [], { ...given, isRefused: trace?.isRefused });
  };

interface AnsweredRow extends Pick<Prediction, "entity"> {
  /** Asked, as the digest is, only where there is a calibration. */
  readonly vector: () => Prediction["vector"];
  readonly rowDigest: () => string;
  /** True if an outlier gate refused it. */
  readonly isRefused?: boolean | undefined;
}

/** The scores of a candidate, and what its interval follows from if it has one. */
function answerOf(
  { facts }: Pick<LoadedRelease, "facts">,
  scores: readonly number[],
  { entity, vector, rowDigest, isRefused }: AnsweredRow,
): MirrorAnswer {
  if (facts.calibration === undefined || isRefused) return { scores };
  const basis = intervalBasis({ facts, entity, vector: vector(), rowDigest: rowDigest() });
  return { scores, ...(basis && { basis }) };
}
