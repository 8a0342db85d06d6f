import { type Book, openBook } from "./book.ts";
import { KILLS_PER_WHOLE, type Line, type Place } from "./lines.ts";
import { type Aim, atMoment } from "./moment.ts";
import { startChild } from "./process.ts";
import { type Random, randomFrom } from "./random.ts";

export interface SweepOptions {
  readonly kills: number;
  readonly seed: number;
  /** File of a process, as in child.ts. */
  readonly program: string;
  /** Makes a place with nothing in it; the one before is not needed any more. */
  newPlace(): Promise<Place>;
  /** Chooses the moments of the kills; by the clock and by writes if left out. */
  readonly aim?: Aim;
  /** Kills on the same data, which grow, and with them the time of a start; 60 if left out. */
  readonly killsPerPlace?: number;
  /** Told after every kill. The next process begins once it has resolved. */
  progress?(sofar: Swept): Promise<void> | void;
}

/** How a sweep went. */
export interface Swept {
  readonly kills: number;
  /** How many kills hit a process that was opening, comparing or writing. */
  readonly killed: Readonly<Record<Phase, number>>;
  /** Acknowledged writes, by what they did. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Writes that had no answer when the process was killed, by what they did. */
  readonly unanswered: ReadonlyMap<string, number>;
  /** How many cells were compared. */
  readonly compared: number;
  /** What was not as it must be. */
  readonly problems: readonly string[];
}

type Phase = "opening" | "comparing" | "writing";

const KILLS_PER_PLACE = 60;
const PROBLEMS_MAX = 100;

/**
 * Kills a process at seeded moments, again and again on the same data; the next one compares what it finds with what was
 * acknowledged, and goes on. Every 10 kills, and at the end, everything is compared. Ends early after 100 problems.
 */
export async function sweep(options: SweepOptions): Promise<Swept> {
  const random = randomFrom(options.seed);
  const state = { kills: 0, compared: 0, problems: [] as string[] };
  const killed: Record<Phase, number> = { opening: 0, comparing: 0, writing: 0 };
  const [acknowledged, unanswered] = [new Map<string, number>(), new Map<string, number>()];
  const swept = (): Swept => ({ ...state, killed, acknowledged, unanswered });
  let next = startChild(options.program);
  try {
    while (state.kills < options.kills && state.problems.length < PROBLEMS_MAX) {
      const book = openBook();
      const place = await options.newPlace();
      const kills = Math.min(options.killsPerPlace ?? KILLS_PER_PLACE, options.kills - state.kills);
      // The last process is not killed: it compares everything, and then is ended.
      for (let life = 1; life <= kills + 1 && state.problems.length < PROBLEMS_MAX; life++) {
        const child = next;
        next = startChild(options.program);
        const isLast = life === kills + 1;
        const aim = isLast ? undefined : (options.aim ?? atMoment);
        const whole = isLast || life % KILLS_PER_WHOLE === 0;
        const lived = await liveOnce(child, { place, book, life, aim, random, whole, seed: options.seed });
        state.compared += lived.compared;
        state.problems.push(...lived.problems.map((it) => `kill ${state.kills}: ${it}`));
        if (isLast) break;
        state.kills++;
        killed[lived.phase]++;
        await options.progress?.(swept());
      }
      addTo(acknowledged, book.acknowledged);
      addTo(unanswered, book.unanswered);
    }
  } finally {
    next.kill();
  }
  return swept();
}

function addTo(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [what, count] of counts) sums.set(what, (sums.get(what) ?? 0) + count);
}

interface Life {
  readonly place: Place;
  readonly book: Book;
  readonly life: number;
  readonly seed: number;
  /** Undefined: once everything was compared. */
  readonly aim: Aim | undefined;
  readonly random: Random;
  readonly whole: boolean;
}

interface Lived {
  readonly phase: Phase;
  readonly compared: number;
  readonly problems: readonly string[];
}

async function liveOnce(
  child: ReturnType<typeof startChild>,
  { place, book, life, seed, aim, random, whole }: Life,
): Promise<Lived> {
  let phase: Phase = "opening";
  let compared = 0;
  const problems: string[] = [];
  const killer = aim?.({ random, place, kill: child.kill });
  const orders = { place, life, seed, cells: book.cells(whole), whole, retries: book.retries() };
  const onLine = (line: Line): void => {
    book.take(line);
    killer?.see(line);
    if (line.line === "open") phase = "comparing";
    if (line.line === "problem") problems.push(line.what);
    if (line.line !== "checked") return;
    phase = "writing";
    compared = line.cells;
    if (whole) book.compared();
    if (!aim) child.kill();
  };
  const { signal, code, said } = await child.run(orders, onLine);
  killer?.cancel();
  if (signal !== "SIGKILL") problems.push(`the process ended by itself with ${code ?? signal}: ${said}`);
  return { phase, compared, problems };
}
