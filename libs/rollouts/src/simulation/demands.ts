/** The probability of a false abort that the simulated rollouts declare, and the power. */
const [ALPHA, POWER] = [0.05, 0.9];
/** What a share may be above ALPHA by the chance of the simulation itself: 0.4 points of 10,000 rollouts, more of fewer. */
const CHANCE = { share: 0.004, rollouts: 10_000 } as const;

/** How many of so many rollouts were aborted. */
export interface Aborted {
  readonly aborted: number;
  readonly rollouts: number;
}

/** The largest share of aborted rollouts with equal arms that goes by what they declare. */
export const falseAbortsMost = (rollouts: number): number =>
  ALPHA + CHANCE.share * Math.sqrt(CHANCE.rollouts / rollouts);

/** What is not as it should be; nothing if all is. Where the candidate is worse by the declared effect, nine of ten are to be aborted. */
export function unmetDemands(equal: Aborted, worse?: Aborted): readonly string[] {
  const most = falseAbortsMost(equal.rollouts);
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const [falsely, rightly] = [equal, worse].map((it) => it && it.aborted / it.rollouts);
  return [
    ...(falsely !== undefined && falsely > most
      ? [`${percent(falsely)} of equal candidates were aborted, at most ${percent(most)} may be`]
      : []),
    ...(rightly !== undefined && rightly < POWER
      ? [`${percent(rightly)} of worse candidates were aborted, at least ${percent(POWER)} should be`]
      : []),
  ];
}
