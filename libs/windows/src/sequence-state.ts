import type { FeatureValue } from "@throughline/kernel";
import { reader, writer } from "./encoding.ts";
import type { RowPlace, WindowState } from "./window-state.ts";

interface Placed extends RowPlace {
  readonly value: FeatureValue;
}

/**
 * The first or the last k values by event time, then knowledge time, then place. Bytes: how many, and of each event time,
 * knowledge time, segment, row number and value, the first (or last) one first.
 */
export function sequenceState({ kind, k }: { readonly kind: "first" | "last"; readonly k: number }): WindowState {
  const sign = kind === "first" ? 1 : -1;
  const kept: Placed[] = [];
  const consider = (it: Placed): void => {
    let at = kept.length;
    while (at > 0 && sign * comparePlaces(it, kept[at - 1] as Placed) < 0) at -= 1;
    if (at === k) return;
    kept.splice(at, 0, it);
    if (kept.length > k) kept.pop();
  };
  return {
    add: (value, { eventNs, knowledgeNs, segment, rowNumber }) =>
      consider({ value, eventNs, knowledgeNs, segment, rowNumber }),
    absorb(bytes) {
      const from = reader(bytes);
      for (let left = from.count(); left > 0; left--) {
        const [eventNs, knowledgeNs] = [from.int64(), from.int64()];
        consider({ eventNs, knowledgeNs, segment: from.count(), rowNumber: from.count(), value: from.value() });
      }
    },
    bytes() {
      const to = writer();
      to.count(kept.length);
      for (const { eventNs, knowledgeNs, segment, rowNumber, value } of kept) {
        to.int64(eventNs);
        to.int64(knowledgeNs);
        to.count(segment);
        to.count(rowNumber);
        to.value(value);
      }
      return to.end();
    },
    result: (aggregate) => ("k" in aggregate ? (kept[aggregate.k - 1]?.value ?? null) : null),
  };
}

/** Negative if `a` comes before `b`. */
export function comparePlaces(a: RowPlace, b: RowPlace): number {
  if (a.eventNs !== b.eventNs) return a.eventNs < b.eventNs ? -1 : 1;
  if (a.knowledgeNs !== b.knowledgeNs) return a.knowledgeNs < b.knowledgeNs ? -1 : 1;
  return a.segment - b.segment || a.rowNumber - b.rowNumber;
}
