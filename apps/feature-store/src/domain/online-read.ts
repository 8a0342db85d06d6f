import { type Digest, type FeatureValue, rowDigest } from "@throughline/kernel";
import { latestHead, latestValues } from "./latest-entries.ts";
import { checkSteps, computedRow } from "./on-demand/planned-on-demand.ts";
import { lookUp, type Place, type RowFields } from "./online-lookup.ts";
import type { OnlinePlan, PlannedField, PlannedView } from "./online-plan.ts";
import type { OnlineAnswers, OnlineEntry, OnlineStore, Seek, Span } from "./online-store.ts";
import { eachAggregate } from "./online-windows.ts";
import { problems } from "./problems.ts";
import type { NamedValues } from "./push-rows.ts";
import { describeValue, isOfType, NAN_IS_NO_KEY } from "./value-type.ts";

/** A value with its times. Missing and stale are values, not errors. */
export interface VectorValue {
  readonly value: FeatureValue;
  readonly status: "present" | "missing" | "stale";
  /** Undefined for aggregates and request features, and where nothing is known. */
  readonly eventNs?: bigint;
  /** Undefined for request features, and where nothing is known. */
  readonly knowledgeNs?: bigint;
}

/** The features of one entity row, in the order of the feature service. */
export interface FeatureVector {
  readonly values: readonly VectorValue[];
  /** Computed when it is asked for. */
  readonly rowDigest: Digest;
}

/** Entity rows, and the instant whose knowledge they get. */
export interface OnlineRead {
  readonly rows: readonly NamedValues[];
  readonly asOfNs: bigint;
}

/**
 * Reads the features of entity rows: what the point-in-time join gives for the same keys and the same cut-off, by the same
 * digest. All rows are read from one state. Fails with INVALID_FIELD for values of a wrong type, all at once.
 */
export async function readOnline(
  online: Pick<OnlineStore, "read">,
  plan: OnlinePlan,
  { rows, asOfNs }: OnlineRead,
): Promise<readonly FeatureVector[]> {
  const fields = new Map(plan.fields.map(({ name }) => [name, rows.map((it) => it.get(name) ?? null)]));
  return vectorsOf(await findRows(online, plan, { fields, rowCount: rows.length, asOfNs }));
}

/** Entity rows by field, and the instant whose knowledge they get. */
export interface RowsRead extends RowFields {
  readonly asOfNs: bigint;
}

/** What the store has about entity rows. */
export interface FoundRows extends RowsRead {
  readonly plan: OnlinePlan;
  /** For each view where the answers about each row are. */
  readonly places: readonly (readonly (Place | undefined)[])[];
  readonly answers: OnlineAnswers;
}

/** The first half of `readOnline`, at once where the store is in this process. `fields` has every field of the plan. */
export function findRows(
  online: Pick<OnlineStore, "read">,
  plan: OnlinePlan,
  read: RowsRead,
): FoundRows | Promise<FoundRows> {
  checkRows(plan, read);
  if (plan.onDemand) checkSteps(plan.onDemand, read.rowCount, "rows");
  const { fields, rowCount, asOfNs } = read;
  const [seeks, spans]: [Seek[], Span[]] = [[], []];
  const places = plan.views.map((view) => lookUp(view, { fields, rowCount, asOfNs, seeks, spans }));
  const answers = online.read({ seeks, spans });
  const found = (it: OnlineAnswers): FoundRows => ({ plan, fields, rowCount, asOfNs, places, answers: it });
  return answers instanceof Promise ? answers.then(found) : found(answers);
}

/** The second half of `readOnline`. */
export function vectorsOf({ plan, fields, rowCount, asOfNs, places, answers }: FoundRows): readonly FeatureVector[] {
  const { onDemand } = plan;
  const vectors = Array.from({ length: rowCount }, (_, row) => {
    const values = new Array<VectorValue>(plan.featureCount).fill(MISSING);
    plan.views.forEach((view, v) => {
      const at = places[v]?.[row];
      if (at !== undefined) fillView(values, view, { answers, at, asOfNs });
    });
    for (const { index, name } of plan.requestFeatures) values[index] = requestValue(fields.get(name)?.[row] ?? null);
    return new ReadVector(values);
  });
  return onDemand ? vectors.map((it) => new ReadVector(computedRow(onDemand, it.values))) : vectors;
}

/** Its digest costs as much as to read it, and whoever predicts with it does not ask for it. */
class ReadVector implements FeatureVector {
  readonly values: readonly VectorValue[];
  constructor(values: readonly VectorValue[]) {
    this.values = values;
  }
  get rowDigest(): Digest {
    return rowDigest(this.values.map((it) => it.value));
  }
}

const MISSING: VectorValue = { value: null, status: "missing" };

const requestValue = (value: FeatureValue): VectorValue => (value === null ? MISSING : { value, status: "present" });

function checkRows(plan: OnlinePlan, read: RowFields): void {
  if (plan.fields.every((it) => read.fields.get(it.name)?.every((value) => isTaken(value, it)) ?? false)) return;
  const wrong = problems();
  for (let row = 0; row < read.rowCount; row++) {
    for (const { name, type, isKey } of plan.fields) {
      const value = read.fields.get(name)?.[row] ?? null;
      if (isKey && Number.isNaN(value)) wrong.add(`rows[${row}].values["${name}"]`, NAN_IS_NO_KEY);
      if (!isOfType(value, type))
        wrong.add(`rows[${row}].values["${name}"]`, `it is ${describeValue(value)}, needed is ${type}`);
    }
  }
  wrong.throwIfAny();
}

const isTaken = (value: FeatureValue, { type, isKey }: PlannedField): boolean =>
  isOfType(value, type) && !(isKey && Number.isNaN(value));

interface Answered {
  readonly answers: OnlineAnswers;
  readonly at: Place;
  readonly asOfNs: bigint;
}

function fillView(values: VectorValue[], view: PlannedView, { answers, at, asOfNs }: Answered): void {
  let { seek } = at;
  if (view.latest.length > 0) fillLatest(values, view, { entry: answers.seeks[seek++], asOfNs });
  if (view.windows.length === 0) return;
  const own = { seeks: answers.seeks.slice(seek, at.seekEnd), spans: answers.spans.slice(at.span, at.spanEnd) };
  eachAggregate(view, { answers: own, asOfNs }, ({ index, value, knowledgeNs }) => {
    values[index] = { value, status: "present", ...(knowledgeNs !== undefined && { knowledgeNs }) };
  });
}

function fillLatest(
  values: VectorValue[],
  view: PlannedView,
  { entry, asOfNs }: { readonly entry: OnlineEntry | undefined; readonly asOfNs: bigint },
): void {
  if (!entry) return;
  const { timeNs: knowledgeNs, value: bytes } = entry;
  const { eventNs } = latestHead(bytes);
  const isStale = view.ttlNs !== undefined && asOfNs - eventNs > view.ttlNs;
  const read = isStale ? [] : latestValues(bytes, view.latestColumnCount);
  for (const { index, column } of view.latest) {
    const value = read[column];
    values[index] =
      value === undefined
        ? { value: null, status: "stale", eventNs, knowledgeNs }
        : { value, status: "present", eventNs, knowledgeNs };
  }
}
