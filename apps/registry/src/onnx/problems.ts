import type { FieldViolation } from "@throughline/kernel";

/** What is wrong with a model, in the order in which it was found. */
export interface Problems {
  add(path: string, description: string): void;
  readonly found: readonly FieldViolation[];
}

/** Keeps the first `most` problems: a file of a million faults is told about, not copied. */
export function problemList(most: number): Problems {
  const found: FieldViolation[] = [];
  return {
    found,
    add(path, description) {
      if (found.length < most) found.push({ path, description: description.slice(0, 1_000) });
    },
  };
}

/** A name from a model within quotes, cut, for messages. */
export const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
