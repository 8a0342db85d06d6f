import type { Findings } from "./ports.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import type { Release } from "./release.ts";
import type { Observation, Unasked } from "./scorecard.ts";
import { unlessAway } from "./unanswered.ts";

/** What is seen of a test, by its id; or that it could not be looked at. */
export type Seen = readonly [test: string, Observation | Unasked];

/** None of these tests could be looked at. */
export const notAsked = (unasked: string, ...tests: readonly string[]): readonly Seen[] =>
  tests.map((it) => [it, { unasked }]);

/** Most features, and other things, that are named. */
const NAMED_MAX = 10;

/** Tests about what was done before the release: what other services found out by themselves. */
export async function findingsSeen(
  { findings }: { readonly findings?: Findings },
  { manifest: { features } }: Release,
  promoted: readonly PromotedVersion[],
): Promise<readonly Seen[]> {
  if (!findings) return [];
  const versions = promoted.flatMap(({ version }) => (version && version.run !== "" ? [version] : []));
  const made = versions.map(async ({ run, digest }) => trainingSeen(findings, run, digest));
  const needed = features ? necessitySeen(findings, features.featureService, features.featureServiceVersion) : [];
  return [...(await needed), ...worstOf((await Promise.all(made)).flat())];
}

async function trainingSeen(findings: Findings, run: string, digest: string): Promise<readonly Seen[]> {
  const { found: training, unasked } = await unlessAway(findings.training(run));
  if (unasked !== undefined) return notAsked(unasked, "model-3", "infrastructure-1", "model-1", "monitoring-5");
  const seen: Seen[] = [];
  if (training?.study !== undefined) {
    const sentence = `${run} is the best trial of ${training.study}.`;
    seen.push(["model-3", { holds: true, sentence, evidence: training.study }]);
  }
  // A model that was logged elsewhere than among the run's files cannot be compared.
  if (training?.replay && training.digests.has(digest)) {
    const holds = training.replay.digests.has(digest);
    const sentence = `${training.replay.run} ran ${run} again, and made ${holds ? "the same model" : "another model"}.`;
    seen.push(["infrastructure-1", { holds, sentence, evidence: training.replay.run }]);
  }
  if (training?.diffDigest !== undefined) {
    const sentence = `${run} was made of code with changes that are in no commit: nobody can have reviewed it there.`;
    seen.push(["model-1", { holds: false, sentence, evidence: training.diffDigest }]);
  }
  if (training?.undefinedMetrics !== undefined) {
    const sentence = `${run} logged what is no finite number: ${listed(training.undefinedMetrics)}.`;
    seen.push(["monitoring-5", { holds: false, sentence, evidence: run }]);
  }
  return seen;
}

/** Of several models the one for which a test does not hold decides. */
export function worstOf(seen: readonly Seen[]): readonly Seen[] {
  const worst = new Map<string, Observation>();
  const unasked: Seen[] = [];
  for (const [test, it] of seen) {
    if ("unasked" in it) unasked.push([test, it]);
    else if (worst.get(test)?.holds !== false) worst.set(test, it);
  }
  return [...worst, ...unasked];
}

/** Of several models each must be seen, and the one for which a test does not hold decides. */
export function ofAll(seen: readonly (readonly Seen[])[]): readonly Seen[] {
  const isOfAll = (test: string) => seen.every((it) => it.some(([id]) => id === test));
  return worstOf(seen.flat()).filter(([test, it]) => !("holds" in it && it.holds) || isOfAll(test));
}

async function necessitySeen(findings: Findings, service: string, version: number): Promise<readonly Seen[]> {
  const { found: report, unasked } = await unlessAway(findings.necessity(service, version));
  if (unasked !== undefined) return notAsked(unasked, "data-2", "data-3");
  if (!report) return [];
  const { name: evidence, isMeasured, needless, costsKnown, costly } = report;
  const seen: Seen[] = [];
  if (needless.length > 0)
    seen.push(["data-2", { holds: false, sentence: `A model can do without ${listed(needless)}.`, evidence }]);
  else if (isMeasured)
    seen.push(["data-2", { holds: true, sentence: "A model gets worse without each of the features.", evidence }]);
  if (costly.length > 0)
    seen.push(["data-3", { holds: false, sentence: `More than they bring cost ${listed(costly)}.`, evidence }]);
  else if (costsKnown)
    seen.push([
      "data-3",
      { holds: true, sentence: "No feature costs far more than its share of what all bring.", evidence },
    ]);
  return seen;
}

export const listed = (names: readonly string[]): string =>
  names.slice(0, NAMED_MAX).join(", ") + (names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : "");
