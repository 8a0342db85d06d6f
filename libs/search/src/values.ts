const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const INFINITE = /^\s*([+-]?)inf(?:inity)?\s*$/i;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?$/;

/**
 * The number that a param's text is, written as Python writes numbers (decimal, exponent, `inf`); undefined for any other text,
 * `nan` and `True` included. Stores that keep a numeric copy of params use this, so that all agree.
 */
export function numberInText(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (!infinite) return undefined;
  return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The whole number in a text, as MLflow takes '5' for a version. */
export function integerInText(text: string): number | undefined {
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined;
}

/**
 * Epoch milliseconds of an ISO 8601 date (midnight) or date and time, in UTC unless the text has an offset; digits below a
 * millisecond are kept. Undefined if the text is none, or names a day or hour that does not exist.
 */
export function instantInText(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? 0)) as Six;
  const midnight = Date.UTC(year, month - 1, day);
  const asked = new Date(midnight);
  if (year < 100 || asked.getUTCMonth() !== month - 1 || asked.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const belowSecondMs = Number((match[7] ?? "").padEnd(9, "0")) / 1e6;
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + belowSecondMs - offsetMs(match[8] ?? "Z");
}

type Six = [number, number, number, number, number, number];

function offsetMs(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (!match) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}
