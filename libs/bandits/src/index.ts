export { type BanditChoice, type BanditPolicy, type BanditSituation, banditPolicy } from "./policy.ts";
export { type BanditPolicyKind, type BanditSpec, banditProblems } from "./spec.ts";
export { type BanditReward, type BanditState, mergedStates, readBanditState } from "./state.ts";
