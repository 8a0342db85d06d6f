import type { FeedbackRevision, StoredFeedback } from "./feedback.ts";

/** Which of a prediction's revisions may count as its label. */
export interface LabelRule {
  /** The instant whose knowledge the prediction used. */
  readonly asOfNs: bigint;
  /** How much later the label may become known. Undefined: any time. */
  readonly delayNs: bigint | undefined;
  /** Only what had arrived by this time. */
  readonly knownByMs: number;
}

/**
 * The revision that counts: of those that had arrived and became known within the delay, the last. A correction that came too late
 * changes nothing, so a label is what one would have trained on when the delay was over.
 */
export function countedRevision(
  feedback: StoredFeedback | undefined,
  { asOfNs, delayNs, knownByMs }: LabelRule,
): FeedbackRevision | undefined {
  return feedback?.revisions.findLast(
    (it) => it.arriveTimeMs <= knownByMs && (delayNs === undefined || it.actualTimeNs <= asOfNs + delayNs),
  );
}
