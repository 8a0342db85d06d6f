import type { FeatureValue } from "@throughline/kernel";
import type { Row, TableEngine, WrittenTable } from "@throughline/tables";
import type { FurtherChecks, LabelTimeCheck, TimeSplit, TimeSplitCheck } from "./certificate.ts";
import { quoted } from "./segment-query.ts";

/** What is said of the times of labels, and of the rows to train on and to test on. */
export interface TimesRequest {
  readonly cutoffColumn: string;
  readonly labelColumns: readonly string[];
  /** Column of the spine with when each row's label became known. Absent: the cut-off stands for it, if there is a delay. */
  readonly labelTimeColumn?: string;
  /** How long after that time a label is known at the soonest. */
  readonly labelDelayNs?: bigint;
  readonly timeSplit?: TimeSplit;
}

/** A training set whose times are checked. */
export interface TimedTable {
  readonly table: Pick<WrittenTable, "path" | "columns">;
  /** Columns that hold the keys of entities. */
  readonly keyColumns: readonly string[];
}

/** Columns that are read of a training set, under names of our own. Times are nanoseconds, null where there is none. */
interface TimedRows {
  /** `WITH r AS (SELECT cut, known, labelled, side, k0.. FROM rows) ` */
  readonly rows: string;
  readonly parameters: Readonly<Record<string, FeatureValue>>;
  /** Whether the times of labels were declared. */
  readonly isDeclared: boolean;
}

/** Checks the cut-offs, when labels became known, and the split, over all rows. */
export async function checkTimes(
  tables: TableEngine,
  { table, keyColumns }: TimedTable,
  { request, signal }: { readonly request: TimesRequest; readonly signal: AbortSignal },
): Promise<Pick<FurtherChecks, "cutoffs" | "labelTimes" | "timeSplit">> {
  const timed = timedRows(request, keyColumns);
  const ask: Ask = async (sql, parameters = {}) => {
    const plan = { sql: `${timed.rows}${sql}`, parameters: { ...timed.parameters, ...parameters } };
    return (await tables.query({ ...plan, inputs: { rows: [table.path] }, rowsMax: 1 }, { signal })).rows[0] ?? [];
  };
  const [firstNs, lastNs] = (await ask("SELECT min(cut), max(cut) FROM r")).map(wholeOf);
  const { timeSplit } = request;
  return {
    ...(firstNs !== undefined && lastNs !== undefined && { cutoffs: { firstNs, lastNs } }),
    ...(timed.isDeclared && { labelTimes: await labelTimes(ask, request) }),
    ...(timeSplit && { timeSplit: await splitCheck(ask, { timeSplit, timed, keys: keyColumns.length }) }),
  };
}

type Ask = (sql: string, parameters?: Readonly<Record<string, FeatureValue>>) => Promise<Row>;

function timedRows(request: TimesRequest, keyColumns: readonly string[]): TimedRows {
  const { cutoffColumn, labelColumns, labelTimeColumn, labelDelayNs, timeSplit } = request;
  const time = (column: string): string => `epoch_ns(${quoted(column)})`;
  const isDeclared = labelTimeColumn !== undefined || labelDelayNs !== undefined;
  // A row without labels is not trained on; without label columns every row is taken for labelled.
  const labelled = labelColumns.map((it) => `${quoted(it)} IS NOT NULL`).join(" OR ");
  const columns = [
    `${time(cutoffColumn)} AS cut`,
    `${isDeclared ? `${time(labelTimeColumn ?? cutoffColumn)} + $delay::BIGINT` : "NULL::BIGINT"} AS known`,
    `(${labelled || "true"}) AS labelled`,
    `${sideOf(timeSplit, time(cutoffColumn))} AS side`,
    ...keyColumns.map((it, i) => `${quoted(it)} AS k${i}`),
  ];
  return {
    rows: `WITH r AS (SELECT ${columns.join(", ")} FROM rows) `,
    parameters: {
      ...(isDeclared && { delay: labelDelayNs ?? 0n }),
      ...(timeSplit?.by === "time" && { split: timeSplit.timeNs }),
    },
    isDeclared,
  };
}

function sideOf(split: TimeSplit | undefined, cutoff: string): string {
  if (!split) return "NULL::VARCHAR";
  if (split.by === "time")
    return `CASE WHEN ${cutoff} < $split::BIGINT THEN 'train' WHEN ${cutoff} >= $split::BIGINT THEN 'test' END`;
  const column = quoted(split.column);
  return `CASE WHEN ${column} IN ('train', 'test') THEN ${column} END`;
}

async function labelTimes(ask: Ask, request: TimesRequest): Promise<LabelTimeCheck> {
  const row = await ask(`SELECT count(*) FILTER (known IS NOT NULL), count(*) FILTER (known IS NULL),
    count(*) FILTER (known <= cut), min(known - cut), max(known - cut) FROM r WHERE labelled`);
  const [rows = 0, unknown = 0, atCutoff = 0] = row.map((it) => Number(it ?? 0));
  return {
    column: request.labelTimeColumn ?? "",
    delayNs: request.labelDelayNs ?? 0n,
    rowCount: rows,
    unknownRowCount: unknown,
    knownAtCutoffRowCount: atCutoff,
    leastWaitNs: wholeOf(row[3]),
    mostWaitNs: wholeOf(row[4]),
  };
}

interface Splitting {
  readonly timeSplit: TimeSplit;
  readonly timed: TimedRows;
  /** Number of key columns. */
  readonly keys: number;
}

/** No row to test on may have its cut-off before the label of a row to train on was known. */
async function splitCheck(ask: Ask, { timeSplit, timed, keys }: Splitting): Promise<TimeSplitCheck> {
  const [isTrain, isTest] = ["side = 'train' AND labelled", "side = 'test'"];
  const learned = timed.isDeclared ? "known" : "cut";
  const sides = await ask(`SELECT count(*) FILTER (${isTrain}), count(*) FILTER (${isTest}),
    count(*) FILTER ((${isTrain} AND ${learned} IS NULL) OR (${isTest} AND cut IS NULL)),
    max(${learned}) FILTER (${isTrain}), min(cut) FILTER (${isTest}) FROM r`);
  const [train = 0, tested = 0, unknown = 0] = sides.map((it) => Number(it ?? 0));
  const [last, first] = [wholeOf(sides[3]), wholeOf(sides[4])];
  const [late = 0, early = 0] = (
    await ask(
      `SELECT count(*) FILTER (${isTrain} AND ${learned} > $first::BIGINT), count(*) FILTER (${isTest} AND cut < $last::BIGINT) FROM r`,
      { first: first ?? null, last: last ?? null },
    )
  ).map((it) => Number(it ?? 0));
  const [entities = 0, shared = 0] = await entitiesOf(ask, { keys, isTrain, isTest });
  return {
    split: timeSplit,
    held: train > 0 && tested > 0 && unknown === 0 && late === 0 && early === 0,
    usesLabelTimes: timed.isDeclared,
    trainRowCount: train,
    testRowCount: tested,
    unknownRowCount: unknown,
    lastTrainNs: last,
    firstTestNs: first,
    lateTrainRowCount: late,
    earlyTestRowCount: early,
    testEntityCount: entities,
    sharedEntityCount: shared,
  };
}

interface Sides {
  readonly keys: number;
  readonly isTrain: string;
  readonly isTest: string;
}

/** Entities with rows to test on, and those of them with rows to train on too. */
async function entitiesOf(ask: Ask, { keys, isTrain, isTest }: Sides): Promise<readonly number[]> {
  if (keys === 0) return [0, 0];
  const names = Array.from({ length: keys }, (_, i) => `k${i}`).join(", ");
  const byEntity = `SELECT bool_or(${isTrain}) AS a, bool_or(${isTest}) AS b FROM r GROUP BY ${names}`;
  const counted = await ask(`SELECT count(*) FILTER (b), count(*) FILTER (a AND b) FROM (${byEntity})`);
  return counted.map((it) => Number(it ?? 0));
}

const wholeOf = (value: FeatureValue | undefined): bigint | undefined =>
  typeof value === "bigint" ? value : undefined;
