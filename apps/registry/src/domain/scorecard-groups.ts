import { EMPTY_CANVAS } from "./canvas.ts";
import type { GateResult } from "./gate.ts";
import type { GateDeps } from "./gate-facts.ts";
import { gateOf } from "./gates.ts";
import { resolvedCondition } from "./metric-gate.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import type { Observation } from "./scorecard.ts";
import { listed, notAsked, ofAll, type Seen } from "./scorecard-findings.ts";
import { unlessAway } from "./unanswered.ts";

/** A version with how the gates of its model stand for it. */
export interface GuardedVersion {
  readonly promoted: PromotedVersion;
  readonly results: readonly GateResult[];
}

/**
 * Whether groups of people fare alike: a privacy policy says which columns of the training set tell groups that must not be
 * wronged, and gates what is good enough for each group. What no gate looks at is not known, and neither is a gate's finding that
 * left out a group, as one with too few rows.
 */
export async function groupsSeen(deps: GateDeps, guarded: readonly GuardedVersion[]): Promise<readonly Seen[]> {
  return ofAll(await Promise.all(guarded.map((it) => groupsOf(deps, it))));
}

async function groupsOf(
  deps: GateDeps,
  { promoted: { model, version }, results }: GuardedVersion,
): Promise<readonly Seen[]> {
  const sliced = results.filter((it) => it.kind === "METRIC" && it.slices !== undefined);
  if (!version || version.trainingSet === "" || sliced.length === 0) return [];
  const { found: treated, unasked } = await unlessAway(deps.findings?.treatedData(version.trainingSet));
  if (unasked !== undefined) return notAsked(unasked, "model-7");
  const sensitive = treated?.sensitiveColumns ?? [];
  const columns = await slicedColumns(deps, model);
  // A gate with other columns beside would tell of other groups too.
  const ofGroups = sliced.flatMap((result) => {
    const own = columns.get(result.gate) ?? [];
    const about = own.flatMap((it) => namedBy(it, sensitive) ?? []);
    return own.length > 0 && about.length === own.length ? [{ result, about }] : [];
  });
  const bad = ofGroups.find((it) => it.result.slices?.some(({ state }) => state === "UNMET"));
  if (bad) return [["model-7", observed(bad, false)]];
  const met = ofGroups.filter((it) => it.result.state === "MET" && areAllTested(it.result));
  const looked = new Set(met.flatMap((it) => it.about));
  const [first] = met;
  if (!first || sensitive.some((it) => !looked.has(it))) return [];
  return [["model-7", observed({ ...first, about: [...looked] }, true)]];
}

/** Columns of slices, by the gate that names them or has them from the canvas. */
async function slicedColumns(deps: GateDeps, model: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const [gates, written] = await Promise.all([deps.gates.ofModel(model), deps.canvases.get(`${model}/canvas`)]);
  const canvas = { name: `${model}/canvas`, ...(written?.record ?? EMPTY_CANVAS) };
  return new Map(
    gates.map(gateOf).flatMap(({ name, condition }) => {
      const resolved = condition.kind === "METRIC" ? resolvedCondition(condition, canvas) : "";
      return typeof resolved === "string" ? [] : [[name, resolved.slices?.columns ?? []]];
    }),
  );
}

/** A gate is met as well where nothing that counts is left: that no group was tested shows nothing of groups. */
const areAllTested = ({ slices = [], untestedCount }: GateResult): boolean => slices.length > 0 && untestedCount === 0;

/** A column of a training set is named by its view too, which evaluations need not do if one column alone ends so. */
function namedBy(sliced: string, columns: readonly string[]): string | undefined {
  if (columns.includes(sliced)) return sliced;
  const [first, ...others] = columns.filter((it) => it.endsWith(`__${sliced}`));
  return others.length === 0 ? first : undefined;
}

function observed({ result, about }: { result: GateResult; about: readonly string[] }, holds: boolean): Observation {
  const sentence = `Groups by ${listed(about)}, which a privacy policy calls sensitive, were looked at. ${result.sentence}`;
  return { holds, sentence, evidence: result.gate };
}
