import type { Line, Place } from "./lines.ts";
import type { Random } from "./random.ts";

/** What a kill is aimed with. */
export interface Aiming {
  readonly random: Random;
  readonly place: Place;
  kill(): void;
}

/** Kills a process at a moment of its choice. */
export type Aim = (aiming: Aiming) => Killer;

export interface Killer {
  /** To be told every line of the process. */
  see(line: Line): void;
  cancel(): void;
}

/** When a process is killed. */
type Moment =
  /** So long after it began to open its data, to compare them, or to write. */
  | { readonly kind: "time"; readonly since: "start" | "open" | "checked"; readonly afterMs: number }
  /** The moment it tells that it begins, or has done, its n-th write. */
  | { readonly kind: "write"; readonly number: number; readonly line: "begin" | "done" };

const MS_MOST = { start: 150, open: 30, checked: 600 } as const;
const WRITES_MOST = 600;

/** Of ten kills one or two are to hit a process that starts; the others one that writes, by the clock or by its writes,
 * more often early than late. */
function momentFrom(random: Random): Moment {
  const kind = random();
  const since = kind < 0.1 ? "start" : kind < 0.15 ? "open" : "checked";
  if (kind < 0.5) return { kind: "time", since, afterMs: random() ** 2 * MS_MOST[since] };
  return { kind: "write", number: Math.ceil(random() ** 2 * WRITES_MOST), line: random() < 0.7 ? "begin" : "done" };
}

/** A moment that counts on writes is not waited for longer than this. */
const PATIENCE_MS = 3_000;

/** By the clock, or by the writes of the process. */
export const atMoment: Aim = ({ random, kill }) => killAt(momentFrom(random), kill);

function killAt(moment: Moment, kill: () => void): Killer {
  const isTimed = moment.kind === "time";
  let timer = isTimed && moment.since === "start" ? setTimeout(kill, moment.afterMs) : undefined;
  let count = 0;
  return {
    see(line) {
      if (line.line === (isTimed ? moment.since : "checked"))
        timer = setTimeout(kill, isTimed ? moment.afterMs : PATIENCE_MS);
      if (moment.kind === "write" && line.line === moment.line && ++count === moment.number) kill();
    },
    cancel: () => clearTimeout(timer),
  };
}
