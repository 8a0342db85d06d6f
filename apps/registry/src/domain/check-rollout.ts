import { type FieldViolation, isDomainError } from "@throughline/kernel";
import { type AnalysisSource, analysisProblems, type BanditRule, isOfRequests, metricOf } from "@throughline/rollouts";
import type { RolloutPlan, RolloutStep } from "./rollout-plan.ts";
import { type Strategy, type TrafficShare, WHOLE_BASIS_POINTS } from "./traffic.ts";

/** What a rollout is to be, with its plan filled in. */
export interface RolloutText {
  readonly candidate: string;
  readonly baseline: string;
  readonly strategy: Strategy;
  readonly plan: RolloutPlan;
  /** What the deployment serves now. */
  readonly traffic: readonly TrafficShare[];
}

/** Most releases with a share of a deployment, a share of 0 included. */
const SHARES_MAX = 20;

/** Why a rollout cannot be carried out: everything at once. */
export function rolloutProblems(text: RolloutText): readonly FieldViolation[] {
  const { plan, candidate, baseline, traffic } = text;
  const problems = [...stepProblems(text), ...analysesProblems(text), ...banditProblems(text)];
  const add = (path: string, description: string): void => void problems.push({ path, description });
  if (candidate === baseline) add("rollout.candidate", "it has all traffic already");
  if (text.strategy !== "SHADOW" && plan.mirrorBasisPoints > 0)
    add("rollout.plan.mirror_basis_points", `requests are mirrored by SHADOW alone, not by ${text.strategy}`);
  const loaded = new Set([candidate, ...traffic.map((it) => it.release), ...armsOf(plan)]);
  if (loaded.size > SHARES_MAX)
    add("rollout", `the deployment would have ${loaded.size} releases, and ${SHARES_MAX} is the most`);
  return problems;
}

const armsOf = ({ bandit }: RolloutPlan): readonly string[] => bandit?.arms.map((it) => it.release) ?? [];

/** What steps of a strategy may be. */
const STEP_RULES: Readonly<Record<Strategy, { readonly most: number; readonly least: number; readonly end: number }>> =
  {
    RECREATE: { most: 0, least: 0, end: 0 },
    BLUE_GREEN: { most: 100, least: 0, end: 0 },
    SHADOW: { most: 1, least: 0, end: 0 },
    CANARY: { most: 100, least: 1, end: WHOLE_BASIS_POINTS },
    AB: { most: 1, least: 1, end: WHOLE_BASIS_POINTS - 1 },
    BANDIT: { most: 1, least: 0, end: 0 },
  };

function stepProblems({ plan, strategy }: RolloutText): FieldViolation[] {
  const { most, least, end } = STEP_RULES[strategy];
  const { steps } = plan;
  const tooMany =
    steps.length > most
      ? [{ path: "rollout.plan.steps", description: `there are ${steps.length}, and ${strategy} has at most ${most}` }]
      : [];
  const hasObjective = plan.analyses.some((it) => it.role === "OBJECTIVE");
  const problemOf = (step: RolloutStep, before: RolloutStep | undefined): [string, string] | undefined => {
    const { weightBasisPoints: weight } = step;
    if (weight < least || weight > end)
      return ["weight_basis_points", `it is ${weight}; with ${strategy} it is from ${least} to ${end}`];
    if (before && weight < before.weightBasisPoints)
      return ["weight_basis_points", `it is ${weight}, less than in the step before`];
    if (step.leastObservations > 0 && !hasObjective)
      return ["least_observations", "nothing is observed: the plan has no objective"];
    return undefined;
  };
  const ofSteps = steps.flatMap((step, i) => {
    const found = problemOf(step, steps[i - 1]);
    return found ? [{ path: `rollout.plan.steps[${i}].${found[0]}`, description: found[1] }] : [];
  });
  return [...tooMany, ...ofSteps];
}

function analysesProblems({ plan, strategy }: RolloutText): FieldViolation[] {
  const { analyses } = plan;
  const names = analyses.map((it) => it.name);
  if (analyses.length > 0 && (strategy === "RECREATE" || strategy === "BLUE_GREEN"))
    return [
      {
        path: "rollout.plan.analyses",
        description: `with ${strategy} the candidate answers nothing before it takes over, so that there is nothing to compare`,
      },
    ];
  return analyses.flatMap((it, i) => {
    const path = `rollout.plan.analyses[${i}]`;
    const twice = names.indexOf(it.name) !== i ? [{ path: `${path}.name`, description: `${it.name} comes twice` }] : [];
    const hidden = strategy === "SHADOW" ? HIDDEN[it.source.kind] : undefined;
    const unseen = hidden ? [{ path: `${path}.${hidden.field}`, description: hidden.why }] : [];
    return [...twice, ...unseen, ...analysisProblems(it, path)];
  });
}

function banditProblems({ plan, strategy, candidate, baseline }: RolloutText): FieldViolation[] {
  const { bandit } = plan;
  const path = "rollout.plan.bandit";
  if (strategy !== "BANDIT") return bandit ? [{ path, description: `${strategy} has none` }] : [];
  if (!bandit) return [{ path, description: "it is missing" }];
  const arms = armsOf(plan);
  const problems: FieldViolation[] = arms.flatMap((it, i) =>
    arms.indexOf(it) === i ? [] : [{ path: `${path}.arms[${i}].release`, description: `${it} comes twice` }],
  );
  for (const [who, release] of [
    ["candidate", candidate],
    ["baseline", baseline],
  ] as const)
    if (!arms.includes(release))
      problems.push({ path: `${path}.arms`, description: `the ${who}, ${release}, is none` });
  const floors = bandit.arms.reduce((sum, it) => sum + it.floorBasisPoints, 0);
  if (floors > WHOLE_BASIS_POINTS)
    problems.push({
      path: `${path}.arms`,
      description: `the floors sum to ${floors}, more than ${WHOLE_BASIS_POINTS}`,
    });
  if (bandit.policy === "EPSILON_GREEDY" && bandit.epsilon === 0)
    problems.push({ path: `${path}.epsilon`, description: "it is 0, so that nothing would ever be tried" });
  problems.push(...contextProblems(plan, bandit, path));
  const wrong = expressionProblem(bandit.reward);
  if (wrong !== undefined) problems.push({ path: `${path}.reward`, description: wrong });
  return problems;
}

/** What a mirror does not show. */
const HIDDEN: Partial<Record<AnalysisSource["kind"], { readonly field: string; readonly why: string }>> = {
  ANOMALY: { field: "anomaly", why: "a mirror takes the features of the answer, so that both have the same" },
  FEATURE_DRIFT: { field: "feature_drift", why: "the features that a mirror reads are in no log" },
};

function contextProblems({ analyses }: RolloutPlan, bandit: BanditRule, path: string): FieldViolation[] {
  const { policy, contextFields = [], arms } = bandit;
  if (policy !== "LINEAR_THOMPSON")
    return contextFields.length > 0
      ? [{ path: `${path}.context_fields`, description: `only LINEAR_THOMPSON reads them, not ${policy}` }]
      : [];
  const problems: FieldViolation[] = [];
  if (contextFields.length === 0)
    problems.push({ path: `${path}.context_fields`, description: "LINEAR_THOMPSON needs at least one" });
  for (const [i, { floorBasisPoints }] of arms.entries())
    if (floorBasisPoints === 0)
      problems.push({
        path: `${path}.arms[${i}].floor_basis_points`,
        description:
          "it is 0: with LINEAR_THOMPSON every arm has a share of every request, so that each can be weighed",
      });
  if (arms.length > 2 && analyses.some(isOfRequests))
    problems.push({
      path: "rollout.plan.analyses",
      description: "with LINEAR_THOMPSON only two arms can be compared by requests, whose shares are all different",
    });
  return problems;
}

/** What is wrong with an expression over `score`, `actual` and `reward`. */
function expressionProblem(expression: string): string | undefined {
  try {
    metricOf({ kind: "EXPRESSION", expression });
    return undefined;
  } catch (error) {
    if (isDomainError(error)) return error.message;
    throw error;
  }
}
