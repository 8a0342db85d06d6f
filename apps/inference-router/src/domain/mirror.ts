import type { Clock } from "@throughline/kernel";
import { bucketOf, type ShadowRollout } from "./deployment.ts";
import type { Snapshot } from "./deployment-table.ts";
import { type MirrorQueue, mirrorQueue } from "./graph/mirror-queue.ts";
import { reasonOfFailure } from "./graph/visit.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import type { Prediction, ShadowEntry } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";

/**
 * Mirrors requests to the candidate of a rollout that is a shadow. Laws:
 * - A mirror is offered once the prediction is logged and its answer has left, and begins in a later turn of the event loop.
 * - What a candidate does, hangs or breaks never reaches an answer: what is at work and what waits is bounded for each deployment,
 *   each mirror has a deadline of its own, and what is beyond the bounds is left out and counted.
 * - What it answered, or why it did not, is logged under the prediction that it mirrors, and counted with no release that serves.
 */
export interface ReleaseMirror {
  /** Mirrors a prediction if a rollout asks for it. `run` gives the candidate's answer to the same request. */
  offer(snapshot: Snapshot, prediction: Prediction, run: RunMirrored): void;
  /** How the mirrors of a deployment went since the process started. */
  counts(deployment: string): MirrorTally;
  /** How the mirrors of all deployments went. */
  totals(): MirrorTally;
  /** Ends the mirrors that are at work, and leaves out what waits. */
  close(): Promise<void>;
}

export type RunMirrored = (candidate: LoadedRelease, signal: AbortSignal) => Promise<MirrorAnswer>;

/** What a candidate said of a request. */
export type MirrorAnswer = Pick<ShadowEntry, "scores" | "basis">;

export interface MirrorTally {
  /** With an answer. */
  readonly answered: number;
  /** That failed, or were not done in time. */
  readonly failed: number;
  /** Left out because too many were at work, or because the candidate was not loaded. */
  readonly dropped: number;
}

export interface ReleaseMirrorOptions {
  readonly log: Pick<PredictionLog, "appendShadow">;
  readonly clock: Clock;
  /** Of one deployment. */
  readonly workingMax: number;
  readonly waitingMax: number;
  /** How long one mirror may take. */
  readonly deadlineMs: number;
  readonly onProblem: (subject: string, error: unknown) => void;
  /** Told of each mirror that is logged. */
  readonly onChange: (deployment: string) => void;
}

interface Place {
  readonly queue: MirrorQueue;
  answered: number;
  failed: number;
  dropped: number;
}

export function releaseMirror(options: ReleaseMirrorOptions): ReleaseMirror {
  const places = new Map<string, Place>();
  let isClosed = false;
  /** Of its own for each deployment, so that a candidate that hangs takes no other's place. */
  const placeOf = (deployment: string): Place => {
    const known = places.get(deployment);
    if (known) return known;
    const place = { queue: mirrorQueue(options), answered: 0, failed: 0, dropped: 0 };
    places.set(deployment, place);
    return place;
  };
  return {
    offer({ deployment, routes }, prediction, run) {
      const { shadow } = deployment;
      if (isClosed || shadow === undefined || !isMirrored(shadow, prediction.id)) return;
      const place = placeOf(deployment.name);
      const candidate = routes.find(({ release }) => release.release.name === shadow.candidate)?.release;
      if (candidate === undefined) {
        place.dropped += 1;
        return;
      }
      const work = async (): Promise<void> => {
        const signal = AbortSignal.any([place.queue.closing, AbortSignal.timeout(options.deadlineMs)]);
        const mirror = { deployment: deployment.name, prediction, candidate };
        const isAnswered = await mirrored(options, mirror, () => within(signal, run(candidate, signal)));
        place[isAnswered ? "answered" : "failed"] += 1;
      };
      void candidate.use(
        () =>
          new Promise<void>((resolve) => {
            const leftOut = (): void => {
              place.dropped += 1;
              resolve();
            };
            place.queue.offer(() => work().finally(resolve), leftOut);
          }),
      );
    },
    counts(deployment) {
      const { answered = 0, failed = 0, dropped = 0 } = places.get(deployment) ?? {};
      return { answered, failed, dropped };
    },
    totals() {
      const total = { answered: 0, failed: 0, dropped: 0 };
      for (const it of places.values()) {
        total.answered += it.answered;
        total.failed += it.failed;
        total.dropped += it.dropped;
      }
      return total;
    },
    async close() {
      isClosed = true;
      await Promise.all([...places.values()].map((it) => it.queue.close()));
    },
  };
}

/** By the prediction's id, so that it can be told afterwards which predictions were to be mirrored. */
const isMirrored = ({ rollout, basisPoints }: ShadowRollout, id: string): boolean =>
  basisPoints > 0 && bucketOf(rollout, id) < basisPoints;

interface Mirrored {
  readonly deployment: string;
  readonly prediction: Prediction;
  readonly candidate: LoadedRelease;
}

/** Runs one mirror and logs what came of it; true if it answered. */
async function mirrored(
  { log, clock, onProblem, onChange }: ReleaseMirrorOptions,
  { deployment, prediction, candidate }: Mirrored,
  run: () => Promise<MirrorAnswer>,
): Promise<boolean> {
  const startedAt = performance.now();
  const answer = await run().then(
    (found) => ({ ...found, failure: "" }),
    (error: unknown) => ({ scores: [], failure: reasonOfFailure(error) }),
  );
  const shadow: ShadowEntry = {
    ...answer,
    facts: candidate.facts,
    primary: prediction.id,
    node: "",
    asOfNs: prediction.asOfNs,
    timeMs: clock.now(),
    latencyUs: Math.round((performance.now() - startedAt) * 1_000),
  };
  await log.appendShadow(deployment, shadow).catch((error: unknown) => onProblem(deployment, error));
  onChange(deployment);
  return answer.failure === "";
}

/** The work, or a failure as soon as the signal aborts: work that does not listen must not keep its place. */
function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", leave));
}
