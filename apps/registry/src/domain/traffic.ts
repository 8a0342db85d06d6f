/** How a new release is brought in. */
export type Strategy = "RECREATE" | "CANARY" | "BLUE_GREEN" | "SHADOW" | "BANDIT" | "AB";

/** The share of one release. */
export interface TrafficShare {
  readonly release: string;
  readonly weightBasisPoints: number;
}

/** All of the traffic, in basis points. */
export const WHOLE_BASIS_POINTS = 10_000;
