/** An answer of a bandit, as far as it tells what was learnt. */
export interface Played {
  readonly arm: string;
  readonly squaredError: number;
}

/** The largest share that an arm which is known to be bad may have in the end. Three arms without learning have a third each. */
const BAD_SHARE_MAX = 0.2;

/**
 * Why the answers do not show that a bandit has learnt; undefined if they do. Two things follow from any learning at all: in the last third
 * the arm that is known to be bad is hardly taken any more, and all answers together are better than if each arm had given as many of them,
 * by what each arm's own answers were worth.
 */
export function notLearnt(played: readonly Played[], bad: string): string | undefined {
  const last = played.slice(Math.floor((2 * played.length) / 3));
  const badShare = last.filter((it) => it.arm === bad).length / last.length;
  if (!(badShare <= BAD_SHARE_MAX))
    return `${bad} has ${percentOf(badShare)} % of the last third, and at most ${percentOf(BAD_SHARE_MAX)} % are expected`;
  const arms = [...new Set(played.map((it) => it.arm))];
  const uniform = meanOf(arms.map((arm) => meanError(played.filter((it) => it.arm === arm))));
  const own = meanError(played);
  if (arms.length > 1 && own < uniform) return undefined;
  return `its squared error is ${own.toFixed(4)}, and ${uniform.toFixed(4)} with an equal share of ${arms.join(", ")}`;
}

const percentOf = (share: number): string => (100 * share).toFixed(1);

const meanError = (played: readonly Played[]): number => meanOf(played.map((it) => it.squaredError));

const meanOf = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length;
