import { type FeatureValue, invariant, type NewId } from "@throughline/kernel";
import { observed } from "./answer-row.ts";
import { type Choice, type Choosing, choose } from "./choice.ts";
import { soleRoute } from "./deployment.ts";
import type { Snapshot } from "./deployment-table.ts";
import { releaseNotServed } from "./errors.ts";
import type { CallContext, Entity } from "./features.ts";
import type { CompiledGraph } from "./graph/compile.ts";
import { releaseTakesEntities } from "./graph/errors.ts";
import { askWithTensors, seedOfRow } from "./graph/tensor-rows.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { loggingOf } from "./log-policy.ts";
import type { RunCall } from "./model-host.ts";
import { accounted, mirrored, type Predicting } from "./predict.ts";
import type { Prediction, RowsEntry } from "./prediction.ts";
import type { ModelUse } from "./release.ts";
import { requestFields } from "./request-fields.ts";
import { checkRowCount, hasNoNumber, rowCountOf, rowsOfNoNumber, scoresOfRows, tensorsByRow } from "./request-rows.ts";
import { predictionsOfRows } from "./row-prediction.ts";
import { RawRow } from "./singles-row.ts";
import type { Signature, Tensor } from "./tensor.ts";

/** What a request with tensors says beside them: the value of a field, or undefined. */
export type GivenField = (name: string) => FeatureValue | undefined;

/** Tensors for a release of a deployment. */
export interface InferRequest extends Choice {
  readonly snapshot: Snapshot;
  /** Reads the tensors. Fails if they do not fit the model. */
  readonly tensors: () => readonly Tensor[];
  /** True if the caller named the release. */
  readonly isNamed: boolean;
  readonly given: GivenField;
  readonly call: RunCall;
  /** Makes what goes along with calls to other services: trace and caller. */
  readonly headers: () => Headers;
}

export interface Inferred {
  /** All outputs of the model, or the scores of the graph. */
  readonly outputs: readonly Tensor[];
  /** Of each row what was logged, in their order. */
  readonly predictions: readonly Prediction[];
}

/** The release for a request without keys: one by name (its id), or one by the shares. */
export function chooseForTensors(snapshot: Snapshot, releaseId: string, choosing: Choosing): Choice {
  if (releaseId === "") return choose(snapshot, choosing);
  const route = snapshot.routes.find(({ release }) => release.release.name.endsWith(`/releases/${releaseId}`));
  if (route === undefined) throw releaseNotServed(snapshot.deployment.name, releaseId);
  return named(route.release);
}

/** A release that the caller named: nothing was left to chance. */
export const named = (chosen: LoadedRelease): Choice => ({ chosen, facts: chosen.facts });

/** The value that keeps a request with tensors on one release and in or out of the logged sample; one by chance if it says none. */
export function stickyOf({ deployment }: Snapshot, given: GivenField, newId: NewId): FeatureValue {
  return (deployment.stickyKey === "" ? undefined : given(deployment.stickyKey)) ?? newId();
}

/**
 * Runs a release on tensors. Each row is a prediction like any other: it is logged with the row as its vector. A row without a finite
 * score is answered and logged too, and counts as a failure of the release: by keys it would have been refused. Where a number of the row
 * was none, and chance did not choose among several releases, it is the caller's doing, and counts as nobody's.
 */
export async function infer(parts: Predicting, request: InferRequest): Promise<Inferred> {
  const { chosen, facts, snapshot } = request;
  const deployment = snapshot.deployment.name;
  const startedAt = performance.now();
  const isCompared = !request.isNamed && soleRoute(snapshot.routes) === undefined;
  let tensors: readonly Tensor[] = [];
  const blamed = { isCompared, byTensors: true, hasNoNumber: () => hasNoNumber(tensors) };
  return accounted(parts, { deployment, chosen, facts, ...blamed }, () => {
    tensors = request.tensors();
    const asked: Asked = { ...request, tensors };
    const { answers } = chosen;
    const place: Place = { deployment, startedAt, isCompared };
    if (answers.by === "model") return inferByModel(parts, asked, { ...place, use: answers.use });
    return inferByGraph(parts, asked, { ...place, graph: answers.graph });
  });
}

/** A request whose tensors were read. */
interface Asked extends Omit<InferRequest, "tensors"> {
  readonly tensors: readonly Tensor[];
}

interface Place {
  readonly deployment: string;
  readonly startedAt: number;
  /** True if chance chose the release among several. */
  readonly isCompared: boolean;
}

async function inferByModel(
  parts: Predicting,
  request: Asked,
  place: Place & { readonly use: ModelUse },
): Promise<Inferred> {
  const { snapshot, chosen, tensors, call, headers } = request;
  const { use, deployment } = place;
  const asked = { tensors, outputs: outputNames(chosen.model.signature), call };
  const observe = parts.observeNodes?.(headers());
  const outputs = await observed(observe, use.node, () => chosen.model.run(asked));
  const output = outputs.find((it) => it.name === use.outputTensor);
  if (output === undefined) return { outputs, predictions: [] };
  const count = rowCountOf(tensors, output);
  checkRowCount(count);
  const scores = scoresOfRows(output, use.outputColumns[0] ?? 0, count);
  const common = commonOf(parts, request, place);
  const excused = place.isCompared ? undefined : rowsOfNoNumber(tensors, scores);
  const answered = { ...common, tensors: inOrder(chosen, tensors), scores, ...(excused && { excused }) };
  const predictions = count === 0 ? [] : await loggedRows(parts, deployment, answered);
  parts.shadows.tensors(snapshot, () =>
    tensorsByRow(tensors, count).flatMap((row, i) => {
      const prediction = predictions[i];
      // There is nothing to compare with a score that is not there.
      if (!prediction || Number.isNaN(prediction.score)) return [];
      return [{ prediction, deployment, tensors: row, asOfNs: common.asOfNs, seed: "" }];
    }),
  );
  return { outputs, predictions };
}

/** One row of FP32 with a score becomes the prediction itself, so that what nobody asks of it is never made. */
async function loggedRows(
  { log }: Pick<Predicting, "log">,
  deployment: string,
  answered: RowsEntry,
): Promise<Inferred["predictions"]> {
  const { tensors, scores, ...common } = answered;
  const [tensor] = tensors;
  const [score = Number.NaN] = scores;
  if (scores.length > 1 || tensors.length > 1 || tensor?.datatype !== "FP32" || Number.isNaN(score)) {
    return rowsLogged({ log }, deployment, answered);
  }
  const entry = Object.assign(new RawRow(tensor.bytes), common, { score });
  return [Object.assign(entry, await log.append(deployment, entry))];
}

/** A request becomes one record as it came: its rows are logged together, or the request is refused. */
const rowsLogged = async (
  { log }: Pick<Predicting, "log">,
  deployment: string,
  entry: RowsEntry,
): Promise<Inferred["predictions"]> => predictionsOfRows({ ...entry, ...(await log.appendRows(deployment, entry)) });

async function inferByGraph(
  parts: Predicting,
  request: Asked,
  place: Place & { readonly graph: CompiledGraph },
): Promise<Inferred> {
  const { snapshot, chosen, call: runCall, headers } = request;
  const tensors = inOrder(chosen, request.tensors);
  const { release, facts, model } = chosen;
  const { graph, deployment } = place;
  if (release.features !== undefined || facts.enrichments !== undefined) throw releaseTakesEntities(release.name);
  const { signal, priority } = runCall;
  const call: CallContext = { signal, priority, timeoutMs: () => runCall.timeoutMs?.(), headers: headers() };
  const observe = parts.observeNodes?.(call.headers);
  const knowledge = await parts.bandits.knowledge(deployment, { release, bandits: graph.bandits });
  const asOfNs = BigInt(parts.clock.now()) * 1_000_000n;
  const entity = entityOf(request);
  const asked = { tensors, entity, asOfNs, seed: parts.newId(), call, knowledge, observe };
  const { outputs, rows } = await askWithTensors(graph, model.signature, asked);
  const common = { ...commonOf(parts, request, place), entity };
  const entry = { ...common, tensors, scores: rows.map((it) => it.score), traces: rows.map((it) => it.trace) };
  const predictions = rows.length === 0 ? [] : await rowsLogged(parts, deployment, entry);
  const answeredBy = (i: number) => {
    const answered = rows[i];
    invariant(answered, "each row has an answer");
    return answered;
  };
  predictions.forEach((prediction, i) => {
    mirrored(parts, { deployment, chosen, answered: answeredBy(i), prediction, call });
  });
  parts.shadows.tensors(snapshot, () =>
    predictions.map((prediction, i) => {
      const { tensors: row } = answeredBy(i);
      return { prediction, deployment, tensors: row, asOfNs, seed: seedOfRow(asked.seed, i) };
    }),
  );
  return { outputs, predictions };
}

/** What the entries of all rows of a request have in common. */
type Common = Omit<RowsEntry, "tensors" | "scores" | "traces">;

function commonOf(parts: Pick<Predicting, "clock" | "newId">, request: Asked, { startedAt }: Place): Common {
  const { snapshot, facts, given } = request;
  const timeMs = parts.clock.now();
  return {
    facts,
    entity: entityOf(request),
    asOfNs: BigInt(timeMs) * 1_000_000n,
    timeMs,
    latencyUs: Math.round((performance.now() - startedAt) * 1_000),
    ...loggingOf(snapshot.deployment, () => stickyOf(snapshot, given, parts.newId)),
  };
}

/** What a request says of the fields that play a part: those that anything is sticky by, that of the calibration's groups, those of a bandit. */
function entityOf({ snapshot, chosen, given }: Asked): Entity {
  const { stickyKey, contextual } = snapshot.deployment;
  let entity: Record<string, FeatureValue> | undefined;
  for (const name of [stickyKey, ...requestFields(chosen), ...(contextual?.fields ?? [])]) {
    const value = name === "" ? undefined : given(name);
    if (value !== undefined) entity = { ...entity, [name]: value };
  }
  return entity ?? NOBODY;
}

const NOBODY: Entity = {};

/** The tensors in the order of the release's features, if each is one of them, so that values stand under their names; else as the model has them. */
function inOrder({ facts: { features }, model }: LoadedRelease, tensors: readonly Tensor[]): readonly Tensor[] {
  if (tensors.length < 2) return tensors;
  const names = tensors.every((it) => features.includes(it.name))
    ? features
    : model.signature.inputs.map((it) => it.name);
  return tensors.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
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
