import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { Row } from "../table.ts";
import type { EventEntry, SpineEntry } from "./timeline-files.ts";
import type { TimelineCase } from "./timelines.ts";

/**
 * What `planOf` must give for each spine row, by the words of JoinPlan: a loop over the events as they were generated, without
 * any file, engine or sorting.
 */
export function expectedRows(
  it: TimelineCase,
  spine: readonly SpineEntry[],
  events: readonly EventEntry[],
): readonly Row[] {
  const byKey = Map.groupBy(events, ({ key }) => textOf(key));
  return spine.map((row, i): Row => {
    const ofKey = !isKey(row.key) ? [] : available(byKey.get(textOf(row.key)) ?? [], row.cutoff);
    const ofBoth = row.part === null ? [] : ofKey.filter(({ part }) => part === row.part);
    const both = young(newest(ofBoth), row.cutoff, it.ttlNs);
    return [
      ...[BigInt(i), row.key],
      ...(both ? [{ ns: both.event }, { ns: both.known }, ...both.values] : Array<null>(6).fill(null)),
      newest(ofKey)?.values[0] ?? null,
      young(newest(available(events, row.cutoff)), row.cutoff, it.ttlNs)?.key ?? null,
      ...aggregates(row, ofKey, it.windowNs),
    ];
  });
}

/** An event with both of its times. */
interface Known extends EventEntry {
  readonly event: bigint;
  readonly known: bigint;
}

const available = (events: readonly EventEntry[], cutoff: bigint | null): readonly Known[] =>
  events.filter(
    (it): it is Known =>
      cutoff !== null && it.event !== null && it.known !== null && it.event <= cutoff && it.known <= cutoff,
  );

function newest(events: readonly Known[]): Known | undefined {
  return events.reduce<Known | undefined>((best, it) => (best && isNewer(best, it) ? best : it), undefined);
}

/** True if `a` beats `b`: the later event, of equal ones the later known, of equal ones again the one written later. */
function isNewer(a: Known, b: Known): boolean {
  if (a.event !== b.event) return a.event > b.event;
  if (a.known !== b.known) return a.known > b.known;
  return a.place > b.place;
}

const young = (it: Known | undefined, cutoff: bigint | null, ttlNs: bigint | undefined): Known | undefined =>
  it && cutoff !== null && (ttlNs === undefined || cutoff - it.event <= ttlNs) ? it : undefined;

function aggregates(row: SpineEntry, ofKey: readonly Known[], windowNs: bigint): Row {
  const { cutoff } = row;
  if (!isKey(row.key) || cutoff === null) return Array<null>(7).fill(null);
  const entered = ofKey.filter(({ event, known }) => (event > known ? event : known) > cutoff - windowNs);
  const amounts = entered.flatMap(({ values: [amount] }) => (typeof amount === "bigint" ? [amount] : []));
  const flags = entered.flatMap(({ values: [, , flag] }) => (typeof flag === "boolean" ? [flag] : []));
  const sum = amounts.reduce((total, amount) => total + amount, 0n);
  const some = amounts.length > 0;
  return [
    BigInt(entered.length),
    BigInt(entered.filter(({ values }) => values[3] !== null).length),
    some ? sum : null,
    some ? Number(sum) / amounts.length : null,
    flags.length > 0 ? flags.filter(Boolean).length / flags.length : null,
    some ? amounts.reduce((least, amount) => (amount < least ? amount : least)) : null,
    some ? amounts.reduce((most, amount) => (amount > most ? amount : most)) : null,
  ];
}

const isKey = (key: FeatureValue): boolean => key !== null && !Number.isNaN(key);

const textOf = (key: FeatureValue): string => canonicalRowBytes([key]).toString("hex");
