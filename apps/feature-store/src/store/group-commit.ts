import type { OnlineChange } from "../domain/online-store.ts";
import type { Outcome } from "./online-decision.ts";

/** Series of the changes that are committed together: so few that a group takes a second at most. */
const GROUP_SERIES_MAX = 5_000;

interface Waiting {
  readonly change: OnlineChange;
  readonly resolve: (written: number | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes changes of all notes. See `groupCommit`. */
export interface GroupCommit {
  apply(change: OnlineChange): Promise<number | undefined>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/**
 * Commits changes under the same note one group at a time: whoever comes while a group is on its way is part of the next
 * one. So many who push at once wait for two commits, and never for each other's conflicts. Those under different notes go
 * side by side. `commit` gets changes under one note, and returns their outcomes in the same order.
 */
export function groupCommit(commit: (changes: readonly OnlineChange[]) => Promise<readonly Outcome[]>): GroupCommit {
  const lines = new Map<string, Waiting[]>();
  const underWay = new Set<Promise<void>>();

  const drain = async (name: string, line: Waiting[]): Promise<void> => {
    for (let group = takeGroup(line); group.length > 0; group = takeGroup(line)) {
      try {
        const outcomes = await commit(group.map((it) => it.change));
        group.forEach((it, i) => {
          settle(it, outcomes[i] ?? { written: undefined });
        });
      } catch (error) {
        for (const it of group) it.reject(error);
      }
    }
    lines.delete(name);
  };

  return {
    apply: (change) =>
      new Promise((resolve, reject) => {
        const { name } = change.state;
        const line = lines.get(name);
        if (line) return void line.push({ change, resolve, reject });
        const begun = [{ change, resolve, reject }];
        lines.set(name, begun);
        const done = drain(name, begun).finally(() => underWay.delete(done));
        underWay.add(done);
      }),
    async idle() {
      await Promise.all(underWay);
    },
  };
}

/** Takes the next changes out of the line: one at least, if there is one. */
function takeGroup(line: Waiting[]): readonly Waiting[] {
  let [count, series] = [0, 0];
  for (const { change } of line) {
    series += change.changes.length;
    if (count > 0 && series > GROUP_SERIES_MAX) break;
    count += 1;
  }
  return line.splice(0, count);
}

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if ("error" in outcome) reject(outcome.error);
  else resolve(outcome.written);
}
