import { canonicalRowBytes, type Digest, digestOfBytes, type FeatureValue } from "@throughline/kernel";
import { latestHead } from "./latest-entries.ts";
import { seriesOf } from "./online-layout.ts";
import type { OnlinePlan, PlannedView } from "./online-plan.ts";
import type { OnlineAnswers, OnlineEntry, OnlineStore, Seek, Span } from "./online-store.ts";
import { withinNs } from "./online-time.ts";
import { eachAggregate, windowQuestions } from "./online-windows.ts";
import { problems } from "./problems.ts";
import type { NamedValues } from "./push-rows.ts";
import { NULL_BYTES, readValues } from "./value-bytes.ts";
import { describeValue, isOfType } from "./value-type.ts";

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
  const answers = await online.read(questions);
  return rows.map((row, i) => {
    const cells = new Array<Cell>(plan.featureCount).fill(MISSING);
    plan.views.forEach((view, v) => {
      const at = lookups[i]?.[v];
      if (at !== undefined) fillView(cells, view, { answers, at, asOfNs });
    });
    for (const { index, name } of plan.requestFeatures) cells[index] = requestCell(row.get(name) ?? null);
    return vectorOf(cells);
  });
}

/** A value on its way into a vector, with its canonical bytes. */
interface Cell {
  readonly value: VectorValue;
  readonly bytes: Uint8Array;
}

const MISSING: Cell = { value: { value: null, status: "missing" }, bytes: NULL_BYTES };

const vectorOf = (cells: readonly Cell[]): FeatureVector => ({
  values: cells.map((it) => it.value),
  rowDigest: digestOfBytes(Buffer.concat(cells.map((it) => it.bytes))),
});

const requestCell = (value: FeatureValue): Cell =>
  value === null ? MISSING : { value: { value, status: "present" }, bytes: canonicalRowBytes([value]) };

function checkRows(plan: OnlinePlan, rows: readonly NamedValues[]): void {
  const wrong = problems();
  rows.forEach((row, i) => {
    for (const { name, type } of plan.fields) {
      const value = row.get(name) ?? null;
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

function fillView(cells: Cell[], view: PlannedView, { answers, at, asOfNs }: Answered): void {
  let seek = at.seek;
  if (view.latest.length > 0) fillLatest(cells, view, { entry: answers.seeks[seek++], asOfNs });
  if (view.windows.length === 0) return;
  const own = { seeks: answers.seeks.slice(seek), spans: answers.spans.slice(at.span) };
  eachAggregate(view, { answers: own, asOfNs }, ({ index, value, knowledgeNs }) => {
    cells[index] = {
      value: { value, status: "present", ...(knowledgeNs !== undefined && { knowledgeNs }) },
      bytes: canonicalRowBytes([value]),
    };
  });
}

function fillLatest(
  cells: Cell[],
  view: PlannedView,
  { entry, asOfNs }: { readonly entry: OnlineEntry | undefined; readonly asOfNs: bigint },
): void {
  if (!entry) return;
  const { eventNs, valuesAt, bytes } = latestHead(entry.value);
  const times = { eventNs, knowledgeNs: entry.timeNs };
  const isStale = view.ttlNs !== undefined && asOfNs - eventNs > view.ttlNs;
  const stale: Cell = { value: { value: null, status: "stale", ...times }, bytes: NULL_BYTES };
  const read = isStale ? [] : readValues(bytes, valuesAt, view.latestColumnCount);
  for (const { index, column } of view.latest) {
    const found = read[column];
    cells[index] = found ? { value: { value: found.value, status: "present", ...times }, bytes: found.bytes } : stale;
  }
}
