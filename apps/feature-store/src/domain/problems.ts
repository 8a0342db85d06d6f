import { DomainError, type FieldViolation, isDomainError } from "@throughline/kernel";

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

/** Where something stands by itself, and where it stands in a request. */
export interface Place {
  /** Such as `feature_view`. */
  readonly from: string;
  /** Such as `definitions.feature_views[3]`. */
  readonly to: string;
}

/** What `work` gives, or none; its problems with fields are added under the path at which the thing stands in the request. */
export function atPath<T>(found: Problems, place: Place, work: () => T): readonly T[] {
  try {
    return [work()];
  } catch (error) {
    moveProblems(found, place, error);
    return [];
  }
}

/** Adds the problems that a failure tells of; throws it on if it is no failure of fields. */
export function moveProblems(found: Problems, { from, to }: Place, error: unknown): void {
  if (!isDomainError(error) || error.kind !== "invalid" || error.violations.length === 0) throw error;
  for (const it of error.violations) {
    const rest = it.path.startsWith(from) ? it.path.slice(from.length) : `.${it.path}`;
    found.add(to + rest, it.description);
  }
}
