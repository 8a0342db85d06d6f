import { type Clock, LIMITS } from "@throughline/kernel";
import { afterAnswer } from "./after-answer.ts";
import type { GraphAnswered } from "./graph/loaded-graph.ts";
import type { MirrorQueue } from "./graph/mirror-queue.ts";
import { reasonOfFailure } from "./graph/visit.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";

export interface Mirroring {
  readonly log: Pick<PredictionLog, "appendShadow">;
  readonly clock: Clock;
  readonly mirrors: MirrorQueue;
}

/** An answer that has left, with nodes that are to mirror it. */
export interface Answered {
  readonly deployment: string;
  readonly chosen: LoadedRelease;
  readonly answered: GraphAnswered;
  readonly prediction: Prediction;
  /** Trace and caller of the request. */
  readonly headers: Headers;
}

/**
 * Lets mirror nodes run beside the answers, each with its own time, and logs what they give as shadows of the prediction. The release
 * stays loaded until they are done. What the queue has no room for, and what the log does not take, is left out.
 */
export function mirrorNodes(parts: Mirroring, it: Answered): void {
  void it.chosen.use(
    () =>
      new Promise<void>((resolve) => {
        afterAnswer(
          () => void Promise.all(it.answered.mirrors.map((node) => offered(parts, it, node))).then(() => resolve()),
        );
      }),
  );
}

const offered = (parts: Mirroring, it: Answered, node: string): Promise<void> =>
  new Promise((resolve) => {
    parts.mirrors.offer(() => mirror(parts, it, node).finally(resolve), resolve);
  });

async function mirror({ log, clock, mirrors }: Mirroring, it: Answered, node: string): Promise<void> {
  const { deployment, chosen, answered, prediction, headers } = it;
  const startedAt = performance.now();
  const signal = AbortSignal.any([mirrors.closing, AbortSignal.timeout(LIMITS.deadlineMsDefault)]);
  const outcome = await answered.mirror(node, { headers, signal, priority: "low" }).then(
    (scores) => ({ scores, failure: "" }),
    (error: unknown) => ({ scores: [], failure: reasonOfFailure(error) }),
  );
  const entry = {
    ...outcome,
    facts: chosen.facts,
    primary: prediction.id,
    node,
    asOfNs: prediction.asOfNs,
    timeMs: clock.now(),
    latencyUs: Math.round((performance.now() - startedAt) * 1_000),
  };
  // A log that cannot be written has said so to those who wait for an answer.
  await log.appendShadow(deployment, entry).catch(() => {});
}
