/** So many fields are told of one definition. */
const FIELDS_MAX = 50;

/**
 * The fields in which two definitions differ, as the contract calls them, such as `ttl` or `features[2].window`. A list that
 * became longer or shorter differs in the items that only one of them has.
 */
export function differingFields(before: unknown, after: unknown): readonly string[] {
  const found: string[] = [];
  collect(found, "", { before, after });
  return found.slice(0, FIELDS_MAX);
}

interface Pair {
  readonly before: unknown;
  readonly after: unknown;
}

function collect(found: string[], path: string, { before, after }: Pair): void {
  if (before === after || isNothing(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      collect(found, `${path}[${i}]`, { before: before[i], after: after[i] });
    return;
  }
  if (!isObject(before) || !isObject(after)) {
    found.push(path);
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    collect(found, path === "" ? fieldName(key) : `${path}.${fieldName(key)}`, {
      before: before[key],
      after: after[key],
    });
}

/** What is left out and what is empty are the same to a contract. */
const isNothing = (before: unknown, after: unknown): boolean => isEmpty(before) && isEmpty(after);

const isEmpty = (it: unknown): boolean =>
  it === undefined || it === null || it === "" || (typeof it === "object" && Object.keys(it).length === 0);

const isObject = (it: unknown): it is Readonly<Record<string, unknown>> =>
  typeof it === "object" && it !== null && !Array.isArray(it);

/** `ttlNs` is `ttl` in the contract, and `eventTimeColumn` is `event_time_column`. */
const fieldName = (key: string): string =>
  key.replace(/Ns$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
