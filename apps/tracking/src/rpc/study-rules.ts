import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Pruner as PrunerMessage,
  PrunerSchema,
  PruningPace,
  Sampler as SamplerMessage,
  SamplerSchema,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import type { Pruner, Sampler } from "@throughline/studies";

/** What is meant by a number that was left out. */
const FLOAT_POINTS = 10;
const POPULATION = 20;
const STARTUP_TRIALS = 5;
const ASHA_FACTOR = 4;
const HYPERBAND_FACTOR = 3;
const MEDIAN = 50;

/** The sampler of a study; TPE over all parameters together if none is named. */
export function samplerFromProto(sampler: SamplerMessage | undefined): Sampler {
  const method = sampler?.method;
  switch (method?.case) {
    case "grid":
      return { kind: "grid", floatPoints: method.value.floatPoints || FLOAT_POINTS };
    case "random":
      return { kind: "random" };
    case "sobol":
      return { kind: "sobol" };
    case "cmaEs":
      return { kind: "cma-es" };
    case "genetic":
      return { kind: "genetic", population: Math.max(method.value.population || POPULATION, 2) };
    case "tpe":
      return { kind: "tpe", multivariate: !method.value.independent };
    default:
      return { kind: "tpe", multivariate: true };
  }
}

export function samplerToProto(sampler: Sampler): MessageInitShape<typeof SamplerSchema> {
  switch (sampler.kind) {
    case "grid":
      return { method: { case: "grid", value: { floatPoints: sampler.floatPoints } } };
    case "random":
      return { method: { case: "random", value: {} } };
    case "sobol":
      return { method: { case: "sobol", value: {} } };
    case "cma-es":
      return { method: { case: "cmaEs", value: {} } };
    case "genetic":
      return { method: { case: "genetic", value: { population: sampler.population } } };
    case "tpe":
      return { method: { case: "tpe", value: { independent: !sampler.multivariate } } };
  }
}

/** The pruner of a study; none if none is named. */
export function prunerFromProto(pruner: PrunerMessage | undefined): Pruner {
  const rule = pruner?.rule;
  switch (rule?.case) {
    case "median":
      return { kind: "percentile", percentile: MEDIAN, ...paceFromProto(rule.value.pace) };
    case "percentile":
      return { kind: "percentile", percentile: rule.value.percentile, ...paceFromProto(rule.value.pace) };
    case "asha": {
      const { minResource, reductionFactor, minEarlyStoppingRate } = rule.value;
      const factor = reductionFactor || ASHA_FACTOR;
      return { kind: "asha", minResource: Number(minResource) || 1, factor, delay: minEarlyStoppingRate };
    }
    case "hyperband": {
      const { minResource, maxResource, reductionFactor } = rule.value;
      const resources = { minResource: Number(minResource) || 1, maxResource: Number(maxResource) };
      return { kind: "hyperband", ...resources, factor: reductionFactor || HYPERBAND_FACTOR };
    }
    default:
      return { kind: "none" };
  }
}

const paceFromProto = (pace: PruningPace | undefined) => ({
  startupTrials: pace?.startupTrials ?? STARTUP_TRIALS,
  warmupSteps: Number(pace?.warmupSteps ?? 0n),
  intervalSteps: Number(pace?.intervalSteps ?? 0n) || 1,
  trialsMin: pace?.trialsMin || 1,
});

/** Undefined if trials are never given up. */
export function prunerToProto(pruner: Pruner): MessageInitShape<typeof PrunerSchema> | undefined {
  switch (pruner.kind) {
    case "none":
      return undefined;
    case "percentile": {
      const pace = {
        startupTrials: pruner.startupTrials,
        warmupSteps: BigInt(pruner.warmupSteps),
        intervalSteps: BigInt(pruner.intervalSteps),
        trialsMin: pruner.trialsMin,
      };
      if (pruner.percentile === MEDIAN) return { rule: { case: "median", value: { pace } } };
      return { rule: { case: "percentile", value: { percentile: pruner.percentile, pace } } };
    }
    case "asha": {
      const { factor: reductionFactor, delay: minEarlyStoppingRate } = pruner;
      const value = { minResource: BigInt(pruner.minResource), reductionFactor, minEarlyStoppingRate };
      return { rule: { case: "asha", value } };
    }
    case "hyperband": {
      const resources = { minResource: BigInt(pruner.minResource), maxResource: BigInt(pruner.maxResource) };
      return { rule: { case: "hyperband", value: { ...resources, reductionFactor: pruner.factor } } };
    }
  }
}
