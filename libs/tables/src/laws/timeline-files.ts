import type { FeatureValue } from "@throughline/kernel";
import type { Row } from "../table.ts";
import { keyOf, SEGMENTS, type Timeline, type TimelineCase, timeOf } from "./timelines.ts";

/** A spine row before it has a place in a file. */
export interface SpineEntry {
  readonly key: FeatureValue;
  readonly part: bigint | null;
  readonly cutoff: bigint | null;
  /** Which timeline of the case it is of. */
  readonly timeline: number;
}

/** An event before it is a row of a file; `place` counts through all files in their order. */
export interface EventEntry {
  readonly key: FeatureValue;
  readonly part: bigint | null;
  readonly event: bigint | null;
  readonly known: bigint | null;
  readonly values: Row;
  readonly segment: number;
  readonly place: number;
}

/** Every 23rd timeline has no key: its rows never match, neither here nor with each other. Zeros have either sign. */
function keyAt(
  { number, order }: { readonly number: number; readonly order: number },
  { keyType }: TimelineCase,
): FeatureValue {
  if (number % 23 === 22) return null;
  const key = keyOf(number, keyType);
  return key === 0 && order % 2 === 1 ? -0 : key;
}

/** The spine rows of all timelines, mixed. */
export const spineOf = (it: TimelineCase): readonly SpineEntry[] =>
  mixed(it, (timeline) => timeline.cutoffs).map(({ value: { value, order }, number, timeline }) => ({
    key: keyAt({ number, order }, it),
    part: timeline.part,
    cutoff: timeOf(value, it),
    timeline: number,
  }));

/** The events of all timelines, file by file and mixed within each. */
export function eventsOf(it: TimelineCase): readonly EventEntry[] {
  const entries = mixed(it, (timeline) => timeline.events);
  const inFiles = Array.from({ length: SEGMENTS }, (_, segment) =>
    entries.filter((entry) => entry.value.segment === segment),
  );
  return inFiles.flat().map(({ value, number, timeline }, place) => ({
    key: keyAt({ number, order: value.order }, it),
    part: timeline.part,
    event: timeOf(value.event, it),
    known: value.event === null || value.delay === null ? null : timeOf(value.event + value.delay, it),
    values: lacksLast(it, value) ? [...value.values.slice(0, -1), null] : value.values,
    segment: value.segment,
    place,
  }));
}

/** True for what is in a file without the last column. */
export const lacksLast = ({ hasGrown }: TimelineCase, { segment }: Pick<EventEntry, "segment">): boolean =>
  hasGrown && segment === 0;

function mixed<T extends { readonly order: number }>(it: TimelineCase, pick: (timeline: Timeline) => readonly T[]) {
  return it.timelines
    .flatMap((timeline, number) => pick(timeline).map((value) => ({ value, number, timeline })))
    .sort((a, b) => a.value.order - b.value.order);
}

const at = (ns: bigint | null): FeatureValue => (ns === null ? null : { ns });

/** The rows of each event file. */
export const eventRows = (events: readonly EventEntry[]): readonly (readonly Row[])[] =>
  Array.from({ length: SEGMENTS }, (_, segment) =>
    events
      .filter((it) => it.segment === segment)
      .map((it): Row => [it.key, it.part, at(it.event), at(it.known), ...it.values]),
  );

/** The rows of two spine files. */
export function spineRows(spine: readonly SpineEntry[]): readonly (readonly Row[])[] {
  const rows = spine.map((it, i): Row => [BigInt(i), it.key, it.part, at(it.cutoff)]);
  const half = Math.floor(rows.length / 3);
  return [rows.slice(0, half), rows.slice(half)];
}
