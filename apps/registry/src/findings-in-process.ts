import type { Digest } from "@throughline/kernel";
import type { Drift, Skew, TreatedData } from "./domain/monitoring-findings.ts";
import type { Findings, Necessity, Training } from "./domain/ports.ts";
import { serviceAway } from "./domain/unanswered.ts";
import { TimedMap } from "./timed-map.ts";

/** What other services found out, for tests. */
export interface FoundInProcess {
  /** Digests of evaluations, by what they are about, and of certificates, by their training set: what others found out. */
  readonly found: Map<string, Digest>;
  /** What tracking knows of runs, and what was found out about features of a service, by name. */
  readonly trainings: Map<string, Training>;
  readonly necessities: Map<string, Necessity>;
  /** What is watched: skew by release, drift by the digest of the baseline, policies by training set, views with a target. */
  readonly skews: Map<string, Skew>;
  readonly drifts: Map<string, Drift>;
  readonly treated: Map<string, TreatedData>;
  readonly watchedViews: Set<string>;
  /** When feature views were defined, by their names. */
  readonly viewTimes: Map<string, number>;
  /** Services that do not answer. */
  readonly away: Set<"validation service" | "tracking service" | "feature store">;
}

/** Findings that a test fills in. */
export function foundInProcess(clock: { now(): number }): FoundInProcess & { readonly findings: Findings } {
  const found = new TimedMap<Digest>(clock);
  const trainings = new TimedMap<Training>(clock);
  const necessities = new TimedMap<Necessity>(clock);
  const skews = new TimedMap<Skew>(clock);
  const drifts = new TimedMap<Drift>(clock);
  const treated = new TimedMap<TreatedData>(clock);
  const watchedViews = new Set<string>();
  const viewTimes = new Map<string, number>();
  const away: FoundInProcess["away"] = new Set();
  const ask = <T>(service: "validation service" | "tracking service" | "feature store", what: string, answer: T): T => {
    if (away.has(service)) throw serviceAway(service, what, undefined);
    return answer;
  };
  const findings: Findings = {
    async evaluation(subject, asOfMs) {
      const it = ask("validation service", "evaluations", found.at(subject, asOfMs));
      return it && { digest: it.value, createTimeMs: it.timeMs };
    },
    certificate: async (trainingSet, asOfMs) =>
      ask("feature store", "leakage certificates", found.at(trainingSet, asOfMs)?.value),
    training: async (run, asOfMs) => ask("tracking service", "runs", trainings.at(run, asOfMs)?.value),
    necessity: async (featureService, _, asOfMs) =>
      ask("feature store", "necessity reports", necessities.at(featureService, asOfMs)?.value),
    skew: async (release, asOfMs) => ask("feature store", "skew reports", skews.at(release, asOfMs)?.value),
    drift: async (_, baseline, asOfMs) =>
      ask("validation service", "drift reports", drifts.at(baseline, asOfMs)?.value),
    viewMadeMs: async (view) => ask("feature store", "feature views", viewTimes.get(view)),
    treatedData: async (trainingSet, asOfMs) =>
      ask("feature store", "privacy policies of training sets", treated.at(trainingSet, asOfMs)?.value),
    unwatchedViews: async (_, views, asOfMs) =>
      ask(
        "feature store",
        "targets of freshness",
        asOfMs === undefined ? views.filter((it) => !watchedViews.has(it)) : undefined,
      ),
  };
  return { found, trainings, necessities, skews, drifts, treated, watchedViews, viewTimes, away, findings };
}
