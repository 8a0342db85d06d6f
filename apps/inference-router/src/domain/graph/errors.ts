import { DomainError, invalidField } from "@throughline/kernel";

/** A node's own deadline passed before it had an output. */
export const nodeDeadline = (node: string, deadlineMs: number): DomainError =>
  new DomainError(
    "deadline",
    "NODE_DEADLINE",
    `The graph node ${node} had no output within its deadline of ${deadlineMs} ms. Give it more time, or declare it soft.`,
    { metadata: { node, deadlineMs: String(deadlineMs) } },
  );

/** A node had nothing to work with: what it pulls is soft, and none of it was there. */
export const nodeWithoutInputs = (node: string, missing: readonly string[]): DomainError =>
  new DomainError(
    "unavailable",
    "NODE_WITHOUT_INPUTS",
    `The graph node ${node} needs an output of ${missing.join(" or ")}, which had none. Try again.`,
    { metadata: { node, missing: missing.join(",") } },
  );

/** An expression of a node has no value for this row, and no fallback is declared. */
export const expressionWithoutValue = (node: string, expression: string): DomainError =>
  new DomainError(
    "precondition",
    "EXPRESSION_WITHOUT_VALUE",
    `The expression of the graph node ${node} has no value for this row: ${expression}. Declare a fallback, or use present().`,
    { metadata: { node } },
  );

/** What a node gave cannot be used. */
export const nodeOutputInvalid = (node: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "NODE_OUTPUT_INVALID",
    `The graph node ${node} gave no usable output: ${why}. Check the inputs, or roll back.`,
    { metadata: { node } },
  );

/** The tensors of a request do not have the same number of rows. */
export const inputsUneven = (counts: Readonly<Record<string, number>>): DomainError => {
  const said = Object.entries(counts).map(([name, rows]) => `${name} has ${rows}`);
  return invalidField(
    "inputs",
    `the tensors have different numbers of rows: ${said.join(", ")}. Send as many of each`,
    "INPUTS_UNEVEN",
  );
};

/** The release fetches features by entity, so that tensors do not say what its graph needs. */
export const releaseTakesEntities = (release: string): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_TAKES_ENTITIES",
    `The graph of ${release} works on features that are fetched by entity. Ask with Predict.`,
    { metadata: { release } },
  );
