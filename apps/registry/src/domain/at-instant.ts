import type { Clock } from "@throughline/kernel";
import type { PageRequest } from "./change.ts";
import type { GateDeps } from "./gate-facts.ts";
import type { Findings } from "./ports.ts";
import type { DecisionsOf, RolloutsOf } from "./rollout-store.ts";
import type { LiveStores } from "./scorecard-live.ts";
import type { WrittenStore } from "./written.ts";

/**
 * What is known of versions and releases as it was at an instant, for everything that only reads: nothing that came later
 * is seen. Without an instant it is what is known now.
 */
export function atInstant<D extends GateDeps & Partial<LiveStores> & { readonly clock?: Clock }>(
  deps: D,
  asOfMs: number | undefined,
): D {
  if (asOfMs === undefined) return deps;
  const { releases, deployments, evidence, decisions, findings, rollouts, rolloutDecisions } = deps;
  return {
    ...deps,
    ...(deps.clock && { clock: { now: () => asOfMs } }),
    gates: writtenAt(deps.gates, asOfMs),
    canvases: writtenAt(deps.canvases, asOfMs),
    cardTexts: writtenAt(deps.cardTexts, asOfMs),
    statements: writtenAt(deps.statements, asOfMs),
    evidence: { ...evidence, list: (version, limit) => evidence.list(version, limit, asOfMs) },
    decisions: { ...decisions, list: (model, page) => decisions.list(model, page, asOfMs) },
    releases: {
      ...releases,
      async get(name) {
        const release = await releases.get(name);
        return release && release.createTimeMs <= asOfMs ? release : undefined;
      },
    },
    deployments: {
      ...deployments,
      get: (name) => deployments.get(name, asOfMs),
      list: (project, page) =>
        project === undefined ? deployments.list(project, page) : deployments.listAsOf(project, asOfMs, page),
      history: (name, limit) => deployments.history(name, limit, asOfMs),
    },
    findVersion: (name) => deps.findVersion(name, asOfMs),
    findModel: (name) => deps.findModel(name, asOfMs),
    ...(findings && { findings: foundAt(findings, asOfMs) }),
    ...(rollouts && {
      rollouts: { ...rollouts, list: (of: RolloutsOf, page: PageRequest) => rollouts.list(of, page, asOfMs) },
    }),
    ...(rolloutDecisions && {
      rolloutDecisions: {
        ...rolloutDecisions,
        list: (of: DecisionsOf, page: PageRequest) => rolloutDecisions.list({ ...of, asOfMs }, page),
      },
    }),
  };
}

const writtenAt = <T>(store: WrittenStore<T>, asOfMs: number): WrittenStore<T> => ({
  ...store,
  get: (name) => store.get(name, asOfMs),
  ofModel: (model) => store.ofModel(model, asOfMs),
});

const foundAt = (findings: Findings, asOfMs: number): Findings => ({
  evaluation: (subject) => findings.evaluation(subject, asOfMs),
  certificate: (trainingSet) => findings.certificate(trainingSet, asOfMs),
  training: (run) => findings.training(run, asOfMs),
  // A version that a release pins was there before it.
  viewMadeMs: findings.viewMadeMs,
  necessity: (service, version) => findings.necessity(service, version, asOfMs),
  skew: (release) => findings.skew(release, asOfMs),
  drift: (project, baseline) => findings.drift(project, baseline, asOfMs),
  treatedData: (trainingSet) => findings.treatedData(trainingSet, asOfMs),
  unwatchedViews: (project, views) => findings.unwatchedViews(project, views, asOfMs),
});
