import type { FeatureValue } from "@throughline/kernel";
import { convertValue } from "./convert-value.ts";
import { addLatest, type LatestColumns } from "./latest-columns.ts";
import { type ComputedColumn, checkSteps, computedColumns } from "./on-demand/planned-on-demand.ts";
import { lookUp, type Place, type RowFields } from "./online-lookup.ts";
import type { OnlinePlan, PlannedColumn, PlannedField, PlannedOnDemand, PlannedView } from "./online-plan.ts";
import type { VectorValue } from "./online-read.ts";
import type { OnlineAnswers, OnlineStore, Seek, Span } from "./online-store.ts";
import { eachAggregate } from "./online-windows.ts";
import { type Problems, problems } from "./problems.ts";
import type { ServicePlan } from "./service-plans.ts";
import { describeValue, isOfType, NAN_IS_NO_KEY, type ValueType } from "./value-type.ts";

type Status = VectorValue["status"];

/** The values of one feature, or of one field of the request, for all rows. */
export interface ReadColumn {
  /** Place among the views that are read; -1 for a field of the request. */
  readonly viewIndex: number;
  readonly name: string;
  readonly type: ValueType;
  /** Null unless the status is present, and where the value is. */
  readonly values: readonly FeatureValue[];
  /** Columns of one view have the same list, so that it is converted once. */
  readonly statuses: readonly Status[];
}

/** Entity rows by column, and what was read of them. */
export interface ColumnsRead {
  readonly fields: ReadonlyMap<string, readonly FeatureValue[]>;
  /** True takes a value for the one of the field's type that it stands for. */
  readonly convert: boolean;
  readonly asOfNs: bigint;
}

/** See ReadColumnsResponse of the contract. */
export interface ColumnsAnswer {
  readonly columns: readonly ReadColumn[];
  /** For each view, the event times of the rows (0 where there is none); empty if no latest value was asked for. */
  readonly eventTimesNs: readonly (readonly bigint[])[];
}

/**
 * Reads features of entity rows by column: the values that `readOnline` gives, without digests, and at a fraction of its
 * price for many rows. Gives it without a promise where the store does. All rows are read from one state. Fails with
 * INVALID_FIELD for fields that are absent, of different lengths or of a wrong type, all at once.
 */
export function readColumns(
  online: Pick<OnlineStore, "read">,
  { plan }: Pick<ServicePlan, "plan">,
  read: ColumnsRead,
): ColumnsAnswer | Promise<ColumnsAnswer> {
  const { fields, rowCount } = checkedFields(plan.fields, read);
  if (plan.onDemand) checkSteps(plan.onDemand, rowCount, "fields");
  const [seeks, spans]: [Seek[], Span[]] = [[], []];
  const places = plan.views.map((view) => lookUp(view, { fields, rowCount, asOfNs: read.asOfNs, seeks, spans }));
  const asked: Asked = { fields, rowCount, asOfNs: read.asOfNs, places };
  const found = online.read({ seeks, spans });
  return found instanceof Promise ? found.then((it) => answered(plan, asked, it)) : answered(plan, asked, found);
}

/** What was asked of a plan's views. */
interface Asked extends RowFields {
  readonly asOfNs: bigint;
  readonly places: readonly (readonly (Place | undefined)[])[];
}

function answered(
  plan: OnlinePlan,
  { fields, rowCount, asOfNs, places }: Asked,
  answers: OnlineAnswers,
): ColumnsAnswer {
  const values: FeatureValue[][] = [];
  for (let i = 0; i < plan.featureCount; i++) values.push([]);
  const filled = plan.views.map((view, v) =>
    fillView(values, view, { places: places[v] ?? [], answers, rowCount, asOfNs }),
  );
  const columns = plan.fields.map(({ name, type }): ReadColumn => {
    const column = fields.get(name) ?? [];
    return { viewIndex: -1, name, type, values: column, statuses: column.map(statusOf) };
  });
  const read = ({ index, viewIndex, name, type }: PlannedColumn): ReadColumn => {
    const { aggregates, latest } = filled[viewIndex] ?? NOTHING_FILLED;
    return { viewIndex, name, type, values: values[index] ?? [], statuses: aggregates.get(index) ?? latest };
  };
  for (const it of plan.columns) columns.push(read(it));
  if (plan.onDemand) columns.push(...onDemandColumns(plan, plan.onDemand, { read, given: columns, rowCount }));
  return { columns, eventTimesNs: filled.map((it) => it.eventTimesNs) };
}

interface ReadInputs {
  readonly read: (column: PlannedColumn) => ReadColumn;
  /** Has the fields of the request. */
  readonly given: readonly ReadColumn[];
  readonly rowCount: number;
}

/** Their views come behind those that are read. */
function onDemandColumns(
  { views }: OnlinePlan,
  onDemand: PlannedOnDemand,
  { read, given, rowCount }: ReadInputs,
): readonly ReadColumn[] {
  const fields = new Map(given.flatMap((it) => (it.viewIndex < 0 ? [[it.name, it]] : [])));
  const inputs = onDemand.inputs.map(({ name, column }) => (column ? read(column) : fields.get(name)) ?? NO_COLUMN);
  const computed = computedColumns(onDemand, inputs, rowCount);
  return onDemand.outputs.map(({ viewIndex, name, output: { type } }, i) => {
    return { viewIndex: views.length + viewIndex, name, type, ...(computed[i] ?? NO_COLUMN) };
  });
}

const NO_COLUMN: ComputedColumn = { values: [], statuses: [] };

const statusOf = (value: FeatureValue): Status => (value === null ? "missing" : "present");

function checkedFields(wanted: readonly PlannedField[], read: ColumnsRead): RowFields {
  const wrong = problems();
  /** Only made where a value was converted. */
  let converted: Map<string, readonly FeatureValue[]> | undefined;
  let rowCount: number | undefined;
  for (const { name, type, isKey } of wanted) {
    const path = `fields["${name}"]`;
    const given = read.fields.get(name);
    if (!given || given.length === 0) {
      wrong.add(path, "values of this field are needed, one for each row");
      continue;
    }
    rowCount ??= given.length;
    if (given.length !== rowCount) wrong.add(path, `it has ${given.length} values, and others have ${rowCount}`);
    const checked = checkedValues(given, { type, path, convert: read.convert, wrong });
    const nan = isKey && type === "float64" ? checked.findIndex(Number.isNaN) : -1;
    if (nan >= 0) wrong.add(`${path}.values[${nan}]`, NAN_IS_NO_KEY);
    if (checked === given) continue;
    converted ??= new Map(read.fields);
    converted.set(name, checked);
  }
  wrong.throwIfAny();
  return { fields: converted ?? read.fields, rowCount: rowCount ?? 0 };
}

function checkedValues(
  values: readonly FeatureValue[],
  of: { readonly type: ValueType; readonly path: string; readonly convert: boolean; readonly wrong: Problems },
): readonly FeatureValue[] {
  if (values.every((it) => isOfType(it, of.type))) return values;
  return values.map((it, i) => {
    const taken = of.convert ? convertValue(it, of.type) : isOfType(it, of.type) ? it : undefined;
    if (taken === undefined)
      of.wrong.add(`${of.path}.values[${i}]`, `it is ${describeValue(it)}, needed is ${of.type}`);
    return taken ?? null;
  });
}

interface Answered {
  readonly places: readonly (Place | undefined)[];
  readonly answers: OnlineAnswers;
  readonly rowCount: number;
  readonly asOfNs: bigint;
}

interface FilledView {
  /** Of features that are columns of the source. */
  readonly latest: readonly Status[];
  /** Of each aggregate, by its place in the vector. */
  readonly aggregates: ReadonlyMap<number, readonly Status[]>;
  readonly eventTimesNs: readonly bigint[];
}

function fillView(values: FeatureValue[][], view: PlannedView, answered: Answered): FilledView {
  const { places, answers, rowCount, asOfNs } = answered;
  const { statuses: latest, eventTimesNs } =
    view.latest.length > 0
      ? addLatest(values, view, { entries: places.map((it) => it && answers.seeks[it.seek]), asOfNs })
      : NOTHING_LATEST;
  if (view.windows.length === 0) return { latest, aggregates: NO_AGGREGATES, eventTimesNs };
  const indexes = view.windows.flatMap((it) => it.features).map((it) => it.index);
  const aggregates = new Map(indexes.map((it) => [it, new Array<Status>(rowCount).fill("missing")]));
  for (const it of indexes) values[it] = new Array<FeatureValue>(rowCount).fill(null);
  for (let row = 0; row < rowCount && indexes.length > 0; row++) {
    const at = places[row];
    if (!at) continue;
    const own = {
      seeks: answers.seeks.slice(at.seek + (view.latest.length > 0 ? 1 : 0), at.seekEnd),
      spans: answers.spans.slice(at.span, at.spanEnd),
    };
    eachAggregate(view, { answers: own, asOfNs }, ({ index, value }) => {
      (values[index] as FeatureValue[])[row] = value;
      (aggregates.get(index) as Status[])[row] = "present";
    });
  }
  return { latest, aggregates, eventTimesNs };
}

const NOTHING_LATEST: LatestColumns = { statuses: [], eventTimesNs: [] };
const NO_AGGREGATES: FilledView["aggregates"] = new Map();
const NOTHING_FILLED: FilledView = { latest: [], aggregates: NO_AGGREGATES, eventTimesNs: [] };
