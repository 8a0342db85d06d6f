import { createHash } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { PredictionEntry } from "./prediction.ts";

/** What of a deployment's predictions is logged, and where: see LogPolicy in the contract. */
export interface LogPolicy {
  /** Share of the predictions, in hundredths of a percent, from 1 to 10,000. */
  readonly sampleBasisPoints: number;
  /** Bytes of inputs that stand in the log itself. */
  readonly inlineBytesMax: number;
}

const WHOLE = 10_000;

/** Bytes of inputs that stand in the log itself, where the deployment says nothing else. */
export const INLINE_BYTES_MAX = 65_536;
const INLINE_BYTES_LEAST = 1_024;

/** The policy that the deployment names, 0 standing for what is left out. While a rollout is under way everything is logged. */
export const logPolicy = (
  named: { readonly sampleBasisPoints: number; readonly inlineBytesMax: number },
  hasRollout: boolean,
): LogPolicy => ({
  sampleBasisPoints: hasRollout ? WHOLE : named.sampleBasisPoints || WHOLE,
  inlineBytesMax: named.inlineBytesMax === 0 ? INLINE_BYTES_MAX : Math.max(INLINE_BYTES_LEAST, named.inlineBytesMax),
});

/**
 * True if a prediction is in the sample: the first 6 bytes of SHA-256 over `{deployment}|log|` and the canonical bytes of the value, as a
 * big-endian number modulo 10,000, are below the share. So a larger share holds the sample of a smaller one, and the choice of a
 * release, which hashes other bytes, says nothing about the sample.
 */
export function isSampled(deployment: string, sampleBasisPoints: number, value: FeatureValue): boolean {
  const hash = createHash("sha256")
    .update(`${deployment}|log|`)
    .update(canonicalRowBytes([value]))
    .digest();
  return hash.readUIntBE(0, 6) % WHOLE < sampleBasisPoints;
}

/** What an entry says of how it is logged. The value that decides is asked for only where a sample is logged. */
export function loggingOf(
  { name, log }: { readonly name: string; readonly log?: LogPolicy },
  value: () => FeatureValue,
): Pick<PredictionEntry, "isSampled" | "inlineBytesMax"> {
  if (log === undefined) return NOTHING;
  const { sampleBasisPoints, inlineBytesMax } = log;
  const isKept = sampleBasisPoints >= WHOLE || isSampled(name, sampleBasisPoints, value());
  return { inlineBytesMax, ...(isKept ? {} : { isSampled: false as const }) };
}

const NOTHING = {};
