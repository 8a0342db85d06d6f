import type { Clock } from "@throughline/kernel";
import type { Gate, MetricCondition } from "./gate.ts";
import type { GateDeps } from "./gate-facts.ts";
import { gateOf } from "./gates.ts";
import { knownOf, onlyAdded } from "./known-evidence.ts";
import { allRows, seenInSlice, shown } from "./metric-seen.ts";
import type { ModelVersion } from "./model.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import { type Seen, worstOf } from "./scorecard-findings.ts";

/** The metric of a canvas target that says how many days old a model may be. */
const AGE_METRIC = "model_age_days";
const DAY_MS = 86_400_000;
/** A model is simpler than another if its bytes are at most a tenth. */
const SIMPLER_SHARE = 0.1;
/** Versions beside one that are looked at for a simpler one, the newest first. */
const BESIDE_MAX = 20;

/** Tests that people's plans make decidable: what the canvas says of the age, and gates of what is better. */
export async function plansSeen(
  deps: GateDeps & { readonly clock: Clock },
  promoted: readonly PromotedVersion[],
): Promise<readonly Seen[]> {
  const seen = promoted.map(async (it) => [...(await ageSeen(deps, it)), ...(await simplerSeen(deps, it))]);
  return worstOf((await Promise.all(seen)).flat());
}

async function ageSeen(
  { canvases, clock }: GateDeps & { readonly clock: Clock },
  { model, version }: PromotedVersion,
): Promise<readonly Seen[]> {
  const evidence = `${model}/canvas`;
  const canvas = await canvases.get(evidence);
  const target = canvas?.record.targets.find((it) => it.metric === AGE_METRIC && !it.greaterIsBetter);
  if (!version || !target) return [];
  const days = Math.floor((clock.now() - version.createTimeMs) / DAY_MS);
  const sentence = `${version.name} is ${days} days old, and the canvas lets it be ${shown(target.bound)}.`;
  return [["monitoring-4", { holds: days <= target.bound, sentence, evidence }]];
}

/** A much smaller version that was evaluated on the same rows, by the metric that a gate asks for. */
async function simplerSeen(deps: GateDeps, { model, version }: PromotedVersion): Promise<readonly Seen[]> {
  const all = version && (await evaluatedOf(deps, version));
  if (!version || !all) return [];
  const found = await deps.findModel(model);
  const gates = (await deps.gates.ofModel(model)).map(gateOf);
  const condition = gates.map(metricOf).find((it) => it && seenInSlice(all.rows, it.metric));
  const own = condition && seenInSlice(all.rows, condition.metric);
  if (!found || !own) return [];
  const last = found.latestVersion;
  const from = all.isAway ? onlyAdded(deps) : deps;
  for (let number = last; number > Math.max(0, last - BESIDE_MAX); number--) {
    const other = number === version.version ? undefined : await deps.findVersion(`${model}/versions/${number}`);
    if (!other || other.sizeBytes > SIMPLER_SHARE * version.sizeBytes) continue;
    const evaluated = await evaluatedOf(from, other);
    const simpler = evaluated?.dataDigest === all.dataDigest && seenInSlice(evaluated.rows, condition.metric);
    if (!evaluated || !simpler) continue;
    const isBetter = condition.greaterIsBetter ? own.value > simpler.value : own.value < simpler.value;
    const sentence = `On the same rows, ${condition.metric} is ${shown(own.value)}, and ${shown(simpler.value)} of version ${number}, which has ${other.sizeBytes} bytes where this one has ${version.sizeBytes}.`;
    return [["model-5", { holds: isBetter, sentence, evidence: evaluated.digest }]];
  }
  return [];
}

const metricOf = ({ condition }: Gate): MetricCondition | undefined =>
  condition.kind === "METRIC" && condition.metric !== "" ? condition : undefined;

async function evaluatedOf(deps: GateDeps, version: ModelVersion) {
  const known = await knownOf(deps, version);
  const rows = allRows({ known });
  const { dataDigest = "", digest } = known.evaluation ?? {};
  if (!rows || rows.rowCount === 0 || !digest || dataDigest === "") return undefined;
  return { rows, dataDigest, digest, isAway: known.unasked?.evaluation !== undefined };
}
