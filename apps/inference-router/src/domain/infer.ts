import { canonicalRowBytes, type NewId } from "@throughline/kernel";
import type { Snapshot } from "./deployment-table.ts";
import { releaseNotServed } from "./errors.ts";
import type { Feature } from "./features.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { accounted, choose, logged, type Predicting } from "./predict.ts";
import type { Prediction, PredictionEntry } from "./prediction.ts";
import { elementAt, elementCount, type Tensor } from "./tensor.ts";

/** Tensors for the model of a deployment. */
export interface InferRequest {
  readonly snapshot: Snapshot;
  readonly chosen: LoadedRelease;
  readonly tensors: readonly Tensor[];
  readonly signal: AbortSignal;
}

export interface Inferred {
  /** All outputs of the model. */
  readonly outputs: readonly Tensor[];
  /** Set if the request was logged: see `infer`. */
  readonly prediction?: Prediction;
}

/** The release for a request without keys: one by name (its id), or any by the shares. */
export function chooseForTensors(snapshot: Snapshot, releaseId: string, newId: NewId): LoadedRelease {
  if (releaseId === "") return choose(snapshot, newId());
  const route = snapshot.routes.find(({ release }) => release.release.name.endsWith(`/releases/${releaseId}`));
  if (route === undefined) throw releaseNotServed(snapshot.deployment.name, releaseId);
  return route.release;
}

/**
 * Runs a model on tensors. One row of FP32 for the release's input is a prediction like any other: it is logged, with the
 * row as its vector. Other requests (several rows, other types, no finite score) are answered and not logged; their answer
 * says so by having no prediction.
 */
export async function infer(parts: Predicting, request: InferRequest): Promise<Inferred> {
  const startedAt = performance.now();
  const { chosen, tensors, signal } = request;
  const deployment = request.snapshot.deployment.name;
  return accounted(parts, { deployment, chosen }, async () => {
    const names = chosen.model.signature.outputs.map((it) => it.name);
    const outputs = await chosen.model.run({ tensors, outputs: names, signal });
    const row = vectorOf(chosen, tensors);
    const score = scoreIn(chosen, outputs);
    if (row === undefined || score === undefined) return { outputs };
    const timeMs = parts.clock.now();
    const vector = row.map((value): Feature => ({ value, status: "present" }));
    const entry: PredictionEntry = {
      facts: chosen.facts,
      score,
      vector,
      vectorBytes: canonicalRowBytes(row),
      entity: {},
      asOfNs: BigInt(timeMs) * 1_000_000n,
      timeMs,
      latencyUs: Math.round((performance.now() - startedAt) * 1_000),
    };
    return { outputs, prediction: await logged(parts, deployment, entry) };
  });
}

function vectorOf({ release }: LoadedRelease, tensors: readonly Tensor[]): readonly number[] | undefined {
  const [tensor] = tensors;
  if (tensor === undefined || tensors.length > 1) return undefined;
  const isRow = tensor.name === release.node.inputTensor && tensor.datatype === "FP32" && tensor.shape.length === 2;
  if (!isRow || tensor.shape[0] !== 1) return undefined;
  // A copy starts where a Float32Array may start.
  return Array.from(new Float32Array(Uint8Array.from(tensor.bytes).buffer));
}

function scoreIn({ release }: LoadedRelease, outputs: readonly Tensor[]): number | undefined {
  const output = outputs.find((it) => it.name === release.node.outputTensor);
  if (output === undefined || output.datatype === "BYTES") return undefined;
  const { outputColumn } = release.node;
  const score = outputColumn < elementCount(output.shape) ? elementAt(output, outputColumn) : Number.NaN;
  return Number.isFinite(score) ? score : undefined;
}
