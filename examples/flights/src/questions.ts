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
  readonly sched_hour: number;
  readonly day_of_week: number;
  readonly month: number;
  readonly distance_miles: number;
  readonly sched_duration_minutes: number;
  /** What came of it. Never sent with the question. */
  readonly late: boolean;
}

/** The flights of September in the order in which their questions come up. */
export function readQuestions(workDir: string): readonly Question[] {
  const lines = readFileSync(join(workDir, "september.ndjson"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Question);
}

/** What is asked: the keys, and what the schedule says. */
export function entityOf({
  flight_id: _id,
  cutoff: _cutoff,
  late: _late,
  ...entity
}: Question): Readonly<Record<string, string | number | null>> {
  return entity;
}

/** Day of September, 1 to 30, by the cut-off's date in UTC. */
export const dayOf = (question: Question): number => Number(question.cutoff.slice(8, 10));
