import type { Digest } from "@throughline/kernel";
import type { RowAnswer } from "./added-columns.ts";

/** The answers to the rows of a part, until they are written. */
export interface KeptAnswers {
  readonly count: number;
  set(row: number, answer: RowAnswer): void;
  /** The answer that was set for the row. */
  at(row: number): RowAnswer;
}

const DIGEST_BYTES = 32;
const PREFIX = "sha256:";

/**
 * Keeps those that are a score and a digest as bytes: ten thousand small objects that live for seconds are copied by every collection of the
 * young meanwhile, and all callers wait for that.
 */
export function keptAnswers(count: number): KeptAnswers {
  const scores = new Float64Array(count);
  const digests = Buffer.alloc(DIGEST_BYTES * count);
  const others = new Map<number, RowAnswer>();
  return {
    count,
    set(row, answer) {
      if ("problem" in answer || Object.keys(answer).length > 2) {
        others.set(row, answer);
        return;
      }
      scores[row] = answer.score;
      digests.write(answer.rowDigest.slice(PREFIX.length), row * DIGEST_BYTES, "hex");
    },
    at(row) {
      const other = others.get(row);
      if (other !== undefined) return other;
      const digits = digests.toString("hex", row * DIGEST_BYTES, (row + 1) * DIGEST_BYTES);
      return { score: scores[row] as number, rowDigest: `${PREFIX}${digits}` as Digest };
    },
  };
}
