import { metricOf } from "@throughline/rollouts";
import type { GateDeps } from "./gate-facts.ts";
import { shown } from "./metric-seen.ts";
import type { TreatedData } from "./monitoring-findings.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import type { Release } from "./release.ts";
import type { Rollout } from "./rollout.ts";
import type { DecisionStore, RolloutStore } from "./rollout-store.ts";
import type { Observation } from "./scorecard.ts";
import { listed, notAsked, type Seen } from "./scorecard-findings.ts";
import { unlessAway } from "./unanswered.ts";
import type { WebhookStore } from "./webhook-store.ts";

/** Most rollouts and webhooks of a project that are looked at. */
const LOOKED_AT_MAX = 100;

/** Where it is kept how releases did on live data, and who is told of what. */
export interface LiveStores {
  readonly rollouts: Pick<RolloutStore, "list">;
  readonly rolloutDecisions: Pick<DecisionStore, "list">;
  readonly webhooks: Pick<WebhookStore, "list">;
}

type LiveDeps = GateDeps & LiveStores;

/** Tests about what goes on after training: what monitors, policies and rollouts found. */
export async function liveSeen(
  deps: LiveDeps,
  release: Release,
  promoted: readonly PromotedVersion[],
): Promise<readonly Seen[]> {
  const seen = await Promise.all([
    skewSeen(deps, release),
    driftSeen(deps, release),
    privacySeen(deps, promoted),
    dependenciesSeen(deps, release),
    predictionsSeen(deps, release),
  ]);
  return seen.flat();
}

async function skewSeen({ findings }: LiveDeps, { name, manifest }: Release): Promise<readonly Seen[]> {
  const { found: skew, unasked } = await unlessAway(manifest.features && findings?.skew(name));
  if (unasked !== undefined) return notAsked(unasked, "monitoring-3");
  if (!skew || skew.rowCount === 0) return [];
  const { rowCount, differingRowCount, features, name: evidence } = skew;
  const sentence =
    differingRowCount === 0
      ? `Of ${rowCount} predictions all served values are those that the join for training gives.`
      : `In ${differingRowCount} of ${rowCount} predictions served values are not those that the join for training gives: ${listed(features)}.`;
  return [["monitoring-3", { holds: differingRowCount === 0, sentence, evidence }]];
}

async function driftSeen({ findings }: LiveDeps, { project, manifest }: Release): Promise<readonly Seen[]> {
  const { baselineStatisticsDigest: baseline } = manifest;
  const { found: drift, unasked } = await unlessAway(baseline === "" ? undefined : findings?.drift(project, baseline));
  if (unasked !== undefined) return notAsked(unasked, "monitoring-2");
  if (!drift || (drift.comparedCount === 0 && drift.wrong.length === 0)) return [];
  const { comparedCount, wrong, warned, name: evidence } = drift;
  if (wrong.length > 0) {
    const sentence = `Data that was compared with the statistics that the release was made on has drifted, or is not as expected: ${listed(wrong)}.`;
    return [["monitoring-2", { holds: false, sentence, evidence }]];
  }
  const more = warned.length === 0 ? "and nothing else was found" : `and there are warnings about ${listed(warned)}`;
  const sentence = `Of ${comparedCount} columns that were compared with the statistics that the release was made on none has drifted, ${more}.`;
  return [["monitoring-2", { holds: true, sentence, evidence }]];
}

/** Training sets are refused if a policy does not permit what they are for: that one is there says that it was kept to. */
async function privacySeen({ findings }: LiveDeps, promoted: readonly PromotedVersion[]): Promise<readonly Seen[]> {
  const sets = [...new Set(promoted.map((it) => it.version?.trainingSet ?? ""))];
  const asked = await Promise.all(sets.map((it) => unlessAway(it === "" ? undefined : findings?.treatedData(it))));
  const away = asked.find((it) => it.unasked !== undefined)?.unasked;
  if (away !== undefined) return notAsked(away, "data-5");
  const treated = asked.map((it) => it.found);
  const [first] = treated;
  if (!first || treated.includes(undefined)) return [];
  const said = treated.map((it, i) => it && policiesSaid(sets[i] ?? "", it));
  return [["data-5", { holds: true, sentence: said.join(" "), evidence: first.policies[0] ?? "" }]];
}

const policiesSaid = (set: string, { columnCount, policies, purpose }: TreatedData): string =>
  `${listed(policies)} had a say about ${columnCount} columns of ${set}, for the purpose ${purpose}.`;

/** Views that grow old are told of, if they have a target and somebody listens. */
async function dependenciesSeen(deps: LiveDeps, { project, manifest }: Release): Promise<readonly Seen[]> {
  const views = Object.keys(manifest.features?.viewVersions ?? {}).map((it) => `${project}/featureViews/${it}`);
  if (views.length === 0) return [];
  const { found: unwatched, unasked } = await unlessAway(deps.findings?.unwatchedViews(project, views));
  if (unasked !== undefined) return notAsked(unasked, "monitoring-1");
  if (unwatched === undefined) return [];
  const [first] = unwatched;
  if (first !== undefined) {
    const sentence = `Nobody is told when ${listed(unwatched)} grow old: they have no target for their freshness.`;
    return [["monitoring-1", { holds: false, sentence, evidence: first }]];
  }
  const { items } = await deps.webhooks.list(project, { limit: LOOKED_AT_MAX });
  const told = items.find(({ webhook }) => webhook.active && webhook.events.includes("feature_view.stale"))?.webhook;
  if (!told) return [];
  const sentence = `Each of ${views.length} feature views has a target for its freshness, and ${told.displayName || told.name} is told when one grows older.`;
  return [["monitoring-1", { holds: true, sentence, evidence: told.name }]];
}

/** What the newest rollout with feedback said of the release beside what served before it. */
async function predictionsSeen(deps: LiveDeps, { name, project }: Release): Promise<readonly Seen[]> {
  const { items } = await deps.rollouts.list({ project }, { limit: LOOKED_AT_MAX });
  for (const rollout of items.filter((it) => it.candidate === name)) {
    const observation = await feedbackSeen(deps, rollout);
    if (observation) return [["monitoring-7", observation]];
  }
  return [];
}

async function feedbackSeen({ rolloutDecisions }: LiveDeps, rollout: Rollout): Promise<Observation | undefined> {
  const labelled = new Set(rollout.plan.analyses.filter((it) => metricOf(it.source).needsLabel).map((it) => it.name));
  if (labelled.size === 0) return undefined;
  const { items } = await rolloutDecisions.list({ rollout: rollout.name, effectiveOnly: false }, { limit: 1 });
  const [decision] = items;
  const found = (decision?.evidence ?? []).filter((it) => labelled.has(it.analysis));
  const worse = found.find((it) => it.verdict === "ABORT");
  const told = worse ?? found[0];
  if (!decision || !told || (!worse && found.some((it) => it.verdict !== "PROMOTE"))) return undefined;
  const { analysis, candidateCount, candidateMean, baselineMean } = told;
  const sentence = `By what came true of ${candidateCount} predictions, ${analysis} is ${shown(candidateMean)}, and ${shown(baselineMean)} of ${rollout.baseline}: ${worse ? "worse" : "not worse"}.`;
  return { holds: !worse, sentence, evidence: `${rollout.name}/decisions/${decision.sequence}` };
}
