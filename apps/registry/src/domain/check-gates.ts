import type { Write } from "@throughline/store";
import type { Promotion } from "./gate.ts";
import {
  compares,
  type Finding,
  type Gate,
  type GateReport,
  type GateResult,
  guards,
  letsPass,
  targetOf,
} from "./gate.ts";
import { gatesUnmet } from "./gate-errors.ts";
import { type GateDeps, type Gathering, gatherFacts } from "./gate-facts.ts";
import { gateOf } from "./gates.ts";
import { type GateFacts, judge } from "./judge-gate.ts";
import { type PromotedVersion, promotedVersions } from "./promoted-versions.ts";

/** A promotion that is about to be written. */
export interface PromotionAttempt extends Promotion {
  readonly actor: string;
  readonly reason: string;
  readonly timeMs: number;
}

/**
 * Looks at every gate of the target, and gives the writes that keep the decision, to be committed with the promotion: none
 * where there are no gates. Fails with GATES_UNMET and every gate that stands in the way, and with NOT_FOUND.
 */
export type CheckGates = (attempt: PromotionAttempt) => Promise<readonly Write[]>;

export const gateChecker =
  (deps: GateDeps): CheckGates =>
  async ({ actor, reason, timeMs, ...promotion }) => {
    const versions = await promotedVersions(deps, promotion);
    const writes: Write[] = [];
    const unmet: GateResult[] = [];
    for (const version of versions) {
      const report = await reportOf(deps, promotion, version);
      unmet.push(...report.results.filter((it) => !it.passes));
      if (report.results.length > 0)
        writes.push(...deps.decisions.insert({ ...report, model: version.model, actor, reason, timeMs }));
    }
    if (unmet.length > 0) throw gatesUnmet(promotion, unmet);
    return writes;
  };

/** How the gates of a target stand for a version or a release. Fails with NOT_FOUND. */
export async function evaluateGates(deps: GateDeps, { subject, target }: Promotion): Promise<GateReport> {
  const promotion = { subject, target: targetOf(target) };
  const versions = await promotedVersions(deps, promotion);
  const reports: GateReport[] = [];
  for (const it of versions) reports.push(await reportOf(deps, promotion, it));
  const results = reports.flatMap((it) => it.results);
  return { ...promotion, passes: results.every((it) => it.passes), results };
}

async function reportOf(deps: GateDeps, promotion: Promotion, promoted: PromotedVersion): Promise<GateReport> {
  const stored = await deps.gates.ofModel(promoted.model);
  const gates = stored.map(gateOf).filter((it) => guards(it, promotion.target));
  const gathering = gatherFacts(deps);
  const facts = gates.length > 0 ? await gathering.facts(promoted) : undefined;
  const results: GateResult[] = [];
  for (const gate of gates) results.push(await resultOf(gathering, { gate, promotion, promoted, facts }));
  return { ...promotion, passes: results.every((it) => it.passes), results };
}

/** How every gate of a model stands for one of its versions, each for the first of its targets. */
export async function guardStates(deps: GateDeps, promoted: PromotedVersion): Promise<readonly GateResult[]> {
  const gates = (await deps.gates.ofModel(promoted.model)).map(gateOf);
  const gathering = gatherFacts(deps);
  const facts = gates.length > 0 ? await gathering.facts(promoted) : undefined;
  const states: GateResult[] = [];
  for (const gate of gates) {
    const promotion = { subject: promoted.name, target: gate.targets[0] ?? "" };
    states.push(await resultOf(gathering, { gate, promotion, promoted, facts }));
  }
  return states;
}

interface Looking {
  readonly gate: Gate;
  readonly promotion: Promotion;
  readonly promoted: PromotedVersion;
  /** Undefined if the version is not registered here. */
  readonly facts: Omit<GateFacts, "baseline"> | undefined;
}

async function resultOf(gathering: Gathering, { gate, promotion, promoted, facts }: Looking): Promise<GateResult> {
  const { condition } = gate;
  const baseline = compares(condition) ? await gathering.baseline(gate, promotion.target, promoted) : undefined;
  const finding: Finding = !facts
    ? notRegistered(promoted)
    : baseline?.version.name === promoted.name
      ? asItStands(judge(withoutComparison(condition), { ...facts, baseline }))
      : judge(condition, { ...facts, baseline });
  return {
    ...finding,
    kind: condition.kind,
    gate: gate.name,
    gateRevision: gate.change.revision,
    modelVersion: promoted.name,
    baseline: baseline?.version.name ?? "",
    passes: letsPass(finding, gate),
  };
}

const notRegistered = ({ name }: PromotedVersion): Finding => ({
  state: "NOT_MEASURED",
  sentence: `${name} came with the release and is not registered here, so that nothing is known of it.`,
});

/** What stands at a target already is no worse than itself, and need not be better. */
function withoutComparison(condition: Gate["condition"]): Gate["condition"] {
  if (condition.kind !== "METRIC") return condition;
  const { minAbsoluteChange: _, minRelativeChange: __, ...absolute } = condition;
  return absolute;
}

const asItStands = (finding: Finding): Finding => ({
  ...finding,
  sentence: `${finding.sentence} It is what stands there already, so it is not compared.`,
});
