import type { AnonymityDemand } from "./anonymity-demand.ts";
import type { ClassCounts } from "./class-counts.ts";
import { type KAnonymity, kAnonymity } from "./k-anonymity.ts";
import { type LDiversity, lDiversity } from "./l-diversity.ts";
import { type TCloseness, tCloseness } from "./t-closeness.ts";

/** One demand that a table does not fulfil. */
export interface UnmetDemand {
  readonly demand: "k" | "distinctL" | "entropyL" | "recursive" | "t";
  /** The sensitive column; undefined for k. */
  readonly column: string | undefined;
  readonly asked: number;
  readonly found: number;
  readonly message: string;
}

/** How anonymous a table is. It names columns and counts, never a value of a row. */
export interface PrivacyReport {
  readonly quasiIdentifiers: readonly string[];
  readonly anonymity: KAnonymity;
  /** For each sensitive column. */
  readonly diversity: readonly LDiversity[];
  readonly closeness: readonly TCloseness[];
  readonly unmet: readonly UnmetDemand[];
}

/** What classes are held against where nothing is demanded: the k that the figures of small classes refer to, and the l. */
const K_SHOWN = 5;
const L_SHOWN = 2;

/**
 * The report of a table from the counts of its classes. These figures speak of the table alone: they protect against nobody who
 * knows more about a person than the quasi-identifiers, nor against two tables that are put together.
 */
export function privacyReport(counts: ClassCounts, demand: AnonymityDemand = {}): PrivacyReport {
  const anonymity = kAnonymity(counts, demand.k ?? K_SHOWN);
  const diversity = counts.sensitive.map((_, i) => lDiversity(counts, i, demand.recursive?.l ?? L_SHOWN));
  const closeness = counts.sensitive.map((_, i) => tCloseness(counts, i));
  const found = { quasiIdentifiers: counts.quasiIdentifiers, anonymity, diversity, closeness };
  return { ...found, unmet: unmetDemands(found, demand) };
}

function unmetDemands(report: Omit<PrivacyReport, "unmet">, demand: AnonymityDemand): readonly UnmetDemand[] {
  const { k, distinctL, entropyL, recursive, t } = demand;
  const { anonymity, diversity, closeness } = report;
  return [
    ...unmetK(anonymity, k),
    ...diversity.flatMap((it) => [
      ...tooLow("distinctL", it.column, { asked: distinctL, found: it.distinct }),
      ...tooLow("entropyL", it.column, { asked: entropyL, found: it.entropy }),
      ...(recursive && !(it.recursiveRatio < recursive.c)
        ? [unmet("recursive", it.column, { asked: recursive.c, found: it.recursiveRatio })]
        : []),
    ]),
    ...closeness.flatMap((it) =>
      t !== undefined && it.t > t + ROUNDING ? [unmet("t", it.column, { asked: t, found: it.t })] : [],
    ),
  ];
}

const unmetK = (anonymity: KAnonymity, asked: number | undefined): readonly UnmetDemand[] =>
  asked === undefined || anonymity.k >= asked
    ? []
    : [
        {
          demand: "k",
          column: undefined,
          asked,
          found: anonymity.k,
          message:
            `${anonymity.rowsBelow} rows are in ${anonymity.classesBelow} classes of fewer than ${asked} rows. ` +
            `Generalise the quasi-identifiers more, or leave out the rows of small classes.`,
        },
      ];

/** Two values in equal shares have an entropy of just 2, give or take a rounding. */
const ROUNDING = 1e-12;

interface Figures {
  readonly asked: number | undefined;
  readonly found: number;
}

const tooLow = (demand: "distinctL" | "entropyL", column: string, { asked, found }: Figures): readonly UnmetDemand[] =>
  asked === undefined || found >= asked * (1 - ROUNDING) ? [] : [unmet(demand, column, { asked, found })];

function unmet(
  demand: UnmetDemand["demand"],
  column: string,
  { asked, found }: Figures & { readonly asked: number },
): UnmetDemand {
  const message =
    `A class gives away too much about ${column}: ${demand} is ${found}, ${asked} is asked for. ` +
    `Generalise the quasi-identifiers or ${column} more.`;
  return { demand, column, asked, found, message };
}
