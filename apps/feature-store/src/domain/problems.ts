import { DomainError, type FieldViolation } from "@throughline/kernel";

/** So many problems are told at once; a file of a million wrong rows must not make a message of a million lines. */
const PROBLEMS_MAX = 100;

/** Collects everything that is wrong with a request, so that its author mends it in one go. */
export interface Problems {
  /** `path` is in proto field names, such as `feature_view.features[2].column`. */
  add(path: string, description: string): void;
  /** Fails with INVALID_FIELD and all problems if there are any. */
  throwIfAny(): void;
}

export function problems(): Problems {
  const violations: FieldViolation[] = [];
  return {
    add(path, description) {
      if (violations.length < PROBLEMS_MAX) violations.push({ path, description });
    },
    throwIfAny() {
      const [first] = violations;
      if (!first) return;
      const message = violations.map((it) => `${it.path}: ${it.description}`).join("; ");
      throw new DomainError("invalid", "INVALID_FIELD", message, { metadata: { field: first.path }, violations });
    },
  };
}

/** Adds a problem for each name that is there twice, comparing without case as tables do. `pathAt` names the field. */
export function refuseTwins(found: Problems, names: readonly string[], pathAt: (index: number) => string): void {
  const seen = new Set<string>();
  names.forEach((name, i) => {
    const key = name.toLowerCase();
    if (seen.has(key)) found.add(pathAt(i), `"${name}" is there twice (upper and lower case are the same)`);
    seen.add(key);
  });
}
