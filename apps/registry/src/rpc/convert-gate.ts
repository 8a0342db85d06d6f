import { create } from "@bufbuild/protobuf";
import {
  type CertificateCondition as CertificateMessage,
  Correction as CorrectionMessage,
  type GateDecision as DecisionMessage,
  CertificateEffect as EffectMessage,
  GateDecisionSchema,
  type Gate as GateMessage,
  GateReportSchema,
  GateSchema,
  MissingBaseline as MissingMessage,
  SliceProof as ProofMessage,
  type GateReport as ReportMessage,
  type SliceRule as RuleMessage,
  GateState as StateMessage,
} from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { invalidField } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import type {
  CertificateCondition,
  Gate,
  GateCondition,
  GateDecision,
  GateRecord,
  GateReport,
  GateResult,
  SliceRule,
} from "../domain/gate.ts";
import { LATENCY_METRIC } from "../domain/judge-gate.ts";
import { CONFIDENCE } from "../domain/metric-seen.ts";
import type { WrittenEntry } from "../domain/written.ts";
import { changeToProto, safeNumber } from "./convert-model.ts";

export const gateToProto = (gate: Gate): GateMessage =>
  create(GateSchema, {
    name: gate.name,
    targets: [...gate.targets],
    baseline: gate.baseline,
    missingBaseline: MissingMessage[gate.missingBaseline],
    condition: conditionToProto(gate.condition),
    description: gate.description,
    change: changeToProto(gate.change),
    etag: String(gate.change.revision),
  });

/** A state of a gate; one that removed it has its name and change alone. */
export const gateEntryToProto = ({ name, record, change }: WrittenEntry<GateRecord>): GateMessage =>
  record ? gateToProto({ name, ...record, change }) : create(GateSchema, { name, change: changeToProto(change) });

type ConditionMessage = Exclude<NonNullable<Parameters<typeof create<typeof GateSchema>>[1]>["condition"], undefined>;

function conditionToProto(condition: GateCondition): ConditionMessage {
  switch (condition.kind) {
    case "METRIC": {
      const { kind: _, slices, ...rest } = condition;
      return { case: "metric", value: { ...rest, ...(slices && { slices: ruleToProto(slices) }) } };
    }
    case "SCHEMA":
      return { case: "schema", value: {} };
    case "CERTIFICATE":
      return { case: "certificate", value: certificateToProto(condition) };
    case "LATENCY":
      return { case: "latency", value: { metric: condition.metric, maxMs: condition.maxMs } };
    case "APPROVALS":
      return { case: "approvals", value: { minCount: condition.minCount } };
    case "CANVAS":
      return { case: "canvas", value: {} };
    case "CARD":
      return { case: "card", value: {} };
  }
}

const certificateToProto = (it: CertificateCondition) => ({
  maxSuspects: it.maxSuspects,
  acceptedSuspects: (it.acceptedSuspects ?? []).map((accepted) => ({ ...accepted })),
  timeSplit: it.timeSplit ?? false,
  labelTimes: it.labelTimes ?? false,
  effect: it.marks ? EffectMessage.MARK : EffectMessage.REFUSE,
});

const certificateFromProto = (it: CertificateMessage): CertificateCondition => ({
  kind: "CERTIFICATE",
  maxSuspects: it.maxSuspects,
  acceptedSuspects: it.acceptedSuspects.map(({ feature, label, reason }) => ({ feature, label, reason })),
  timeSplit: it.timeSplit,
  labelTimes: it.labelTimes,
  marks: it.effect === EffectMessage.MARK,
});

const ruleToProto = ({ columns, minRowCount, proof, correction, ...rest }: SliceRule) => ({
  ...rest,
  columns: [...columns],
  minRowCount: BigInt(minRowCount),
  proof: ProofMessage[proof],
  correction: CorrectionMessage[correction],
});

/** Fails with INVALID_FIELD. */
export const gateFromProto = (model: string, gate: GateMessage): GateRecord => ({
  model,
  targets: gate.targets,
  baseline: gate.baseline,
  missingBaseline: gate.missingBaseline === MissingMessage.PASS_MARKED ? "PASS_MARKED" : "BLOCK",
  condition: conditionFromProto(gate.condition),
  description: gate.description,
});

function conditionFromProto(condition: GateMessage["condition"]): GateCondition {
  switch (condition.case) {
    case "metric": {
      const { metric, greaterIsBetter, threshold, minAbsoluteChange, minRelativeChange, slices, ...rest } =
        condition.value;
      return {
        kind: "METRIC",
        metric,
        greaterIsBetter,
        canvasTarget: rest.canvasTarget,
        useInterval: rest.useInterval,
        measuredOnly: rest.measuredOnly,
        ...(threshold !== undefined && { threshold }),
        ...(minAbsoluteChange !== undefined && { minAbsoluteChange }),
        ...(minRelativeChange !== undefined && { minRelativeChange }),
        ...(slices && { slices: ruleFromProto(slices) }),
      };
    }
    case "schema":
      return { kind: "SCHEMA" };
    case "certificate":
      return certificateFromProto(condition.value);
    case "latency":
      return { kind: "LATENCY", metric: condition.value.metric || LATENCY_METRIC, maxMs: condition.value.maxMs };
    case "approvals":
      return { kind: "APPROVALS", minCount: condition.value.minCount || 1 };
    case "canvas":
      return { kind: "CANVAS" };
    case "card":
      return { kind: "CARD" };
    case undefined:
      throw invalidField("gate.condition", "say what must hold");
  }
}

const CORRECTIONS: Readonly<Record<CorrectionMessage, SliceRule["correction"]>> = {
  [CorrectionMessage.UNSPECIFIED]: "HOLM",
  [CorrectionMessage.HOLM]: "HOLM",
  [CorrectionMessage.BENJAMINI_HOCHBERG]: "BENJAMINI_HOCHBERG",
  [CorrectionMessage.NONE]: "NONE",
};

const ruleFromProto = (rule: RuleMessage): SliceRule => ({
  columns: rule.columns,
  minRowCount: safeNumber(rule.minRowCount, "gate.metric.slices.min_row_count"),
  proof: rule.proof === ProofMessage.MUST_NOT_FAIL ? "MUST_NOT_FAIL" : "MUST_CLEAR",
  correction: CORRECTIONS[rule.correction],
  confidence: rule.confidence || CONFIDENCE,
  requireBaselineSlices: rule.requireBaselineSlices,
});

export const reportToProto = ({ subject, target, passes, results }: GateReport): ReportMessage =>
  create(GateReportSchema, { subject, target, passes, results: results.map(resultToProto) });

const resultToProto = ({ kind: _, gateRevision, state, slices = [], ...rest }: GateResult) => ({
  ...rest,
  gateRevision: BigInt(gateRevision),
  state: StateMessage[state],
  slices: slices.map((it) => ({ ...it, rowCount: BigInt(it.rowCount), state: StateMessage[it.state] })),
});

export const decisionToProto = (decision: GateDecision): DecisionMessage =>
  create(GateDecisionSchema, {
    report: reportToProto(decision),
    actor: decision.actor,
    reason: decision.reason,
    time: fromMs(decision.timeMs),
  });
