import { type AnsweringRow, answerRow, bytesOfRow } from "./answer-row.ts";
import type { Snapshot } from "./deployment-table.ts";
import type { Entity } from "./features.ts";
import { scoreAt } from "./graph/steps/model.ts";
import { askWithTensors } from "./graph/tensor-rows.ts";
import type { ReleaseMirror, RunMirrored } from "./mirror.ts";
import { vectorFor } from "./predict.ts";
import type { Prediction } from "./prediction.ts";
import type { Tensor } from "./tensor.ts";

/** Puts requests that were answered to the candidate of a shadow rollout, if there is one. */
export interface RequestMirror {
  row(snapshot: Snapshot, prediction: Prediction, request: AnsweredRequest): void;
  tensors(snapshot: Snapshot, prediction: Prediction, request: AnsweredTensors): void;
}

export const requestMirror = (parts: AnsweringRow, mirror: Pick<ReleaseMirror, "offer">): RequestMirror => ({
  row(snapshot, prediction, request) {
    if (snapshot.deployment.shadow) mirror.offer(snapshot, prediction, mirrorOfRow(parts, request));
  },
  tensors(snapshot, prediction, request) {
    if (snapshot.deployment.shadow) mirror.offer(snapshot, prediction, mirrorOfTensors(parts, request));
  },
});

/** A request by entity that was answered. */
export interface AnsweredRequest {
  readonly deployment: string;
  readonly entity: Entity;
  readonly asOfNs: bigint;
  /** What the answer's own chance was drawn from. */
  readonly seed: string;
  /** Trace and caller. */
  readonly headers: Headers;
}

/** Puts the same request to a candidate: with its own features, as known at the same instant. */
const mirrorOfRow =
  (parts: AnsweringRow, request: AnsweredRequest): RunMirrored =>
  async (candidate, signal) => {
    const { deployment, entity, asOfNs, seed, headers } = request;
    const call = { signal, headers };
    const vector = await vectorFor(candidate, { entity, asOfNs, call });
    const row = { deployment, vector, vectorBytes: bytesOfRow(vector), entity, asOfNs, seed, call };
    const { score, trace } = await answerRow(parts, candidate, row);
    return trace?.scores ?? [score];
  };

/** One row of tensors that was answered. */
export interface AnsweredTensors {
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
    const { tensors, asOfNs, seed } = request;
    if (answers.by === "model") {
      const { node, inputTensor, outputTensor, outputColumns } = answers.use;
      const named = inputTensor === "" ? tensors : tensors.map((it) => ({ ...it, name: inputTensor }));
      const [output] = await model.run({ tensors: named, outputs: [outputTensor], call: { signal, priority: "low" } });
      return outputColumns.map((column) => scoreAt({ release: release.name, node, column }, output));
    }
    const { graph } = answers;
    const knowledge = await parts.bandits.knowledge(request.deployment, { release, bandits: graph.bandits });
    const call = { signal, headers: new Headers() };
    const { rows } = await askWithTensors(graph, model.signature, { tensors, asOfNs, seed, call, knowledge });
    return rows[0]?.trace.scores ?? [];
  };
