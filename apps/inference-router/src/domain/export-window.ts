import { setTimeout as delay } from "node:timers/promises";
import { type Clock, invalidField } from "@throughline/kernel";
import type { Feedback } from "./feedback.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictionLog, UnsampledPrediction } from "./prediction-log.ts";

/** Which predictions to export. */
export interface ExportWindow {
  readonly deployment: string;
  /** Only this one's. Empty: all, if they have the same features. */
  readonly release: string;
  readonly actor: string;
  /** First `as_of`. Undefined: from the beginning. */
  readonly startNs: bigint | undefined;
  /** End of the window, not included. Undefined: without end. */
  readonly endNs: bigint | undefined;
  /** Only what the log had taken by this time. Undefined: by now. */
  readonly knownByMs: number | undefined;
  /** How much later than its `as_of` a prediction's label may become known. Undefined: any time. */
  readonly labelDelayNs: bigint | undefined;
  /** Leaves out predictions without feedback that counts. */
  readonly labeledOnly: boolean;
  /** Leaves out predictions by tensor and those of the future, and writes what a training set needs besides. */
  readonly byEntity: boolean;
}

/** A window whose content never changes any more. */
export interface ClosedWindow extends ExportWindow {
  readonly knownByMs: number;
}

/** Longer than the clock's unit: after it, nothing new is of the instant before it. */
const TICK_MS = 3;

export interface ClosingParts {
  readonly log: Pick<PredictionLog, "seal">;
  readonly feedback: Pick<Feedback, "settled">;
  readonly clock: Clock;
}

/**
 * Fixes what the window holds: what comes from now on is of a later instant, so that the same window with the same `knownByMs` holds
 * the same predictions and feedback for ever, all of them in sealed segments.
 */
export async function closed({ log, feedback, clock }: ClosingParts, window: ExportWindow): Promise<ClosedWindow> {
  const nowMs = clock.now();
  const knownByMs = window.knownByMs ?? nowMs;
  if (knownByMs > nowMs) {
    throw invalidField("known_by", "it lies in the future, where more may become known. Leave it out for now.");
  }
  await delay(TICK_MS);
  await log.seal(window.deployment);
  await feedback.settled(window.deployment);
  return { ...window, knownByMs };
}

/** Predictions of the window that an export leaves out. */
export interface LeftOut {
  withoutEntity: number;
  laterAsOf: number;
}

/** The predictions of a window, oldest first; those that it leaves out are counted in `leftOut`. */
export async function* predictionsOf(
  log: Pick<PredictionLog, "forwards">,
  window: ClosedWindow,
  { signal, leftOut }: { readonly signal: AbortSignal; readonly leftOut: LeftOut },
): AsyncGenerator<Prediction> {
  const { startNs, endNs } = window;
  for await (const prediction of log.forwards(window.deployment, { startNs, endNs })) {
    signal.throwIfAborted();
    const { facts, asOfNs, timeMs } = prediction;
    if (!isWithin({ release: facts.release, asOfNs, timeMs }, window)) continue;
    if (window.byEntity && !isByEntity(prediction)) leftOut.withoutEntity += 1;
    else if (window.byEntity && isOfTheFuture(prediction)) leftOut.laterAsOf += 1;
    else yield prediction;
  }
}

/** How many predictions of the window were given and are not in the sample that is logged. */
export async function notSampledIn(log: Pick<PredictionLog, "unsampled">, window: ClosedWindow): Promise<number> {
  const { startNs, endNs } = window;
  let count = 0;
  for await (const it of log.unsampled(window.deployment, { startNs, endNs })) if (isWithin(it, window)) count += 1;
  return count;
}

function isWithin({ asOfNs, release, timeMs }: UnsampledPrediction, window: ClosedWindow): boolean {
  if (timeMs > window.knownByMs || (window.release !== "" && release !== window.release)) return false;
  return asOfNs >= (window.startNs ?? asOfNs) && (window.endNs === undefined || asOfNs < window.endNs);
}

/** Tensors bring fields beside them at most; whoever asks by entity names at least one, since a release reads at least one. */
const isByEntity = ({ entity, isByTensors }: Prediction): boolean => !isByTensors && Object.keys(entity).length > 0;

/** The time of an answer is known to the millisecond, within which `as_of` may lie. */
const isOfTheFuture = ({ asOfNs, timeMs }: Prediction): boolean => asOfNs >= (BigInt(timeMs) + 1n) * 1_000_000n;
