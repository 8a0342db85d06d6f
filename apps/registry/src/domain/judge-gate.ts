import { type Canvas, completenessOf } from "./canvas.ts";
import { type CardText, missingSections } from "./card-text.ts";
import { judgeCertificate } from "./certificate-gate.ts";
import { compares, type Finding, type GateCondition } from "./gate.ts";
import { judgeMetric } from "./metric-gate.ts";
import { seenMetric, shown, type VersionFacts } from "./metric-seen.ts";
import { approvers, objectors } from "./model.ts";
import { judgeSchema } from "./schema-gate.ts";

/** What gates look at. */
export interface GateFacts {
  readonly candidate: VersionFacts;
  /** What stands at the target, or what the gate names. */
  readonly baseline?: VersionFacts | undefined;
  readonly canvas: Canvas;
  readonly cardText: CardText;
}

/** The measure that a latency gate looks at unless it names another. */
export const LATENCY_METRIC = "latency_p99_ms";

/** How a condition stands. Nothing is read or written. */
export function judge(condition: GateCondition, facts: GateFacts): Finding {
  const unasked = unaskedFor(condition, facts);
  if (unasked !== undefined)
    return { state: "NOT_MEASURED", sentence: `${unasked}, so that this cannot be told. Look again when it answers.` };
  switch (condition.kind) {
    case "METRIC":
      return judgeMetric(condition, facts);
    case "SCHEMA":
      return judgeSchema(facts);
    case "CERTIFICATE":
      return judgeCertificate(condition, facts.candidate);
    case "LATENCY":
      return judgeLatency(condition, facts.candidate);
    case "APPROVALS":
      return judgeApprovals(condition.minCount, facts.candidate);
    case "CANVAS":
      return judgeFilled("canvas", completenessOf(facts.canvas).missing);
    case "CARD":
      return judgeFilled("model card", missingSections(facts.cardText));
  }
}

/** What could not be asked of that on which the condition depends. */
function unaskedFor(condition: GateCondition, { candidate, baseline }: GateFacts): string | undefined {
  const { known } = candidate;
  // One that a release pins gives way to the one that the feature store has.
  if (condition.kind === "CERTIFICATE") return known.unasked?.certificate;
  if (condition.kind !== "METRIC" && condition.kind !== "LATENCY") return undefined;
  // An evaluation that was added may not be the newest, and what it says of a measure goes before what was measured.
  const ofBaseline =
    condition.kind === "METRIC" && compares(condition) ? baseline?.known.unasked?.evaluation : undefined;
  return known.unasked?.evaluation ?? ofBaseline;
}

function judgeLatency(
  { metric, maxMs }: { readonly metric: string; readonly maxMs: number },
  candidate: VersionFacts,
): Finding {
  const name = metric || LATENCY_METRIC;
  const seen = seenMetric(candidate, name, true);
  if (!seen)
    return {
      state: "NOT_MEASURED",
      bound: maxMs,
      sentence: `${name} of ${candidate.version.name} was never measured${Object.hasOwn(candidate.version.metrics, name) ? ": what its author gave at registration does not count" : ""}. Measure it, and add the measurement as evidence.`,
    };
  return {
    state: Number.isFinite(seen.value) && seen.value <= maxMs ? "MET" : "UNMET",
    value: seen.value,
    bound: maxMs,
    sentence: `${name} is ${shown(seen.value)} (${seen.source}); the budget is ${shown(maxMs)}.`,
  };
}

function judgeApprovals(minCount: number, { version }: VersionFacts): Finding {
  const [pro, contra] = [approvers(version), objectors(version)];
  const against = contra.length > 0 ? `; ${contra.join(", ")} stand against it` : "";
  return {
    state: pro.length >= minCount && contra.length === 0 ? "MET" : "UNMET",
    value: pro.length,
    bound: minCount,
    sentence: `${pro.length} others than the author ${version.actor} approved${pro.length > 0 ? ` (${pro.join(", ")})` : ""}; ${minCount} are needed${against}.`,
  };
}

const judgeFilled = (what: string, missing: readonly string[]): Finding => ({
  state: missing.length === 0 ? "MET" : "UNMET",
  value: missing.length,
  bound: 0,
  sentence: missing.length === 0 ? `The ${what} is filled in.` : `The ${what} lacks ${missing.join(", ")}.`,
});
