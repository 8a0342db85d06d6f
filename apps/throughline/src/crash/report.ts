import type { Swept } from "./sweep.ts";

const PROBLEMS_SHOWN = 50;

/** The sweep in words. The last line counts kills as tests: those that nothing was wrong after, and problems. */
export function report(lanes: readonly Swept[], seconds: number): { readonly text: string; readonly failed: number } {
  const sum = (of: (it: Swept) => number): number => lanes.reduce((total, it) => total + of(it), 0);
  const counts = new Map<string, { acknowledged: number; unanswered: number }>();
  for (const kind of ["acknowledged", "unanswered"] as const)
    for (const [what, count] of lanes.flatMap((it) => [...it[kind]])) {
      const known = counts.get(what) ?? { acknowledged: 0, unanswered: 0 };
      counts.set(what, { ...known, [kind]: known[kind] + count });
    }
  const problems = lanes.flatMap((it) => it.problems);
  const kills = sum((it) => it.kills);
  const [opening, comparing, writing] = (["opening", "comparing", "writing"] as const).map((it) =>
    sum((lane) => lane.killed[it]),
  );
  const all = (kind: "acknowledged" | "unanswered"): number =>
    [...counts.values()].reduce((total, it) => total + it[kind], 0);
  const text = [
    "",
    ...[...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, it]) => `${String(it.acknowledged).padStart(9)} ${what}; ${it.unanswered} without an answer`),
    `${String(all("acknowledged")).padStart(9)} acknowledged writes in all; ${all("unanswered")} had no answer when the process was killed`,
    `${String(sum((it) => it.compared)).padStart(9)} comparisons of what was there with what was acknowledged`,
    "",
    ...problems.slice(0, PROBLEMS_SHOWN).map((it) => `- ${it}`),
    `${kills} kills in ${seconds.toFixed(0)} s (${((seconds / Math.max(1, kills)) * 1_000).toFixed(0)} ms each): ` +
      `${opening} while opening, ${comparing} while comparing, ${writing} while writing; ${problems.length} problems`,
    `${Math.max(0, kills - problems.length)} passed, ${problems.length} failed`,
  ].join("\n");
  return { text, failed: problems.length };
}
