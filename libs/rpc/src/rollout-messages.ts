import { create } from "@bufbuild/protobuf";
import {
  type RolloutMeasurement,
  RolloutMeasurementSchema,
  Verdict,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { BanditPolicy, type RolloutAnalysis } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { fromMs, toMs } from "./time.ts";

const VERDICTS = {
  [Verdict.UNSPECIFIED]: "CONTINUE",
  [Verdict.CONTINUE]: "CONTINUE",
  [Verdict.PROMOTE]: "PROMOTE",
  [Verdict.ABORT]: "ABORT",
  [Verdict.INCONCLUSIVE]: "INCONCLUSIVE",
} as const;

/** A verdict about a rollout, as the domain calls it. */
export const verdictFromProto = (verdict: Verdict) => VERDICTS[verdict];

const POLICIES = {
  [BanditPolicy.UNSPECIFIED]: "THOMPSON_BERNOULLI",
  [BanditPolicy.EPSILON_GREEDY]: "EPSILON_GREEDY",
  [BanditPolicy.UCB1]: "UCB1",
  [BanditPolicy.THOMPSON_BERNOULLI]: "THOMPSON_BERNOULLI",
  [BanditPolicy.THOMPSON_GAUSSIAN]: "THOMPSON_GAUSSIAN",
  [BanditPolicy.LINEAR_THOMPSON]: "LINEAR_THOMPSON",
} as const;

/** How the bandit of a rollout chooses, as the domain calls it. */
export const banditPolicyFromProto = (policy: BanditPolicy) => POLICIES[policy];

/** Where the values of an analysis come from; undefined if the message does not say it. */
export function analysisSourceFromProto(source: RolloutAnalysis["source"]) {
  switch (source.case) {
    case "expression":
      return { kind: "EXPRESSION", expression: source.value } as const;
    case "latencyMs":
      return { kind: "LATENCY_MS" } as const;
    case "error":
      return { kind: "ERROR" } as const;
    case "intervalCovered":
      return { kind: "INTERVAL_COVERED" } as const;
    case "anomaly":
      return { kind: "ANOMALY" } as const;
    case "featureDrift":
      return { kind: "FEATURE_DRIFT", features: [...source.value.features] } as const;
    case "prometheus":
      return { kind: "PROMETHEUS", query: source.value.query } as const;
    case undefined:
      return undefined;
  }
}

/** What a server of metrics answered about both releases of a rollout, as the domain has it. */
export const measurementFromProto = (it: RolloutMeasurement) => ({
  candidateQuery: it.candidateQuery,
  baselineQuery: it.baselineQuery,
  timeMs: it.time ? toMs(it.time) : 0,
  candidate: it.candidate,
  baseline: it.baseline,
  missingSinceMs: it.missingSince && toMs(it.missingSince),
});

/** The contrary of `measurementFromProto`. */
export const measurementToProto = (it: Readonly<ReturnType<typeof measurementFromProto>>): RolloutMeasurement =>
  create(RolloutMeasurementSchema, {
    candidateQuery: it.candidateQuery,
    baselineQuery: it.baselineQuery,
    time: fromMs(it.timeMs),
    ...(it.candidate !== undefined && { candidate: it.candidate }),
    ...(it.baseline !== undefined && { baseline: it.baseline }),
    ...(it.missingSinceMs !== undefined && { missingSince: fromMs(it.missingSinceMs) }),
  });
