/** What was looked at. */
export const KINDS = [
  "experiments",
  "runs",
  "params",
  "tags",
  "metric points",
  "data sets",
  "files",
  "logged models",
  "models",
  "versions",
  "aliases",
] as const;

export type Kind = (typeof KINDS)[number];

/** How an import went. */
export interface ImportReport {
  /** How many of each kind MLflow has. */
  readonly found: Readonly<Record<Kind, number>>;
  /** How many of them were read back from the platform, equal. */
  readonly equal: Readonly<Record<Kind, number>>;
  /** What is not there, or not equal, with the reason. */
  readonly problems: readonly string[];
}

/** Counts while an import goes on. */
export interface Tally {
  /** Notes how many there are, and how many of them were read back equal. */
  add(kind: Kind, found: number, equal: number): void;
  problem(what: string): void;
  report(): ImportReport;
}

export function tally(): Tally {
  const zero = (): Record<Kind, number> => Object.fromEntries(KINDS.map((it) => [it, 0])) as Record<Kind, number>;
  const [found, equal, problems] = [zero(), zero(), [] as string[]];
  return {
    add(kind, there, same) {
      found[kind] += there;
      equal[kind] += same;
    },
    problem: (what) => void problems.push(what),
    report: () => ({ found, equal, problems }),
  };
}
