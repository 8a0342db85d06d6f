const KNOWN = new WeakMap<object, ReadonlyMap<unknown, number>>();

/** Where each key stands in a list. Kept as long as the list, which is that of an operation and never changes. */
export function placesOf<T, K>(keys: readonly T[], keyOf: (it: T) => K): ReadonlyMap<K, number> {
  const known = KNOWN.get(keys);
  if (known !== undefined) return known as ReadonlyMap<K, number>;
  const places = new Map(keys.map((it, i) => [keyOf(it), i]));
  KNOWN.set(keys, places);
  return places;
}
