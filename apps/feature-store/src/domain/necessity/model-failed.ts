import { DomainError } from "@throughline/kernel";

/** A model that was run did not give what a model gives. */
export const modelFailed = (model: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "MODEL_FAILED",
    `${model} was run on rows of the training set and failed: ${why}. Ask for the report without importances, or with another model.`,
    { metadata: { model } },
  );
