import {
  type Clock,
  canonicalRowBytes,
  type Digest,
  digestOfBytes,
  type FeatureValue,
  type NewId,
} from "@throughline/kernel";
import { type AnsweringRow, answerRow, bytesOfRow, type RowAnswered } from "./answer-row.ts";
import { type Asked, isReleaseFailure } from "./blame.ts";
import type { Callers } from "./callers.ts";
import { type Choice, choose } from "./choice.ts";
import { soleRoute } from "./deployment.ts";
import type { DeploymentTable, Snapshot } from "./deployment-table.ts";
import { keysLacking } from "./entity-keys.ts";
import { releaseTakesTensors } from "./errors.ts";
import type { CallContext, Entity, Feature } from "./features.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { loggingOf } from "./log-policy.ts";
import { type Mirroring, mirrorNodes } from "./mirror-nodes.ts";
import type { RequestMirror } from "./mirror-request.ts";
import type { Prediction, PredictionEntry, RequestKey } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";
import type { RequestIndex } from "./request-index.ts";

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

export interface Predicting extends AnsweringRow, Mirroring {
  readonly table: DeploymentTable;
  readonly log: PredictionLog;
  readonly requests: RequestIndex;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Told of each that waits. */
  readonly callers: Callers;
  /** Told of each answer that is logged, for shadow rollouts. */
  readonly shadows: RequestMirror;
  /** Told of each prediction and failure, so that watchers of the metrics look again. */
  readonly onChange: (deployment: string) => void;
}

/**
 * Predicts for one row, wholly by one release, and logs the answer before it is given. A repeated request id gives the
 * first answer again, from the log.
 */
export function predictor(parts: Predicting): (request: PredictRequest) => Promise<Prediction> {
  const underWay = new Map<string, Promise<Prediction>>();
  const remembered = async (request: PredictRequest): Promise<Prediction> => {
    const key: RequestKey = { id: request.requestId, digest: requestDigest(request) };
    const turn = `${request.deployment} ${request.requestId}`;
    const answerOrPredict = async (): Promise<Prediction> => {
      const known = parts.requests.find(request.deployment, key);
      const first = known === undefined ? undefined : await parts.log.find(request.deployment, known);
      const answer = first?.isSampled ? first.prediction : first?.answer;
      return answer ?? predictOnce(parts, request, key);
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
  return (request) => (request.requestId === "" ? predictOnce(parts, request, undefined) : remembered(request));
}

async function predictOnce(
  parts: Predicting,
  request: PredictRequest,
  key: RequestKey | undefined,
): Promise<Prediction> {
  const startedAt = performance.now();
  const snapshot = parts.table.find(request.deployment);
  const sticky = () => stickyValue(snapshot, request, parts.newId);
  const { chosen, facts } = choose(snapshot, { sticky, field: (name) => request.entity[name] });
  const isCompared = soleRoute(snapshot.routes) === undefined;
  const place = { deployment: request.deployment, chosen, facts, isCompared, byTensors: false };
  return accounted(parts, place, async () => {
    const asOfNs = request.asOfNs ?? BigInt(parts.clock.now()) * 1_000_000n;
    const { deployment, entity, call } = request;
    const vector = await vectorFor(chosen, { entity, asOfNs, call });
    const vectorBytes = bytesOfRow(vector);
    const inputs = { vectorBytes, vector, entity, ...(key && { request: key }) };
    // Everything that does not depend on the answer is made before it: answers come many at a time, and each waits for all.
    const logging = loggingOf(snapshot.deployment, sticky);
    const given = {
      ...inputs,
      ...logging,
      facts,
      asOfNs,
      ...(logging.isSampled !== false && { encoded: parts.log.encode(inputs) }),
    };
    const seed = key?.id ?? (answersByGraph(chosen) ? parts.newId() : "");
    const row = { deployment, vector, vectorBytes, entity, asOfNs, seed, call };
    const answered = await answerRow(parts, chosen, row);
    const { score, trace } = answered;
    const timeMs = parts.clock.now();
    const latencyUs = Math.round((performance.now() - startedAt) * 1_000);
    const entry: PredictionEntry = { ...given, score, timeMs, latencyUs, ...(trace && { trace }) };
    const prediction = await logged(parts, deployment, entry);
    mirrored(parts, { deployment, chosen, answered, prediction, call });
    const drawsFrom = seed === "" ? prediction.id : seed;
    parts.shadows.row(snapshot, prediction, { deployment, entity, asOfNs, seed: drawsFrom, call });
    return prediction;
  });
}

/** The release's features of a row, which must have the keys that they are found by. A graph that looks everything up by itself has none of its own. */
export function vectorFor(
  { features, answers, release }: LoadedRelease,
  { entity, asOfNs, call }: Pick<PredictionEntry, "entity" | "asOfNs"> & { readonly call: CallContext },
): Promise<readonly Feature[]> {
  if (features) {
    const lacking = keysLacking(features, entity);
    return lacking ? Promise.reject(lacking) : features.fetch({ entity, asOfNs }, call);
  }
  const isLookedUp = answers.by === "graph" && answers.graph.requestReaders.size === 0;
  return isLookedUp ? Promise.resolve([]) : Promise.reject(releaseTakesTensors(release.name));
}

const answersByGraph = ({ answers }: LoadedRelease): boolean => answers.by === "graph";

/** Lets the mirrors of an answer run, now that it is accounted for. What is not in the sample has none: nobody could compare them. */
export function mirrored(
  parts: Mirroring,
  after: {
    readonly deployment: string;
    readonly chosen: LoadedRelease;
    readonly answered: RowAnswered;
    readonly prediction: Prediction;
    readonly call: Pick<CallContext, "headers">;
  },
): void {
  const { answered, prediction, call } = after;
  if (prediction.isSampled === false) return;
  if (answered.trace === undefined || answered.mirrors.length === 0) return;
  mirrorNodes(parts, { ...after, answered, headers: call.headers });
}

/** Writes an entry to the log and makes the prediction of it. */
async function logged(
  parts: Pick<Predicting, "log" | "requests">,
  deployment: string,
  entry: PredictionEntry,
): Promise<Prediction> {
  const { id, position } = await parts.log.append(deployment, entry);
  if (entry.request) parts.requests.remember(deployment, { request: entry.request, id, timeMs: entry.timeMs });
  return Object.assign(new WithRowDigest(entry.vectorBytes), entry, { id, position });
}

/** Only some answers say the digest. A getter of each object's own would cost each of them more than the rest of it. */
class WithRowDigest {
  readonly vectorBytes: Buffer;
  constructor(vectorBytes: Buffer) {
    this.vectorBytes = vectorBytes;
  }
  get rowDigest(): Digest {
    return digestOfBytes(this.vectorBytes);
  }
}

/** Runs work on a release that is not unloaded meanwhile, and counts a failure that is the release's. */
export function accounted<T>(
  parts: Pick<Predicting, "log" | "clock" | "onChange" | "callers">,
  place: Choice & Asked & { readonly deployment: string },
  work: () => Promise<T>,
): Promise<T> {
  const { deployment, chosen, facts } = place;
  parts.callers.begin();
  return chosen.use(work, (failure) => {
    parts.callers.end();
    if (failure && isReleaseFailure(failure.error, place))
      parts.log.noteFailure(deployment, { facts, timeMs: parts.clock.now() });
    parts.onChange(deployment);
  });
}

/** Without a sticky field, retries of one request still go to one release. */
function stickyValue({ deployment }: Snapshot, request: PredictRequest, newId: NewId): FeatureValue {
  const value = deployment.stickyKey === "" ? null : (request.entity[deployment.stickyKey] ?? null);
  return value ?? (request.requestId === "" ? newId() : request.requestId);
}

/** What was asked for, whatever the order of the entity's fields. */
function requestDigest({ entity, asOfNs }: PredictRequest): string {
  const fields = Object.entries(entity).sort(([a], [b]) => (a < b ? -1 : 1));
  return digestOfBytes(canonicalRowBytes([asOfNs === undefined ? null : { ns: asOfNs }, ...fields.flat()]));
}
