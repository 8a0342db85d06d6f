import { DomainError, type FieldViolation } from "@throughline/kernel";

/** Something in a definition is wrong. All that is wrong is told at once, each with its field. */
export const invalidDefinition = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "invalid",
    "TRANSFORMS_INVALID",
    `The transforms cannot be used: ${violations.map((it) => `${it.path}: ${it.description}`).join("; ")}. Correct the definition and send it again.`,
    { violations },
  );

/** The data do not fit the definition: `field` is the name of the column. */
export const invalidColumn = (field: string, why: string): DomainError =>
  new DomainError("invalid", "TRANSFORMS_COLUMN_INVALID", `The column ${field} ${why}.`, {
    metadata: { column: field },
    violations: [{ path: field, description: why }],
  });

/** Constants are missing, or belong to another definition. */
export const invalidConstants = (field: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "TRANSFORMS_CONSTANTS_INVALID",
    `The constants do not fit the definition: ${field} ${why}. Learn them again from the training set.`,
    { metadata: { field } },
  );

/** The training set has nothing that a step could learn from. */
export const nothingToLearn = (output: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "TRANSFORMS_NOTHING_TO_LEARN",
    `The step that makes ${output} cannot learn its constants: ${why}. Leave the step out, or choose a training set that has such values.`,
    { metadata: { output } },
  );

/** A step would have to remember more than is allowed. */
export const tooMuchToRemember = (output: string, limit: number): DomainError =>
  new DomainError(
    "exhausted",
    "TRANSFORMS_TOO_MANY_VALUES",
    `The step that makes ${output} met more than ${limit} different values. Use a hash instead of a vocabulary, or shorter n-grams.`,
    { metadata: { output, limit: String(limit) } },
  );

/** The transforms cannot be put in front of the model. */
export const notAttachable = (why: string, next: string): DomainError =>
  new DomainError(
    "precondition",
    "TRANSFORMS_NOT_ATTACHABLE",
    `The transforms cannot be put in front of the model: ${why}. ${next}.`,
  );
