import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import type { FeatureColumn, ReadView } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";

/** What Feast tells where there is no event time. */
const NO_TIME = `"1970-01-01T00:00:00Z"`;

const STATUS_TEXTS: Readonly<Record<FeatureStatus, string>> = {
  [FeatureStatus.UNSPECIFIED]: `"INVALID"`,
  [FeatureStatus.PRESENT]: `"PRESENT"`,
  [FeatureStatus.MISSING]: `"NOT_FOUND"`,
  [FeatureStatus.STALE]: `"OUTSIDE_MAX_AGE"`,
};

/**
 * Columns as JSON texts in Feast's form, with commas between them. Written by hand: what the columns of a view share is written
 * once, and floats keep their point (`2.0`), which tells Python that they are floats.
 */
export function columnTexts(columns: readonly FeatureColumn[], views: readonly ReadView[]): string {
  const times = views.map((it) => listText(it.eventTimesNs, timeText));
  let all = "";
  // Columns of one view stand behind each other, and have the same list of statuses.
  let [statuses, viewIndex, end]: [readonly FeatureStatus[] | undefined, number, string] = [undefined, -1, ""];
  for (const column of columns) {
    if (column.statuses !== statuses || column.viewIndex !== viewIndex) {
      ({ statuses, viewIndex } = column);
      const eventTimes = times[viewIndex] || listText(statuses, () => NO_TIME);
      end = `],"statuses":[${listText(statuses, (it) => STATUS_TEXTS[it])}],"event_timestamps":[${eventTimes}]}`;
    }
    all += `${all === "" ? "" : ","}{"values":[${valuesText(column)}${end}`;
  }
  return all;
}

/** The items with commas between them. Neighbours are often equal, and then are written once. */
function listText<T>(items: readonly T[], textOf: (item: T) => string): string {
  let [last, text, all] = [items[0], "", ""];
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as T;
    if (i === 0 || item !== last) text = textOf(item);
    last = item;
    all += i === 0 ? text : `,${text}`;
  }
  return all;
}

function valuesText(column: FeatureColumn): string {
  if (column.nullRows.length > 0 || column.type !== ValueType.FLOAT64) return valueTexts(column).join(",");
  const { float64Values } = column;
  const [first = 0] = float64Values;
  if (float64Values.length === 1) return floatText(first);
  // The runtime's own JSON is half as long over an array, and differs only for whole and for no numbers.
  return isPlain(float64Values) ? JSON.stringify(float64Values).slice(1, -1) : float64Values.map(floatText).join(",");
}

function isPlain(values: readonly number[]): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === Math.floor(value) || !Number.isFinite(value)) return false;
  }
  return true;
}

function valueTexts(column: FeatureColumn): readonly string[] {
  const texts = presentTexts(column);
  for (const row of column.nullRows) texts[row] = "null";
  return texts;
}

function presentTexts(column: FeatureColumn): string[] {
  switch (column.type) {
    case ValueType.FLOAT64:
      return column.float64Values.map(floatText);
    case ValueType.INT64:
      return column.int64Values.map(String);
    // Feast has seconds since 1970, without a fraction.
    case ValueType.TIMESTAMP:
      return column.int64Values.map((ns) => String(secondsOf(ns)));
    case ValueType.BOOL:
      return column.boolValues.map(String);
    case ValueType.BYTES:
      return column.bytesValues.map((it) => `"${Buffer.from(it).toString("base64")}"`);
    default:
      return column.stringValues.map((it) => JSON.stringify(it));
  }
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

const secondsOf = (ns: bigint): bigint => (ns - (((ns % SECOND) + SECOND) % SECOND)) / SECOND;

const SECOND = 1_000_000_000n;

/** The last time that was written: rows that were loaded together often happened together. */
const last = { ns: 0n, text: NO_TIME };

function timeText(ns: bigint): string {
  if (ns !== last.ns) [last.ns, last.text] = [ns, rfc3339(ns)];
  return last.text;
}

/** RFC 3339 with as many digits as are needed: none, three, six or nine. */
function rfc3339(ns: bigint): string {
  const seconds = secondsOf(ns);
  const nanos = Number(ns - seconds * SECOND);
  const text = new Date(Number(seconds) * 1_000).toISOString().slice(0, -".000Z".length);
  if (nanos === 0) return `"${text}Z"`;
  const digits = String(nanos).padStart(9, "0");
  return `"${text}.${nanos % 1_000_000 === 0 ? digits.slice(0, 3) : nanos % 1_000 === 0 ? digits.slice(0, 6) : digits}Z"`;
}
