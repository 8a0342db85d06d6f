import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Case } from "./cases.ts";
import type { Measured } from "./measure.ts";

/** How one demand stands beside one peer. */
export interface Standing {
  readonly demand: string;
  readonly callers: number;
  /** Whom ours is held against; empty where ours alone has to keep a bound. */
  readonly beside: string;
  /** What was seen; left out until it is measured. */
  readonly ours?: number;
  readonly theirs?: number;
  /** How many times as good as theirs ours is. */
  readonly ratio?: number;
  /** In words; empty where nothing is asked. */
  readonly asked: string;
  readonly isMet?: boolean;
}

const identityOf = ({ demand, callers, beside }: Standing): string => `${demand} / ${callers} / ${beside}`;

/** The demands of a case, with what was measured of it, if it was. */
export function standings(it: Case, beside: string, measured: readonly Measured[] = []): readonly Standing[] {
  const [own, others] = measured;
  const { name, callers, asked, bound } = it;
  const seen = (of: Measured): number => (asked?.of === "p50" ? of.p50 : of.perSecond);
  const ratio = own && others && (asked?.of === "p50" ? others.p50 / own.p50 : own.perSecond / others.perSecond);
  const compared: Standing = {
    demand: `${name}, ${asked?.of === "p50" ? "p50 ms" : `${it.unit} a second`}`,
    callers,
    beside,
    ...(own && { ours: seen(own) }),
    ...(others && { theirs: seen(others) }),
    ...(ratio !== undefined && { ratio }),
    asked: asked ? `${asked.ratio} times` : "",
    ...(ratio !== undefined && asked && { isMet: ratio >= asked.ratio }),
  };
  return [...(beside === "" ? [] : [compared]), ...(bound ? [bounded(it, bound, own)] : [])];
}

function bounded(it: Case, bound: NonNullable<Case["bound"]>, own: Measured | undefined): Standing {
  const ofRate = bound.of === "rate";
  const ours = own && (ofRate ? own.perSecond : own.p99);
  return {
    demand: `${it.name}, ${ofRate ? `${it.unit} a second` : "p99 ms"}`,
    callers: it.callers,
    beside: "",
    ...(ours !== undefined && { ours, isMet: ofRate ? ours >= bound.value : ours < bound.value }),
    asked: `${ofRate ? "at least" : "under"} ${bound.value.toLocaleString("en")}`,
  };
}

/** Resident memory is to be a tenth of that of MLflow's default. */
const MEMORY_RATIO = 10;
const MEMORY = "resident memory, MB";

/** How memory stands beside a peer's, after the same work. */
export function memoryStanding(beside: string, ours?: number, theirs?: number): Standing {
  const isAsked = beside === "mlflow, default";
  const asked = isAsked ? `${MEMORY_RATIO} times less` : "";
  if (ours === undefined || theirs === undefined) return { demand: MEMORY, callers: 0, beside, asked };
  const ratio = theirs / ours;
  return {
    demand: MEMORY,
    callers: 0,
    beside,
    ours,
    theirs,
    ratio,
    asked,
    ...(isAsked && { isMet: ratio >= MEMORY_RATIO }),
  };
}

/** What earlier pieces have seen, kept in a file: a bench in pieces ends with the table of all. */
export interface StandingBook {
  add(all: readonly Standing[]): void;
  /** Prints every demand of the list, also those that nobody has measured yet. */
  print(wanted: readonly Standing[]): void;
}

/**
 * The book in a file. Of what was measured several times the newest counts; of memory, which grows with what was done, the
 * worst.
 */
export function standingBook(path: string): StandingBook {
  const seen = new Map<string, Standing>();
  const take = (it: Standing): void => {
    const before = seen.get(identityOf(it));
    if (it.demand !== MEMORY || (it.ratio ?? 0) <= (before?.ratio ?? Number.POSITIVE_INFINITY))
      seen.set(identityOf(it), it);
  };
  if (existsSync(path)) {
    for (const line of readFileSync(path, "utf8").split("\n")) if (line !== "") take(JSON.parse(line) as Standing);
  }
  return {
    add(all) {
      for (const it of all) {
        take(it);
        appendFileSync(path, `${JSON.stringify(it)}\n`);
      }
    },
    print(wanted) {
      const once = new Map(wanted.map((it) => [identityOf(it), it]));
      console.table([...once].map(([identity, it]) => shown(seen.get(identity) ?? it)));
    },
  };
}

const rounded = (value: number): number => Number(value.toPrecision(3));

const shown = ({ demand, callers, beside, ours, theirs, ratio, asked, isMet }: Standing) => ({
  demand,
  callers,
  beside,
  ours: ours === undefined ? "" : rounded(ours),
  theirs: theirs === undefined ? "" : rounded(theirs),
  ratio: ratio === undefined ? "" : rounded(ratio),
  asked,
  verdict: ours === undefined ? "not measured" : isMet === undefined ? "" : isMet ? "met" : "short",
});
