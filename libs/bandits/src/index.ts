export { type BanditChoice, type BanditPolicy, type BanditSituation, banditPolicy } from "./policy.ts";
export { CONTEXT_GRAIN, hasGrown, wholeShares } from "./shares.ts";
export { type BanditPolicyKind, type BanditSpec, banditProblems } from "./spec.ts";
export { type BanditReward, type BanditState, meanContext, mergedStates, readBanditState } from "./state.ts";
