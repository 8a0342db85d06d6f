import type { Swept } from "./sweep.ts";

const PROBLEMS_SHOWN = 50;

/** The sweep in words. The last line counts kills as tests: those that nothing was wrong after, and problems. */
export function report(lanes: readonly Swept[], seconds: number): { readonly text: string; readonly failed: number } {
  const sum = (of: (it: Swept) => number): number => lanes.reduce((total, it) => total + of(it), 0);
  const acknowledged = new Map<string, number>();
  for (const [what, count] of lanes.flatMap((it) => [...it.acknowledged]))
    acknowledged.set(what, (acknowledged.get(what) ?? 0) + count);
  const problems = lanes.flatMap((it) => it.problems);
  const kills = sum((it) => it.kills);
  const [opening, comparing, writing] = (["opening", "comparing", "writing"] as const).map((it) =>
    sum((lane) => lane.killed[it]),
  );
  const writes = [...acknowledged.values()].reduce((total, it) => total + it, 0);
  const text = [
    "",
    ...[...acknowledged]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, count]) => `${String(count).padStart(9)} ${what}`),
    `${String(writes).padStart(9)} acknowledged writes in all; ${sum((it) => it.unanswered)} had no answer when the process was killed`,
    `${String(sum((it) => it.compared)).padStart(9)} comparisons of what was there with what was acknowledged`,
    "",
    ...problems.slice(0, PROBLEMS_SHOWN).map((it) => `- ${it}`),
    `${kills} kills in ${seconds.toFixed(0)} s (${((seconds / Math.max(1, kills)) * 1_000).toFixed(0)} ms each): ` +
      `${opening} while opening, ${comparing} while comparing, ${writing} while writing; ${problems.length} problems`,
    `${Math.max(0, kills - problems.length)} passed, ${problems.length} failed`,
  ].join("\n");
  return { text, failed: problems.length };
}
