import type { AnonymityDemand } from "./anonymity-demand.ts";
import type { CalendarUnit } from "./generalise.ts";
import type { Noise } from "./noise.ts";

/**
 * What a column can do to a person. An identifier names one by itself; quasi-identifiers do so together; a sensitive value is what
 * nobody should learn about a person.
 */
export type ColumnClass = "identifier" | "quasi_identifier" | "sensitive" | "none";

/** What happens to the values of a column before they are carried. Values that a treatment cannot treat become null, and are counted. */
export type Treatment =
  | { readonly kind: "keep" }
  /** The column is left out. */
  | { readonly kind: "drop" }
  /** All values become null, so that the column keeps its place. */
  | { readonly kind: "blank" }
  /** See `pseudonyms`. `domain`: what kind of thing is named; columns of one domain join. */
  | { readonly kind: "pseudonym"; readonly domain: string }
  /** See `formatPreserving`. */
  | { readonly kind: "format_preserving"; readonly domain: string; readonly alphabet: string }
  /** See `toRange`. At most 1,000 edges. */
  | { readonly kind: "range"; readonly edges: readonly number[] }
  /** See `toCalendar`. */
  | { readonly kind: "calendar"; readonly unit: CalendarUnit }
  /** See `toPrefix`. */
  | { readonly kind: "prefix"; readonly characters: number }
  /** `table` has the ancestors of each value, nearest first; `level` says which is carried, from 1. */
  | {
      readonly kind: "hierarchy";
      readonly table: Readonly<Record<string, readonly string[]>>;
      readonly level: number;
    }
  /** See `noiseSource`. */
  | Noise;

/** For what a column may be carried, and how. */
export interface PermittedUse {
  /** Names of purposes; `*` stands for every purpose. */
  readonly purposes: readonly string[];
  readonly treatment: Treatment;
}

/** The class of a column, and what it may be carried for. */
export interface ColumnRule {
  readonly column: string;
  readonly class: ColumnClass;
  /** The first that names the purpose decides. None: a column of class `none` is carried as it is, any other not at all. */
  readonly uses: readonly PermittedUse[];
}

/** Who may see what of a table, as pure data. Check it with `checkPolicy` before it is kept. */
export interface PrivacyPolicy {
  readonly columns: readonly ColumnRule[];
  /** What becomes of columns that no rule names. */
  readonly unlisted: "refuse" | "carry";
  /** Rows that share their quasi-identifiers with fewer than this many rows, themselves counted, are left out. */
  readonly rowsPerClassMin?: number;
  /** What the treated table must fulfil; see `privacyReport`. */
  readonly demand?: AnonymityDemand;
}

export const EVERY_PURPOSE = "*";

const KEEP: Treatment = { kind: "keep" };

/** What the policy does with a column for a purpose; undefined if the column may not be carried for it. */
export function treatmentFor(policy: PrivacyPolicy, column: string, purpose: string): Treatment | undefined {
  const rule = policy.columns.find((it) => it.column === column);
  if (!rule) return policy.unlisted === "carry" ? KEEP : undefined;
  const use = rule.uses.find(({ purposes }) => purposes.includes(purpose) || purposes.includes(EVERY_PURPOSE));
  return use?.treatment ?? (rule.class === "none" ? KEEP : undefined);
}

/** The columns of a class, in the order of the policy. */
export const columnsOfClass = (policy: PrivacyPolicy, wanted: ColumnClass): readonly string[] =>
  policy.columns.filter((it) => it.class === wanted).map((it) => it.column);
