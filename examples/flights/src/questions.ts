import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One flight of September, as prepare.py writes it. */
export interface Question {
  readonly flight_id: number;
  readonly origin: string;
  readonly carrier: string;
  readonly tailnum: string | null;
  /** Two hours before the scheduled departure, ISO 8601. */
  readonly cutoff: string;
  readonly dest: string;
  /** Scheduled departure by the airport's clocks, ISO 8601 as if it were UTC. */
  readonly departs_local: string;
  readonly distance_miles: number;
  readonly sched_duration_minutes: number;
  /** What came of it. Never sent with the question. */
  readonly late: boolean;
  /** When that is known, ISO 8601. */
  readonly known: string;
}

/** The flights of September in the order in which their questions come up. */
export function readQuestions(workDir: string): readonly Question[] {
  const lines = readFileSync(join(workDir, "september.ndjson"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Question);
}

/**
 * The same questions in an order that has nothing to do with when they came up: flights of one day share its weather, and a test of
 * means takes them for independent.
 */
export const shuffled = (questions: readonly Question[]): readonly Question[] =>
  questions
    .map((it) => [createHash("sha256").update(String(it.flight_id)).digest("hex"), it] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, it]) => it);

/** One thing that is asked with. */
export type Asked = string | number | null | { readonly time: string };

/** What is asked: the keys, and what the schedule says. */
export function entityOf(question: Question): Readonly<Record<string, Asked>> {
  const { flight_id: _id, cutoff: _cutoff, late: _late, known: _known, departs_local, ...entity } = question;
  return { ...entity, departs_local: { time: departs_local } };
}

/** Day of September, 1 to 30, by the cut-off's date in UTC. */
export const dayOf = (question: Question): number => Number(question.cutoff.slice(8, 10));
