import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ChildProgram } from "../host/child-program.ts";
import { type Examined, type Examiner, type ExaminerOptions, examiner, type Verdict } from "./examiner.ts";

/** Models that are told by numbers, so that a sweep can begin at any of them. */
export interface Numbered {
  readonly from: number;
  readonly count: number;
  model(number: number): Uint8Array;
}

export interface SweepOptions {
  readonly dir: string;
  readonly program: ChildProgram;
  readonly limits: ExaminerOptions["limits"];
  /** Processes side by side. */
  readonly lanes: number;
  /** Told after each model: how many are done, and the number below which all are. */
  readonly progress: (done: number, below: number) => void;
}

/** What became of all models of a sweep. */
export interface Swept {
  readonly verdicts: ReadonlyMap<Verdict, number>;
  /** How often the processes refused for which reason, the most frequent first. */
  readonly reasons: readonly (readonly [reason: string, count: number])[];
  /** The models that ended a process in which no other had been, by number. */
  readonly deaths: readonly Death[];
  /** Processes that ended at a model which a fresh process survived: thousands of models before it had used them up. */
  readonly wornOut: readonly Death[];
  readonly recoveriesMs: readonly number[];
}

/** A model, and why a process ended at it. */
interface Death {
  readonly number: number;
  readonly verdict: Verdict;
}

/** Examines models in several processes side by side; each takes the next number when it is done with one. */
export async function sweep({ from, count, model }: Numbered, options: SweepOptions): Promise<Swept> {
  const { dir, program, limits, lanes, progress } = options;
  const verdicts = new Map<Verdict, number>();
  const reasons = new Map<string, number>();
  const deaths: Death[] = [];
  const wornOut: Death[] = [];
  const underWay = new Set<number>();
  let next = from;
  let done = 0;
  const note = (number: number, { verdict, message }: Examined): void => {
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    if (message !== undefined) reasons.set(reasonOf(message), (reasons.get(reasonOf(message)) ?? 0) + 1);
    if (isDeath({ verdict })) deaths.push({ number, verdict });
    underWay.delete(number);
    progress(++done, Math.min(next, ...underWay));
  };
  const lane = async (index: number): Promise<Examiner> => {
    const folder = join(dir, `lane-${index}`);
    mkdirSync(folder, { recursive: true });
    const examination = examiner({ dir: folder, program, limits });
    for (let number = next++; number < from + count; number = next++) {
      underWay.add(number);
      const first = await examination.examine(model(number));
      if (!isDeath(first)) note(number, first);
      else {
        const alone = await examination.examine(model(number));
        if (!isDeath(alone)) wornOut.push({ number, verdict: first.verdict });
        note(number, alone);
      }
    }
    await examination.close();
    return examination;
  };
  const examinations = await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  return {
    verdicts,
    reasons: [...reasons].sort(([, a], [, b]) => b - a),
    deaths,
    wornOut,
    recoveriesMs: examinations.flatMap((it) => it.recoveriesMs),
  };
}

const isDeath = ({ verdict }: Examined): boolean => !["refused", "inputs refused", "answered"].includes(verdict);

/** What is common to messages that say the same about different models: without names, numbers and paths. */
function reasonOf(message: string): string {
  const place = /^\/\S*\/([\w.]+):\d/.exec(message);
  if (place) return `the runtime's ${place[1]}`;
  const detail = /(?:, Error |Error: ?)(.+)/.exec(message)?.[1] ?? message;
  return (detail.split(/[('":\d]/)[0] ?? "").trim().slice(0, 60) || "no words";
}
