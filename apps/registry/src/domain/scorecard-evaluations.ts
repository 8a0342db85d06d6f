import type { EvaluatedSlice } from "./evidence.ts";
import type { GateDeps } from "./gate-facts.ts";
import { knownOf, onlyAdded } from "./known-evidence.ts";
import { allRows, seenInSlice, shown } from "./metric-seen.ts";
import type { ModelVersion } from "./model.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import type { Observation } from "./scorecard.ts";
import { notAsked, type Seen, worstOf } from "./scorecard-findings.ts";

/** Versions before one that are looked at: their evaluations are read. */
const OLDER_MAX = 5;
const DAY_MS = 86_400_000;
/** What evaluations have a say in, here or by gates and plans. */
const BY_EVALUATIONS = ["monitoring-5", "model-4", "model-5", "model-6"] as const;

/** Tests that evaluations answer: whether all scores are numbers, and what an old model costs. */
export async function evaluationsSeen(deps: GateDeps, promoted: readonly PromotedVersion[]): Promise<readonly Seen[]> {
  const seen = promoted.map(async ({ version }): Promise<readonly Seen[]> => {
    const known = version && (await knownOf(deps, version));
    const evaluation = known?.evaluation;
    const unasked = known?.unasked?.evaluation;
    const newer = unasked === undefined ? [] : notAsked(unasked, ...BY_EVALUATIONS);
    if (!version || !evaluation) return newer;
    const all = allRows({ known: { evaluation, measurements: new Map() } });
    if (!all || all.rowCount === 0) return newer;
    // A score that is no number refuses the evaluation.
    const sentence = `Each of ${all.rowCount} scores that were evaluated is a finite number.`;
    const from = unasked === undefined ? deps : onlyAdded(deps);
    const older =
      evaluation.dataDigest === "" ? [] : await ageSeen(from, version, { all, dataDigest: evaluation.dataDigest });
    return [["monitoring-5", { holds: true, sentence, evidence: evaluation.digest }], ...older, ...newer];
  });
  return worstOf((await Promise.all(seen)).flat());
}

interface Beside {
  readonly all: EvaluatedSlice;
  readonly dataDigest: string;
}

/** An older version on the same rows shows what it would cost to have kept it. */
async function ageSeen(deps: GateDeps, version: ModelVersion, { all, dataDigest }: Beside): Promise<readonly Seen[]> {
  for (let number = version.version - 1; number >= Math.max(1, version.version - OLDER_MAX); number--) {
    const older = await deps.findVersion(`${version.model}/versions/${number}`);
    const days = Math.floor((version.createTimeMs - (older?.createTimeMs ?? Infinity)) / DAY_MS);
    if (!older || days < 1) continue;
    const { evaluation } = await knownOf(deps, older);
    const rows = evaluation?.slices.find((it) => Object.keys(it.key).length === 0);
    if (!evaluation || !rows || evaluation.dataDigest !== dataDigest) continue;
    const observation = compared({ all, rows, older, days });
    if (observation) return [["model-4", { ...observation, evidence: evaluation.digest }]];
  }
  return [];
}

function compared(of: {
  all: EvaluatedSlice;
  rows: EvaluatedSlice;
  older: ModelVersion;
  days: number;
}): Omit<Observation, "evidence"> | undefined {
  const { all, rows, older, days } = of;
  const metric = all.metrics.find((it) => seenInSlice(all, it.name) && seenInSlice(rows, it.name));
  const before = metric && seenInSlice(rows, metric.name);
  if (!metric || !before) return undefined;
  const sentence = `On the same rows, ${metric.name} of version ${older.version}, which is ${days} days older, is ${shown(before.value)}, and ${shown(metric.value)} of this one.`;
  return { holds: true, sentence };
}
