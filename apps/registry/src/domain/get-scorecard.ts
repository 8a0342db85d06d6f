import { type Clock, isDigest, isDomainError } from "@throughline/kernel";
import { guardStates } from "./check-gates.ts";
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
import { groupsSeen } from "./scorecard-groups.ts";
import { type LiveStores, liveSeen } from "./scorecard-live.ts";
import { plansSeen } from "./scorecard-plans.ts";
import { servingSeen } from "./scorecard-serving.ts";
import { testsSeen } from "./scorecard-tests.ts";

export type ScorecardDeps = GateDeps & LiveStores & { readonly clock: Clock };

/** Most decisions of a model that are looked at. */
const LOOKED_AT_MAX = 100;

/** The scorecard of a release. Fails with NOT_FOUND. */
export async function getScorecard(deps: ScorecardDeps, name: string): Promise<Scorecard> {
  const release = await getRelease(deps, name);
  const promoted = await promotedVersions(deps, { subject: name });
  const models = [...new Set(promoted.map((it) => it.model))];
  const said = (await Promise.all(models.map((it) => deps.statements.ofModel(it)))).flat();
  const guarded = await Promise.all(
    promoted.map(async (it) => ({ promoted: it, results: await guardStates(deps, it) })),
  );
  const all: readonly Seen[] = [
    ...schemaSeen(release),
    ...(await featuresSeen(deps, release)),
    ...gatesSeen(guarded.flatMap((it) => it.results)),
    ...(await groupsSeen(deps, guarded)),
    ...(await validationSeen(deps, release, promoted)),
    ...(await servingSeen(deps, release)),
    ...(await evaluationsSeen(deps, promoted)),
    ...(await plansSeen(deps, promoted)),
    ...(await testsSeen(deps, promoted)),
    ...(await findingsSeen(deps, release, promoted)),
    ...(await liveSeen(deps, release, promoted)),
  ];
  const seen = new Map<string, Observation>();
  const unasked = new Map<string, string>();
  // Of two that see the same test the later one knows more: what was served, or what training itself said.
  for (const [test, it] of all) {
    if ("unasked" in it) unasked.set(test, it.unasked);
    else seen.set(test, it);
  }
  for (const [test, observation] of togetherSeen(seen)) seen.set(test, observation);
  return scorecardOf(name, { seen, unasked, said: new Map(said.map((it) => [it.record.test, it])) });
}

/** Whether metrics on past data, which gates asked for, went along with what came true. */
function togetherSeen(seen: ReadonlyMap<string, Observation>): readonly (readonly [string, Observation])[] {
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
function gatesSeen(results: readonly GateResult[]): readonly Seen[] {
  const sliced = results.filter((it) => it.kind === "METRIC" && it.slices !== undefined);
  const timed = results.filter((it) => it.kind === "LATENCY");
  return [...observed("model-6", sliced.filter(isTested)), ...observed("monitoring-6", timed)];
}

/** A gate is met as well where no slice has rows enough to be tested: that shows nothing. */
const isTested = ({ state, slices = [] }: GateResult): boolean =>
  state !== "MET" || slices.some((it) => it.state === "MET");

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
