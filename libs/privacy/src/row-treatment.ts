import type { FeatureValue } from "@throughline/kernel";
import { DomainError } from "@throughline/kernel";
import { checkPurpose, type PrivacyViolation } from "./check-purpose.ts";
import type { Column, Row } from "./column.ts";
import { formatPreserving } from "./format-preserving.ts";
import { toCalendar, toParent, toPrefix, toRange } from "./generalise.ts";
import { derivedKey, type KeyRing } from "./key-ring.ts";
import { noiseSource } from "./noise.ts";
import { type PrivacyPolicy, type Treatment, treatmentFor } from "./policy.ts";
import { pseudonyms } from "./pseudonym.ts";
import { keyedBytes } from "./random-bytes.ts";
import { treatedType } from "./treated-type.ts";

/** What a treatment depends on besides policy and rows. The same gives the same values. */
export interface TreatmentContext {
  /** What the rows are carried for, such as `fraud-model`. */
  readonly purpose: string;
  readonly keys: KeyRing;
  /** Version of the key, so that an old treatment can be repeated. Default: the newest. */
  readonly keyVersion?: number;
  /**
   * What noise is drawn from, together with the key: one seed for each release of a table, such as the name of the training set.
   * Whoever has two tables with the same noise can take one from the other and has the differences without any.
   */
  readonly seed: string;
}

/** How the rows of a table are treated. */
export interface RowTreatment {
  /** The columns that are left, with their types. */
  readonly columns: readonly Column[];
  /** Begins a pass over the rows. Two passes over the same rows give the same values, noise included. */
  begin(): TreatmentPass;
}

/** One pass over the rows of a table, in their order. */
export interface TreatmentPass {
  readonly row: (row: Row) => Row;
  /** How many values of each column became null because they could not be treated. */
  readonly suppressedCells: () => ReadonlyMap<string, number>;
}

/** A value that a treatment cannot treat becomes undefined. */
type TreatValue = (value: FeatureValue) => FeatureValue | undefined;

/**
 * Plans the treatment of rows with these columns.
 *
 * @throws DomainError denied PURPOSE_REFUSED if `checkPurpose` finds anything; precondition KEY_VERSION_GONE.
 */
export function rowTreatment(
  policy: PrivacyPolicy,
  columns: readonly Column[],
  context: TreatmentContext,
): RowTreatment {
  const violations = checkPurpose(columns, policy, context.purpose);
  if (violations.length > 0) throw purposeRefused(context.purpose, violations);
  const kept = columns.flatMap((column, place) => {
    const treatment = treatmentFor(policy, column.name, context.purpose);
    const type = treatment && treatedType(treatment, column.type);
    return treatment && type && treatment.kind !== "drop" ? [{ column, place, treatment, type }] : [];
  });
  const begin = (): TreatmentPass => {
    const suppressed = new Map<string, number>();
    const cells = kept.map((it) => ({ ...it, treat: treatValue(it.treatment, it.column, context) }));
    const row = (values: Row): Row =>
      cells.map(({ column, place, treat }) => {
        const treated = treat(values[place] ?? null);
        if (treated === undefined) suppressed.set(column.name, (suppressed.get(column.name) ?? 0) + 1);
        return treated ?? null;
      });
    return { row, suppressedCells: () => new Map(suppressed) };
  };
  return { columns: kept.map(({ column, type }) => ({ name: column.name, type })), begin };
}

function treatValue(treatment: Treatment, column: Column, context: TreatmentContext): TreatValue {
  const { keys, purpose, keyVersion } = context;
  const scope = (domain: string) =>
    keyVersion === undefined ? { purpose, domain } : { purpose, domain, version: keyVersion };
  switch (treatment.kind) {
    case "keep":
    case "drop":
      return (value) => value;
    case "blank":
      return () => null;
    case "pseudonym":
      return pseudonyms(keys, scope(treatment.domain));
    case "format_preserving":
      return formatPreserving(keys, scope(treatment.domain), treatment.alphabet).token;
    case "range":
      return toRange(treatment.edges);
    case "calendar":
      return toCalendar(treatment.unit);
    case "prefix":
      return toPrefix(treatment.characters);
    case "hierarchy":
      return toParent(parentsAt(treatment));
    case "laplace":
    case "gaussian":
      return noiseSource(treatment, column.type === "int64", noiseBytes(column.name, context)).add;
  }
}

function noiseBytes(column: string, { keys, purpose, keyVersion, seed }: TreatmentContext) {
  const use = { mechanism: "noise", purpose, scope: [column, seed] } as const;
  return keyedBytes(derivedKey(keys, keyVersion === undefined ? use : { ...use, version: keyVersion }).key);
}

const parentsAt = ({ table, level }: Extract<Treatment, { kind: "hierarchy" }>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(table).flatMap(([value, ancestors]) => {
      const parent = ancestors[level - 1];
      return parent === undefined ? [] : [[value, parent] as const];
    }),
  );

/** The refusal of a purpose, with everything that stands against it. */
export const purposeRefused = (purpose: string, violations: readonly PrivacyViolation[]): DomainError =>
  new DomainError(
    "denied",
    "PURPOSE_REFUSED",
    `These columns may not be carried for ${purpose}. ${violations.map((it) => it.message).join(" ")}`,
    {
      metadata: { purpose, columns: violations.map((it) => it.column).join(",") },
      violations: violations.map((it) => ({ path: it.column, description: it.message })),
    },
  );
