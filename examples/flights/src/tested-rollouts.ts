import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import {
  type Rollout,
  type RolloutDecision,
  RolloutState,
  Verdict,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole, type RolloutPlanSchema } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import type { Built } from "./build.ts";
import { enumWords } from "./plain-table.ts";
import { count, figure } from "./progress.ts";
import type { Question } from "./questions.ts";
import { askEach } from "./replay.ts";
import { deploy, rollBack } from "./rollout.ts";
import type { Setting } from "./setting.ts";

/** A rollout that has ended, and the decision that ended it. */
export interface Concluded {
  readonly title: string;
  readonly rollout: Rollout;
  readonly decision: RolloutDecision;
  readonly askedCount: number;
}

/** Releases that are tried on real questions: the one that answers, one that learned from a leak, and one that is good. */
export interface Candidates {
  readonly first: Built;
  readonly leaked: Release;
  readonly second: Built;
}

const DEPLOYMENT = "late-flights-tested";
/** Questions between two looks at the rollout. */
const CHUNK = 2_500;
const PIECE = 250;
/** Predictions take part once they are so old: what came of them is sent back at once here, where months pass in seconds. */
const LABEL_DELAY_S = 2;
/** The router looks at the evidence once a second. */
const LOOK_MS = 1_200;
/** After the last question the decision may still be on its way. */
const DECISION_MS_MAX = 15_000;

/**
 * Tries two candidates at a deployment of their own. The good one runs in the shadow first; then both get traffic, and the test of
 * the platform aborts the one and promotes the other. In the end the deployment goes back to where it began.
 */
export async function rollOut(
  setting: Setting,
  { first, leaked, second }: Candidates,
  questions: readonly Question[],
): Promise<readonly Concluded[]> {
  const deployment = await deploy(setting, first.release, DEPLOYMENT);
  const asked = { deployment, questions: [...questions] };
  const shadow = await concluded(setting, asked, {
    title: "Shadow: the boosting model answers beside the first one, for the log alone",
    candidate: second.release,
    strategy: Strategy.SHADOW,
    steps: [{ weightBasisPoints: 0, needsApproval: true }],
    expected: RolloutState.WAITING_APPROVAL,
  });
  await setting.connection.rollouts.abortRollout({
    name: shadow.rollout.name,
    reason: "seen enough; now with traffic",
  });
  const aborted = await concluded(setting, asked, {
    title: "Canary: 30 % to a model that learned from a leak",
    candidate: leaked,
    strategy: Strategy.CANARY,
    steps: [{ weightBasisPoints: 3_000 }],
    expected: RolloutState.ABORTED,
  });
  const promoted = await concluded(setting, asked, {
    title: "Canary: 30 %, then half, to the boosting model",
    candidate: second.release,
    strategy: Strategy.CANARY,
    steps: [{ weightBasisPoints: 3_000 }, { weightBasisPoints: 5_000 }],
    expected: RolloutState.PROMOTED,
  });
  await rollBack(setting, deployment);
  return [shadow, aborted, promoted];
}

/**
 * The squared error of the probability, which lies between 0 and 1, decides: worse is aborted, and what is worse by less than 0.03
 * may be promoted. Errors are watched on the way.
 */
const planOf = (steps: readonly Step[]): MessageInitShape<typeof RolloutPlanSchema> => ({
  steps: [...steps],
  alpha: 0.05,
  power: 0.9,
  analyses: [
    {
      name: "squared-error",
      role: AnalysisRole.OBJECTIVE,
      source: { case: "expression", value: "(score - actual) * (score - actual)" },
      bounds: { least: 0, most: 1 },
      lowerIsBetter: true,
      minEffect: 0.03,
      labelDelay: { seconds: BigInt(LABEL_DELAY_S) },
    },
    {
      name: "errors",
      role: AnalysisRole.GUARDRAIL,
      source: { case: "error", value: {} },
      bounds: { least: 0, most: 1 },
      lowerIsBetter: true,
      minEffect: 0.05,
    },
  ],
});

interface Step {
  readonly weightBasisPoints: number;
  readonly needsApproval?: boolean;
}

interface Asking {
  readonly deployment: string;
  /** What is left to ask. */
  readonly questions: Question[];
}

interface Wanted {
  readonly title: string;
  readonly candidate: Release;
  readonly strategy: Strategy;
  readonly steps: readonly Step[];
  readonly expected: RolloutState;
}

/** Asks and sends back what came of it, until the rollout ends or wants to be approved. */
function concluded(setting: Setting, { deployment, questions }: Asking, wanted: Wanted): Promise<Concluded> {
  const { rollouts } = setting.connection;
  const { title, candidate, strategy, steps, expected } = wanted;
  return setting.progress.step(title, async () => {
    const created = await rollouts.createRollout({
      parent: deployment,
      rollout: { candidate: candidate.name, strategy, plan: planOf(steps) },
      reason: title,
    });
    const name = created.rollout?.name ?? "";
    const before = questions.length;
    let rollout = await found(setting, name);
    while (rollout.state === RolloutState.RUNNING && questions.length > 0) {
      // What came of each piece goes back before the label delay has passed.
      for (let asked = 0; asked < CHUNK; asked += PIECE) await askEach(setting, deployment, questions.splice(0, PIECE));
      await delay(LABEL_DELAY_S * 1_000 + LOOK_MS);
      rollout = await found(setting, name);
    }
    const until = Date.now() + DECISION_MS_MAX;
    while (rollout.state === RolloutState.RUNNING && Date.now() < until) {
      await delay(100);
      rollout = await found(setting, name);
    }
    const decision = await lastDecision(setting, name);
    if (rollout.state !== expected)
      throw new Error(
        `${name} is ${enumWords(RolloutState[rollout.state])}, not ${enumWords(RolloutState[expected])}: ${evidenceOf(decision)}`,
      );
    const askedCount = before - questions.length;
    const told = `${enumWords(RolloutState[rollout.state])} after ${count(askedCount)} questions; ${evidenceOf(decision)}`;
    return { told, result: { title, rollout, decision, askedCount } };
  });
}

async function found({ connection }: Setting, name: string): Promise<Rollout> {
  const { rollout } = await connection.rollouts.getRollout({ name });
  if (!rollout) throw new Error(`the platform answered without ${name}`);
  return rollout;
}

/** The decision with the highest number. */
async function lastDecision({ connection }: Setting, name: string): Promise<RolloutDecision> {
  const { decisions } = await connection.rollouts.listDecisions({ parent: name, pageSize: 1_000 });
  const [first, ...more] = decisions;
  if (!first) throw new Error(`nothing was decided about ${name}`);
  return more.reduce((last, it) => (it.sequence > last.sequence ? it : last), first);
}

/** The evidence of a decision, in one line. */
export function evidenceOf({ evidence }: RolloutDecision): string {
  return evidence
    .map((it) => {
      const means = `${figure(it.candidateMean)} (${count(it.candidateCount)}) against ${figure(it.baselineMean)} (${count(it.baselineCount)})`;
      return `${it.analysis} ${means}, difference ${figure(it.differenceLow)} to ${figure(it.differenceHigh)}: ${enumWords(Verdict[it.verdict])}`;
    })
    .join("; ");
}
