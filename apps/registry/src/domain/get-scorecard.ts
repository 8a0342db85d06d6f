import { isDigest, isDomainError } from "@throughline/kernel";
import { guardStates } from "./check-gates.ts";
import { type Deployment, WHOLE_BASIS_POINTS } from "./deployment.ts";
import { readCertificate } from "./evidence-bytes.ts";
import type { GateResult } from "./gate.ts";
import type { GateDeps } from "./gate-facts.ts";
import { storedBytes } from "./known-evidence.ts";
import { type PromotedVersion, promotedVersions } from "./promoted-versions.ts";
import type { Release } from "./release.ts";
import { getRelease } from "./releases.ts";
import { type Observation, type Scorecard, scorecardOf } from "./scorecard.ts";
import { evaluationsSeen } from "./scorecard-evaluations.ts";
import { findingsSeen, type Seen } from "./scorecard-findings.ts";
import { type LiveStores, liveSeen } from "./scorecard-live.ts";

export type ScorecardDeps = GateDeps & LiveStores;

/** Most deployments of a project, states of a deployment and decisions of a model that are looked at. */
const LOOKED_AT_MAX = 100;

/** The scorecard of a release. Fails with NOT_FOUND. */
export async function getScorecard(deps: ScorecardDeps, name: string): Promise<Scorecard> {
  const release = await getRelease(deps, name);
  const promoted = await promotedVersions(deps, { subject: name });
  const models = [...new Set(promoted.map((it) => it.model))];
  const said = (await Promise.all(models.map((it) => deps.statements.ofModel(it)))).flat();
  // Of two that see the same test the later one knows more: what was served, or what training itself said.
  const seen = new Map<string, Observation>([
    ...schemaSeen(release),
    ...(await featuresSeen(deps, release)),
    ...(await gatesSeen(deps, promoted)),
    ...(await validationSeen(deps, release, promoted)),
    ...(await servingSeen(deps, release)),
    ...(await evaluationsSeen(deps, promoted)),
    ...(await findingsSeen(deps, release, promoted)),
    ...(await liveSeen(deps, release, promoted)),
  ]);
  for (const [test, observation] of togetherSeen(seen)) seen.set(test, observation);
  return scorecardOf(name, seen, new Map(said.map((it) => [it.record.test, it])));
}

/** Whether metrics on past data, which gates asked for, went along with what came true. */
function togetherSeen(seen: ReadonlyMap<string, Observation>): readonly Seen[] {
  const [gated, live] = [seen.get("infrastructure-4"), seen.get("monitoring-7")];
  if (!gated || !live) return [];
  const sentence = `Gates on past data were met. ${live.sentence}`;
  return [["model-2", { ...live, sentence }]];
}

function schemaSeen({ name, manifest: { schemaDigest } }: Release): readonly Seen[] {
  const seen: Observation =
    schemaDigest === ""
      ? { holds: false, sentence: "The release pins no schema.", evidence: name }
      : { holds: true, sentence: "The release pins a schema.", evidence: schemaDigest };
  return [["data-1", seen]];
}

/** Training and serving read the same definitions; that the join kept to them is what the certificate says. */
async function featuresSeen({ blobs }: GateDeps, { manifest }: Release): Promise<readonly Seen[]> {
  const { features, certificateDigest } = manifest;
  const bytes = features && isDigest(certificateDigest) ? await storedBytes(blobs, certificateDigest) : undefined;
  if (!features || !bytes) return [];
  const read = `Both read version ${features.featureServiceVersion} of ${features.featureService}`;
  try {
    const { passed } = readCertificate(bytes);
    const sentence = `${read}, and the leakage certificate of the training set ${passed ? "passed" : "did not pass"}.`;
    return [["monitoring-3", { holds: passed, sentence, evidence: certificateDigest }]];
  } catch (error) {
    if (!isDomainError(error, "EVIDENCE_INVALID")) throw error;
    const sentence = `${read}, but what the release pins as leakage certificate is none.`;
    return [["monitoring-3", { holds: false, sentence, evidence: certificateDigest }]];
  }
}

/** Tests that are gates: what is sufficient was said by people before it was looked at. */
async function gatesSeen(deps: GateDeps, promoted: readonly PromotedVersion[]): Promise<readonly Seen[]> {
  const results = (await Promise.all(promoted.map((it) => guardStates(deps, it)))).flat();
  const sliced = results.filter((it) => it.kind === "METRIC" && it.slices !== undefined);
  const timed = results.filter((it) => it.kind === "LATENCY");
  return [...observed("model-6", sliced), ...observed("monitoring-6", timed)];
}

function observed(test: string, results: readonly GateResult[]): readonly Seen[] {
  const unmet = results.find((it) => it.state === "UNMET");
  if (unmet) return [[test, { holds: false, sentence: unmet.sentence, evidence: unmet.gate }]];
  const [first] = results;
  if (!first || results.some((it) => it.state !== "MET")) return [];
  return [[test, { holds: true, sentence: first.sentence, evidence: first.gate }]];
}

/** Whether gates with metrics were met when it was promoted: the release itself, or the version that it has. */
async function validationSeen(
  deps: GateDeps,
  { name }: Release,
  promoted: readonly PromotedVersion[],
): Promise<readonly Seen[]> {
  const models = [...new Set(promoted.map((it) => it.model))];
  const pages = await Promise.all(models.map((it) => deps.decisions.list(it, { limit: LOOKED_AT_MAX })));
  const subjects = new Set([name, ...promoted.map((it) => it.name)]);
  const decision = pages
    .flatMap((it) => it.items)
    .find((it) => subjects.has(it.subject) && it.results.some((result) => result.kind === "METRIC"));
  if (!decision) return [];
  const sentence = `${decision.results.length} gates passed when ${decision.actor} brought ${decision.subject} to ${decision.target}.`;
  return [["infrastructure-4", { holds: true, sentence, evidence: decision.results[0]?.gate ?? "" }]];
}

async function servingSeen(deps: GateDeps, { name, project }: Release): Promise<readonly Seen[]> {
  const { items } = await deps.deployments.list(project, { limit: LOOKED_AT_MAX });
  const histories = await Promise.all(items.map((it) => deps.deployments.history(it.name, LOOKED_AT_MAX)));
  for (const newestFirst of histories) {
    const states = newestFirst.toReversed();
    // Nothing leads back to before it was deleted.
    const deleted = states.findLastIndex((it) => it.isDeleted);
    const first = states.findIndex((it, i) => i > deleted && shareOf(it, name) > 0);
    const state = states[first];
    const newest = states.at(-1);
    if (!state || !newest) continue;
    return [
      ["infrastructure-5", followed(newest)],
      ["infrastructure-6", broughtIn(state, name)],
      ["infrastructure-7", wayBack(state, states[first - 1], name)],
    ];
  }
  return [];
}

const shareOf = ({ traffic }: Deployment, release: string): number =>
  traffic.find((it) => it.release === release)?.weightBasisPoints ?? 0;

function followed({ name, log }: Deployment): Observation {
  const share = (log?.sampleBasisPoints || WHOLE_BASIS_POINTS) / 100;
  const sentence = `${share} % of the predictions of ${name} are logged with their features, and each of these can be followed from its rows to its answer.`;
  return { holds: true, sentence, evidence: name };
}

function broughtIn(state: Deployment, release: string): Observation {
  const share = shareOf(state, release);
  const sentence = `It came to ${state.name} with ${share / 100} % of the traffic, at revision ${state.change.revision}.`;
  return { holds: share < WHOLE_BASIS_POINTS, sentence, evidence: state.name };
}

/** Whether something served just before a release came: `before` is absent too if there were more states than are looked at. */
function wayBack({ name, change }: Deployment, before: Deployment | undefined, release: string): Observation {
  const holds = before ? !before.isDeleted : change.revision > 1;
  const sentence = holds
    ? `${name} served something else before ${release}, and goes back to it in one step.`
    : `${name} was created with ${release}: there is nothing that it served before.`;
  return { holds, sentence, evidence: name };
}
