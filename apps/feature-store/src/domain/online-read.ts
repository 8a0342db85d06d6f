import { type Digest, type FeatureValue, rowDigest } from "@throughline/kernel";
import { latestHead, latestValues } from "./latest-entries.ts";
import { seriesOf } from "./online-layout.ts";
import type { OnlinePlan, PlannedView } from "./online-plan.ts";
import type { OnlineAnswers, OnlineEntry, OnlineStore, Seek, Span } from "./online-store.ts";
import { withinNs } from "./online-time.ts";
import { eachAggregate, windowQuestions } from "./online-windows.ts";
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
  checkRows(plan, rows);
  const questions: Questions = { seeks: [], spans: [] };
  const lookups = rows.map((row) => plan.views.map((view) => lookUp(view, row, { asOfNs, questions })));
  const found = online.read(questions);
  const answers = found instanceof Promise ? await found : found;
  return rows.map((row, i) => {
    const values = new Array<VectorValue>(plan.featureCount).fill(MISSING);
    plan.views.forEach((view, v) => {
      const at = lookups[i]?.[v];
      if (at !== undefined) fillView(values, view, { answers, at, asOfNs });
    });
    for (const { index, name } of plan.requestFeatures) values[index] = requestValue(row.get(name) ?? null);
    return new ReadVector(values);
  });
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

function checkRows(plan: OnlinePlan, rows: readonly NamedValues[]): void {
  const wrong = problems();
  rows.forEach((row, i) => {
    for (const { name, type, isKey } of plan.fields) {
      const value = row.get(name) ?? null;
      if (isKey && Number.isNaN(value)) wrong.add(`rows[${i}].values["${name}"]`, NAN_IS_NO_KEY);
      if (!isOfType(value, type))
        wrong.add(`rows[${i}].values["${name}"]`, `it is ${describeValue(value)}, needed is ${type}`);
    }
  });
  wrong.throwIfAny();
}

interface Questions {
  readonly seeks: Seek[];
  readonly spans: Span[];
}

/** Where the answers to a view's questions start. */
interface Place {
  readonly seek: number;
  readonly span: number;
}

/** Adds a view's questions for a row; undefined if a key is null and nothing matches. */
function lookUp(
  view: PlannedView,
  row: NamedValues,
  { asOfNs, questions }: { readonly asOfNs: bigint; readonly questions: Questions },
): Place | undefined {
  const keys = view.keyFields.map((it) => row.get(it) ?? null);
  if (keys.includes(null)) return undefined;
  const { seeks, spans } = questions;
  const at = { seek: seeks.length, span: spans.length };
  if (view.latest.length > 0) seeks.push({ series: seriesOf(view.layout, "latest", keys), timeNs: withinNs(asOfNs) });
  if (view.windows.length > 0) {
    const asked = windowQuestions(view, keys, asOfNs);
    seeks.push(...asked.seeks);
    spans.push(...asked.spans);
  }
  return at;
}

interface Answered {
  readonly answers: OnlineAnswers;
  readonly at: Place;
  readonly asOfNs: bigint;
}

function fillView(values: VectorValue[], view: PlannedView, { answers, at, asOfNs }: Answered): void {
  let seek = at.seek;
  if (view.latest.length > 0) fillLatest(values, view, { entry: answers.seeks[seek++], asOfNs });
  if (view.windows.length === 0) return;
  const own = { seeks: answers.seeks.slice(seek), spans: answers.spans.slice(at.span) };
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
