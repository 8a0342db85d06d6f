import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { TOP_VALUES_MAX } from "./aggregate.ts";
import { readCanonicalValue, reader, writer } from "./encoding.ts";
import { compareValues } from "./value-order.ts";
import type { WindowState } from "./window-state.ts";

interface Frequency {
  readonly value: FeatureValue;
  readonly count: number;
}

/**
 * How often each value is there, or that there are more than TOP_VALUES_MAX. To drop rare ones instead, as approximate
 * counters do, would make the result depend on the order in which the values came.
 *
 * Bytes: 0, or 1 and how many values, and of each its canonical bytes and its count, in the order of these bytes.
 */
export function frequencyState(): WindowState {
  /** By the canonical bytes of the value; undefined when there are too many. */
  let counts: Map<string, number> | undefined = new Map();
  const plus = (key: string, more: number): void => {
    if (!counts) return;
    counts.set(key, (counts.get(key) ?? 0) + more);
    if (counts.size > TOP_VALUES_MAX) counts = undefined;
  };
  return {
    add: (value) => plus(canonicalRowBytes([value]).toString("latin1"), 1),
    absorb(bytes) {
      const from = reader(bytes);
      if (from.count() === 0) counts = undefined;
      else
        for (let left = from.count(); left > 0; left--) plus(from.raw(from.count()).toString("latin1"), from.count());
    },
    bytes() {
      const to = writer();
      to.count(counts ? 1 : 0);
      if (!counts) return to.end();
      to.count(counts.size);
      for (const [key, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
        to.count(key.length);
        to.raw(Buffer.from(key, "latin1"));
        to.count(count);
      }
      return to.end();
    },
    result(aggregate) {
      if (!counts || !("k" in aggregate)) return null;
      const found = [...counts].map(
        ([key, count]): Frequency => ({ value: readCanonicalValue(Buffer.from(key, "latin1"), 0).value, count }),
      );
      found.sort((a, b) => b.count - a.count || compareValues(a.value, b.value));
      return found[aggregate.k - 1]?.value ?? null;
    },
  };
}
