import { setTimeout as delay } from "node:timers/promises";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  type ExportedRelease,
  type ExportPredictionsResult,
  ExportPredictionsResultSchema,
  InferenceService,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import {
  type Operation,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { type Digest, DomainError, invariant, LIMITS, parseDigest, rowDigest } from "@throughline/kernel";
import { ACTOR_HEADER, fromMs, fromNs, toMs, valueFromProto } from "@throughline/rpc";
import { predictionLogUnreachable } from "../domain/errors.ts";
import type {
  ServedPredictions,
  ServedRelease,
  ServedRun,
  ServedWindow,
  ServingLog,
} from "../domain/served/serving-log.ts";
import { durationOf } from "./convert-duration.ts";

const TIMEOUT = { timeoutMs: LIMITS.deadlineMsDefault } as const;
/** Between two looks at work whose watch was cut off. */
const PAUSE_MS = 1_000;

/** The prediction log through the service that owns it. Undefined: this service was not told where that is. */
export function servingLog(router: Transport | undefined): ServingLog {
  if (router === undefined) return noServingLog;
  const clients: Clients = {
    inference: createClient(InferenceService, router),
    operations: createClient(OperationService, router),
  };
  return {
    check: () => {},
    predictions: (window, run) => reached(() => predictions(clients, window, run)),
    rowDigest: (name, signal) => reached(() => loggedDigest(clients, name, signal)),
  };
}

const refused = async (): Promise<never> => {
  throw predictionLogUnreachable("it was not told where: set THROUGHLINE_INFERENCE_ROUTER");
};

const noServingLog: ServingLog = {
  check() {
    throw predictionLogUnreachable("it was not told where: set THROUGHLINE_INFERENCE_ROUTER");
  },
  predictions: refused,
  rowDigest: refused,
};

interface Clients {
  readonly inference: ReturnType<typeof createClient<typeof InferenceService>>;
  readonly operations: ReturnType<typeof createClient<typeof OperationService>>;
}

/** What the log's owner says of the request goes on as it is; that it cannot be reached is said in our words. */
async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) throw error;
    throw predictionLogUnreachable("it does not answer: try again", error);
  }
}

async function predictions(clients: Clients, window: ServedWindow, run: ServedRun): Promise<ServedPredictions> {
  const { operation } = await clients.inference.exportPredictions(
    {
      deployment: window.deployment,
      release: window.release,
      ...(window.startNs !== undefined && { startTime: fromNs(window.startNs) }),
      ...(window.endNs !== undefined && { endTime: fromNs(window.endNs) }),
      ...(window.knownByMs !== undefined && { knownBy: fromMs(window.knownByMs) }),
      ...(window.labelDelayNs !== undefined && { labelDelay: durationOf(window.labelDelayNs) }),
      labeledOnly: window.labeledOnly,
      byEntity: true,
      requestId: run.operation.slice(run.operation.lastIndexOf("/") + 1),
    },
    { ...TIMEOUT, signal: run.signal, headers: { [ACTOR_HEADER]: run.actor } },
  );
  const ended = await end(clients, operation, run);
  if (ended.state !== OperationState.SUCCEEDED) throw failureOf(ended);
  const result = ended.response && anyUnpack(ended.response, ExportPredictionsResultSchema);
  invariant(result, "the export ended without its result");
  return predictionsFromProto(result);
}

/** Follows work to its end, and ends it if this service's own work is cancelled. */
async function end({ operations }: Clients, started: Operation | undefined, run: ServedRun): Promise<Operation> {
  invariant(started, "the export has no operation");
  const { name } = started;
  let last = started;
  try {
    while (last.state === OperationState.RUNNING) {
      for await (const { operation } of operations.watchOperation({ name }, { signal: run.signal })) {
        last = operation ?? last;
        run.progress(last.progress, last.message);
      }
      // A watch may be cut off before the work ends.
      if (last.state === OperationState.RUNNING) await delay(PAUSE_MS, undefined, { signal: run.signal });
    }
    return last;
  } catch (error) {
    if (run.signal.aborted) await operations.cancelOperation({ name }, TIMEOUT).catch(() => {});
    throw error;
  }
}

function failureOf({ error, state }: Operation): DomainError {
  const reason = (error?.reason ?? OperationState[state]) as Uppercase<string>;
  return new DomainError("precondition", reason, error?.message ?? "The export of the predictions was ended.", {
    metadata: { ...error?.metadata },
  });
}

const predictionsFromProto = (it: ExportPredictionsResult): ServedPredictions => ({
  digest: parseDigest(it.digest, "digest"),
  rowCount: Number(it.rowCount),
  rowsDigest: parseDigest(it.rowsDigest, "rows_digest"),
  knownByMs: it.knownBy ? toMs(it.knownBy) : 0,
  features: it.features,
  featureColumns: it.featureColumns,
  releases: it.releases.map(releaseFromProto),
  segments: it.segments.map(({ segment, digest, rowCount }) => ({
    segment,
    digest: parseDigest(digest, "segments.digest"),
    rowCount: Number(rowCount),
  })),
  labeledCount: Number(it.labeledCount),
  leftOut: {
    withoutEntity: Number(it.withoutEntityCount),
    laterAsOf: Number(it.laterAsOfCount),
    withoutLabel: Number(it.withoutLabelCount),
    notSampled: Number(it.notSampledCount),
  },
});

const releaseFromProto = (it: ExportedRelease): ServedRelease => ({
  release: it.release,
  digest: parseDigest(it.digest, "releases.digest"),
  rowCount: Number(it.rowCount),
  service:
    it.featureService === ""
      ? undefined
      : { name: it.featureService, version: Number(it.featureServiceVersion), digest: it.featureServiceDigest },
  viewVersions: new Map(Object.entries(it.viewVersions).map(([view, version]) => [view, Number(version)])),
});

async function loggedDigest({ inference }: Clients, name: string, signal: AbortSignal): Promise<Digest | undefined> {
  const found = await inference.getPrediction({ name }, { ...TIMEOUT, signal }).catch((error: unknown) => {
    if (ConnectError.from(error).code !== Code.NotFound) throw error;
    return undefined;
  });
  return found?.prediction?.vector && rowDigest(found.prediction.vector.values.map((it) => valueFromProto(it.value)));
}
