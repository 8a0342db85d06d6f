const NAME_LENGTH_MAX = 40;

/** The one of `names` that `name` was probably meant to be: the same but for case, or at most two letters away. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (name.length > NAME_LENGTH_MAX) return undefined;
  const [best] = names
    .map((it) => ({ it, steps: steps(name.toLowerCase(), it.toLowerCase()) }))
    .filter(({ it, steps }) => steps <= Math.min(2, Math.floor(it.length / 3)))
    .sort((a, b) => a.steps - b.steps);
  return best?.it;
}

/** Letters to insert, delete or replace to make one text of the other (Levenshtein). */
function steps(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] as number) + (letter === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
