import {
  type BanditPolicy,
  type BanditState,
  banditPolicy,
  CONTEXT_GRAIN,
  mergedStates,
  wholeShares,
} from "@throughline/bandits";
import type { FeatureValue } from "@throughline/kernel";
import type { BanditRule } from "@throughline/rollouts";
import { banditKind } from "./bandit-kind.ts";

/** A bandit over releases whose shares follow from what each request says. */
export interface ContextualBandit {
  /** The fields of a request that it reads. */
  readonly fields: readonly string[];
  /** The shares of the releases for a request, in basis points that add up to 10,000. Unset while nothing was learnt: then they are the deployment's. */
  readonly shares?: (context: readonly number[]) => ReadonlyMap<string, number>;
}

const WHOLE = 10_000;

/** Numbers beyond this are taken for none: a bandit cannot square them. */
const NUMBER_MAX = 1e100;

/** The policy that a bandit over releases learns and chooses by. Floors are part of its probabilities. */
export function releasePolicy({ policy, epsilon, contextFields = [], arms }: BanditRule): BanditPolicy {
  return banditPolicy({
    arms: arms.map((it) => it.release),
    policy: banditKind({ policy, epsilon, context: contextFields }),
    floors: Object.fromEntries(arms.map((it) => [it.release, it.floorBasisPoints / WHOLE])),
  });
}

/** Undefined for a bandit without a context. One that has learnt nothing reads its fields too: what it will learn from is logged with them. */
export function contextualBandit(rule: BanditRule, learnt: BanditState | undefined): ContextualBandit | undefined {
  const { contextFields = [], arms } = rule;
  if (contextFields.length === 0) return undefined;
  if (learnt === undefined) return { fields: contextFields };
  const policy = releasePolicy(rule);
  const state = mergedStates(policy.empty, learnt);
  const floors = arms.map((it) => it.floorBasisPoints);
  return {
    fields: contextFields,
    shares(context) {
      const shares = wholeShares(policy.probabilities({ state, context }), { floors, grain: CONTEXT_GRAIN });
      return new Map(arms.map((it, i) => [it.release, shares[i] ?? 0]));
    },
  };
}

/** The context of a request, the same when it is answered and when it is learnt from. What is missing or no number counts as 0. */
export const contextOf = (
  fields: readonly string[],
  field: (name: string) => FeatureValue | undefined,
): readonly number[] => fields.map((name) => numberIn(field(name)));

function numberIn(value: FeatureValue | undefined): number {
  const isNumber = typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
  const number = isNumber ? Number(value) : 0;
  return Math.abs(number) <= NUMBER_MAX ? number : 0;
}
