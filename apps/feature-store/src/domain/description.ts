import type { Change, Write } from "@throughline/store";

/**
 * What is said of a view or a feature service, and belongs to none of its versions: no value depends on it, and whoever
 * corrects a description or hands a view over must not have to release every model anew.
 */
export interface Description {
  readonly description: string;
  readonly owner: string;
  readonly tags: Readonly<Record<string, string>>;
  /** How old the newest event may be. Views alone; undefined: no target. */
  readonly freshnessTargetNs?: bigint | undefined;
  /** What the features cost, in words. Views alone. */
  readonly costNote: string;
}

/** Something with its description. */
export type Described<T> = T & Description;

/** What is described. */
export interface Subject {
  readonly kind: "views" | "onDemandViews" | "services";
  readonly project: string;
  readonly id: string;
}

/** A description as it stands. */
export interface KeptDescription {
  readonly value: Description;
  readonly revision: number;
}

/**
 * Descriptions, with who changed them when. Laws, checked by `testDescriptions`:
 * - Of several writers that read the same revision exactly one succeeds; the others fail with REVISION_CONFLICT or ALREADY_EXISTS.
 * - What there was before a change stays in the history.
 */
export interface Descriptions {
  get(subject: Subject): Promise<KeptDescription | undefined>;
  setting(
    subject: Subject,
    description: Description,
    given: { readonly current: KeptDescription | undefined; readonly change: Change },
  ): Promise<readonly Write[]>;
}

/** What is said of something whose author said nothing. */
export const UNDESCRIBED: Description = { description: "", owner: "", tags: {}, costNote: "" };

/** Puts a description to what it is of. What is of before there were these has it in itself. */
export function described<T extends { readonly description: string; readonly owner?: string }>(
  it: T,
  kept: KeptDescription | undefined,
): Described<T> {
  const own = { ...UNDESCRIBED, description: it.description, owner: it.owner ?? "" };
  return { ...it, ...(kept?.value ?? own) };
}
