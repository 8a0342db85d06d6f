import { DomainError } from "@throughline/kernel";

/** How long after a prediction its feedback is taken, corrections included: 30 days. */
export const FEEDBACK_AGE_MS_MAX = 30 * 86_400_000;

/** A prediction that feedback is given for. */
interface Aged {
  readonly id: string;
  /** When it was given. Undefined for feedback that was stored before this was kept, if the log does not have it any more. */
  readonly timeMs: number | undefined;
}

/** Fails with FEEDBACK_TOO_LATE if a prediction is older than feedback is taken for. */
export function refuseLate(deployment: string, predictions: readonly Aged[], nowMs: number): void {
  const late = predictions.filter(({ timeMs }) => timeMs !== undefined && nowMs - timeMs > FEEDBACK_AGE_MS_MAX);
  if (late.length === 0) return;
  const names = late.map(({ id }) => `${deployment}/predictions/${id}`);
  throw new DomainError(
    "precondition",
    "FEEDBACK_TOO_LATE",
    `${names.length} prediction(s) are more than 30 days old, and what they were counted in is settled: ${names.slice(0, 10).join(", ")}. Nothing was stored; send the others alone.`,
    {
      metadata: { predictions: names.join(","), count: String(names.length), days: "30" },
      violations: names.map((name) => ({ path: "prediction", description: `${name} is more than 30 days old` })),
    },
  );
}
