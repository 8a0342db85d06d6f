import type { NewId } from "@throughline/kernel";
import { observed } from "./answer-row.ts";
import type { Snapshot } from "./deployment-table.ts";
import { releaseNotServed } from "./errors.ts";
import type { CallContext } from "./features.ts";
import type { CompiledGraph } from "./graph/compile.ts";
import { releaseTakesEntities } from "./graph/errors.ts";
import { askWithTensors } from "./graph/tensor-rows.ts";
import type { GraphTrace } from "./graph/trace.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { loggingOf } from "./log-policy.ts";
import type { RunCall } from "./model-host.ts";
import { accounted, choose, logged, mirrored, type Predicting } from "./predict.ts";
import type { Prediction, PredictionEntry } from "./prediction.ts";
import type { ModelUse } from "./release.ts";
import { singlesRow } from "./singles-row.ts";
import { elementAt, elementCount, type Signature, type Tensor } from "./tensor.ts";

/** Tensors for a release of a deployment. */
export interface InferRequest {
  readonly snapshot: Snapshot;
  readonly chosen: LoadedRelease;
  readonly tensors: readonly Tensor[];
  readonly call: RunCall;
  /** Makes what goes along with calls to other services: trace and caller. */
  readonly headers: () => Headers;
}

export interface Inferred {
  /** All outputs of the model, or the scores of the graph. */
  readonly outputs: readonly Tensor[];
  /** Set if the request was logged: see `infer`. */
  readonly prediction?: Prediction;
}

/** The release for a request without keys: one by name (its id), or any by the shares. */
export function chooseForTensors(snapshot: Snapshot, releaseId: string, newId: NewId): LoadedRelease {
  if (releaseId === "") return choose(snapshot, newId);
  const route = snapshot.routes.find(({ release }) => release.release.name.endsWith(`/releases/${releaseId}`));
  if (route === undefined) throw releaseNotServed(snapshot.deployment.name, releaseId);
  return route.release;
}

/**
 * Runs a release on tensors. One row of FP32 for the one model's input is a prediction like any other: it is logged, with the
 * row as its vector; so is one row of any tensors for a graph. Other requests (several rows, other types, no finite score) are
 * answered and not logged; their answer says so by having no prediction.
 */
export function infer(parts: Predicting, request: InferRequest): Promise<Inferred> {
  const { chosen } = request;
  const deployment = request.snapshot.deployment.name;
  const startedAt = performance.now();
  return accounted(parts, { deployment, chosen }, () => {
    const { answers } = chosen;
    const place: Place = { deployment, startedAt };
    if (answers.by === "model") return inferByModel(parts, request, { ...place, use: answers.use });
    return inferByGraph(parts, request, { ...place, graph: answers.graph });
  });
}

interface Place {
  readonly deployment: string;
  readonly startedAt: number;
}

async function inferByModel(
  parts: Predicting,
  { snapshot, chosen, tensors, call, headers }: InferRequest,
  place: Place & { readonly use: ModelUse },
): Promise<Inferred> {
  const asked = { tensors, outputs: outputNames(chosen.model.signature), call };
  const observe = parts.observeNodes?.(headers());
  const outputs = await observed(observe, place.use.node, () => chosen.model.run(asked));
  const row = rowOf(place.use, tensors);
  const score = scoreIn(place.use, outputs);
  if (row === undefined || score === undefined) return { outputs };
  const { vector, vectorBytes } = singlesRow(row);
  const entry = entryOf(parts, { ...place, snapshot }, { chosen, score, vector, vectorBytes });
  const { deployment } = place;
  const prediction = await logged(parts, deployment, entry);
  parts.shadows.tensors(snapshot, prediction, { deployment, tensors, asOfNs: entry.asOfNs, seed: "" });
  return { outputs, prediction };
}

async function inferByGraph(
  parts: Predicting,
  { snapshot, chosen, tensors, call: runCall, headers }: InferRequest,
  place: Place & { readonly graph: CompiledGraph },
): Promise<Inferred> {
  const { release, facts, model } = chosen;
  const { graph, deployment } = place;
  if (release.features !== undefined || facts.enrichments !== undefined) throw releaseTakesEntities(release.name);
  const { signal, priority } = runCall;
  const call: CallContext = { signal, priority, timeoutMs: () => runCall.timeoutMs?.(), headers: headers() };
  const observe = parts.observeNodes?.(call.headers);
  const knowledge = await parts.bandits.knowledge(deployment, { release, bandits: graph.bandits });
  const asOfNs = BigInt(parts.clock.now()) * 1_000_000n;
  const asked = { tensors, asOfNs, seed: parts.newId(), call, knowledge, observe };
  const { outputs, rows } = await askWithTensors(graph, model.signature, asked);
  const [row, ...more] = rows;
  if (row === undefined || more.length > 0) return { outputs };
  const entry = entryOf(parts, { ...place, snapshot }, { ...row, chosen });
  const prediction = await logged(parts, deployment, entry);
  mirrored(parts, { deployment, chosen, answered: row, prediction, call });
  parts.shadows.tensors(snapshot, prediction, { deployment, tensors, asOfNs, seed: asked.seed });
  return { outputs, prediction };
}

interface AnsweredRow extends Pick<PredictionEntry, "score" | "vector" | "vectorBytes"> {
  readonly chosen: LoadedRelease;
  readonly trace?: GraphTrace;
}

function entryOf(
  parts: Pick<Predicting, "clock" | "newId">,
  place: Place & Pick<InferRequest, "snapshot">,
  { chosen, score, vector, vectorBytes, trace }: AnsweredRow,
): PredictionEntry {
  const timeMs = parts.clock.now();
  return {
    facts: chosen.facts,
    score,
    vector,
    vectorBytes,
    entity: {},
    asOfNs: BigInt(timeMs) * 1_000_000n,
    timeMs,
    latencyUs: Math.round((performance.now() - place.startedAt) * 1_000),
    ...loggingOf(place.snapshot.deployment, parts.newId),
    ...(trace && { trace }),
  };
}

/** The same list for every request of a model: lists that are the same object need not be compared where batches form. */
function outputNames(signature: Signature): readonly string[] {
  let names = namesOf.get(signature);
  if (names === undefined) {
    names = signature.outputs.map((it) => it.name);
    namesOf.set(signature, names);
  }
  return names;
}

const namesOf = new WeakMap<Signature, readonly string[]>();

/** The bytes of the one row of the one input; undefined for any other request. */
function rowOf({ inputTensor }: ModelUse, tensors: readonly Tensor[]): Uint8Array | undefined {
  const [tensor] = tensors;
  if (tensor === undefined || tensors.length > 1) return undefined;
  const isRow = tensor.name === inputTensor && tensor.datatype === "FP32" && tensor.shape.length === 2;
  return isRow && tensor.shape[0] === 1 ? tensor.bytes : undefined;
}

function scoreIn({ outputTensor, outputColumns }: ModelUse, outputs: readonly Tensor[]): number | undefined {
  const output = outputs.find((it) => it.name === outputTensor);
  if (output === undefined || output.datatype === "BYTES") return undefined;
  const [column = 0] = outputColumns;
  const score = column < elementCount(output.shape) ? elementAt(output, column) : Number.NaN;
  return Number.isFinite(score) ? score : undefined;
}
