import {
  type Clock,
  canonicalRowBytes,
  digestOfBytes,
  type FeatureValue,
  invariant,
  type NewId,
} from "@throughline/kernel";
import { bucketOf, routeOf } from "./deployment.ts";
import type { DeploymentTable, Snapshot } from "./deployment-table.ts";
import { outputInvalid, releaseTakesTensors } from "./errors.ts";
import type { CallContext, Entity, Feature } from "./features.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { modelInputs } from "./model-inputs.ts";
import type { Prediction, PredictionEntry, RequestKey } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";
import type { Release } from "./release.ts";
import type { RequestIndex } from "./request-index.ts";
import { elementAt, elementCount, type Tensor } from "./tensor.ts";

/** One row to predict for. */
export interface PredictRequest {
  readonly deployment: string;
  readonly entity: Entity;
  /** Unset: now. */
  readonly asOfNs?: bigint;
  /** Empty: the call is not remembered. */
  readonly requestId: string;
  readonly call: CallContext;
}

export interface Predicting {
  readonly table: DeploymentTable;
  readonly log: PredictionLog;
  readonly requests: RequestIndex;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Told of each prediction and failure, so that watchers of the metrics look again. */
  readonly onChange: (deployment: string) => void;
}

/**
 * Predicts for one row, wholly by one release, and logs the answer before it is given. A repeated request id gives the
 * first answer again, from the log.
 */
export function predictor(parts: Predicting): (request: PredictRequest) => Promise<Prediction> {
  const underWay = new Map<string, Promise<Prediction>>();
  return async (request) => {
    if (request.requestId === "") return predictOnce(parts, request, undefined);
    const key: RequestKey = { id: request.requestId, digest: requestDigest(request) };
    const turn = `${request.deployment} ${request.requestId}`;
    const answerOrPredict = async (): Promise<Prediction> => {
      const known = parts.requests.find(request.deployment, key);
      const first = known === undefined ? undefined : await parts.log.read(request.deployment, known);
      return first ?? predictOnce(parts, request, key);
    };
    // A retry that comes while the first call is at work waits for it, and then finds its answer in the log.
    const before = underWay.get(turn);
    const mine = before === undefined ? answerOrPredict() : before.then(answerOrPredict, answerOrPredict);
    underWay.set(turn, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(turn) === mine) underWay.delete(turn);
    }
  };
}

async function predictOnce(
  parts: Predicting,
  request: PredictRequest,
  key: RequestKey | undefined,
): Promise<Prediction> {
  const startedAt = performance.now();
  const snapshot = parts.table.find(request.deployment);
  const chosen = choose(snapshot, stickyValue(snapshot, request, parts.newId));
  return accounted(parts, { deployment: request.deployment, chosen }, async () => {
    const { features } = chosen;
    if (features === undefined) throw releaseTakesTensors(chosen.release.name);
    const asOfNs = request.asOfNs ?? BigInt(parts.clock.now()) * 1_000_000n;
    const vector = await features.fetch({ entity: request.entity, asOfNs }, request.call);
    const score = await scoreOf(chosen, vector, request.call.signal);
    const entry: PredictionEntry = {
      facts: chosen.facts,
      score,
      vector,
      vectorBytes: canonicalRowBytes(vector.map((it) => it.value)),
      entity: request.entity,
      asOfNs,
      timeMs: parts.clock.now(),
      latencyUs: Math.round((performance.now() - startedAt) * 1_000),
      ...(key === undefined ? {} : { request: key }),
    };
    return logged(parts, request.deployment, entry);
  });
}

/** Writes an entry to the log and makes the prediction of it. */
export async function logged(
  parts: Pick<Predicting, "log" | "requests">,
  deployment: string,
  entry: PredictionEntry,
): Promise<Prediction> {
  const { id, position } = await parts.log.append(deployment, entry);
  if (entry.request) parts.requests.remember(deployment, { request: entry.request, id, timeMs: entry.timeMs });
  return { ...entry, id, position, rowDigest: digestOfBytes(entry.vectorBytes) };
}

/** Runs work on a release that is not unloaded meanwhile, and counts a failure as the release's. */
export async function accounted<T>(
  parts: Pick<Predicting, "log" | "clock" | "onChange">,
  place: { readonly deployment: string; readonly chosen: LoadedRelease },
  work: () => Promise<T>,
): Promise<T> {
  const { deployment, chosen } = place;
  try {
    return await chosen.use(work);
  } catch (error) {
    parts.log.noteFailure(deployment, { facts: chosen.facts, timeMs: parts.clock.now() });
    throw error;
  } finally {
    parts.onChange(deployment);
  }
}

/** The release that a sticky value leads to. */
export function choose({ deployment, routes }: Snapshot, sticky: FeatureValue): LoadedRelease {
  const chosen = routeOf(routes, bucketOf(deployment.name, sticky));
  invariant(chosen, `${deployment.name} has no release with a share`);
  return chosen;
}

/** Without a sticky field, retries of one request still go to one release. */
function stickyValue({ deployment }: Snapshot, request: PredictRequest, newId: NewId): FeatureValue {
  const value = deployment.stickyKey === "" ? null : (request.entity[deployment.stickyKey] ?? null);
  return value ?? (request.requestId === "" ? newId() : request.requestId);
}

async function scoreOf(
  { release, model }: Pick<LoadedRelease, "release" | "model">,
  vector: readonly Feature[],
  signal: AbortSignal,
): Promise<number> {
  const values = vector.map((it) => it.value);
  const tensors = modelInputs(release, model.signature, values);
  const [output] = await model.run({ tensors, outputs: [release.node.outputTensor], signal });
  return readScore(release, output);
}

/** The score in the output of one row. Fails with MODEL_OUTPUT_INVALID if there is no finite number. */
export function readScore(release: Release, output: Tensor | undefined): number {
  const { outputColumn } = release.node;
  if (output === undefined || outputColumn >= elementCount(output.shape)) {
    throw outputInvalid(release.name, `the output has no column ${outputColumn}`);
  }
  const score = elementAt(output, outputColumn);
  if (!Number.isFinite(score)) throw outputInvalid(release.name, `it is ${score}`);
  return score;
}

/** What was asked for, whatever the order of the entity's fields. */
function requestDigest({ entity, asOfNs }: PredictRequest): string {
  const fields = Object.entries(entity).sort(([a], [b]) => (a < b ? -1 : 1));
  return digestOfBytes(canonicalRowBytes([asOfNs === undefined ? null : { ns: asOfNs }, ...fields.flat()]));
}
