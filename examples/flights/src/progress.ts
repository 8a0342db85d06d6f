/** A number of things: `1 row`, `2,000 rows`. The plural is made by an `s`, unless it is said. */
export const counted = (value: number | bigint, thing: string, things = `${thing}s`): string =>
  `${count(value)} ${Number(value) === 1 ? thing : things}`;

/** Tells a person what happens. */
export interface Progress {
  /** Runs one step of the demonstration and tells its name, and then what came of it and how long it took. */
  step<T>(title: string, work: () => Promise<{ readonly told: string; readonly result: T }>): Promise<T>;
  /** Something to read between the steps. */
  say(text: string): void;
}

/**
 * Writes a line for each step: `[ 3] Joining the training set … 217,727 rows (4.2 s)`. Of steps side by side each has a line when it
 * begins, and another one when it ends.
 */
export function lineProgress(write: (text: string) => void, now: () => number = () => performance.now()): Progress {
  let number = 0;
  /** The beginning of the line that waits for its end. */
  let open: string | undefined;
  const begin = (line: string): void => {
    write(open === undefined ? line : `\n${line}`);
    open = line;
  };
  const end = (line: string, text: string): void => {
    if (open !== line) begin(line);
    write(`${text}\n`);
    open = undefined;
  };
  return {
    async step(title, work) {
      number += 1;
      const line = `[${String(number).padStart(2)}] ${title} … `;
      begin(line);
      const start = now();
      try {
        const { told, result } = await work();
        end(line, `${told} (${seconds(now() - start)})`);
        return result;
      } catch (error) {
        end(line, `failed after ${seconds(now() - start)}`);
        throw error;
      }
    },
    say: (text) => write(`${text}\n`),
  };
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** A count for people: `217,727`. */
export const count = (value: number | bigint): string => value.toLocaleString("en-US");

/** A share for people: `12.3 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A metric for people: `0.712`. */
export const figure = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : "-");
