import { invalidField } from "@throughline/kernel";
import { type Fields, pathOf, text } from "../json-fields.ts";
import { checkedKey } from "./names.ts";

/** A tag of a model or of a version. */
export const registryTag = (fields: Fields): readonly [string, string] => [
  checkedKey(text(fields, "key"), pathOf(fields, "key")),
  text(fields, "value"),
];

// By their names in lower case.
const STAGES: ReadonlyMap<string, string> = new Map(
  ["None", "Staging", "Production", "Archived"].map((it) => [it.toLowerCase(), it]),
);

/** The stage of any case. Fails for one that MLflow does not know. */
export function stageOf(given: string, path: string): string {
  const stage = STAGES.get(given.toLowerCase());
  if (stage === undefined)
    throw invalidField(path, `Invalid Model Version stage. Value must be one of ${[...STAGES.values()].join(", ")}`);
  return stage;
}

// What clients add to every search, to leave prompts out: nothing here is one.
const NO_PROMPTS = /(?:^|\s+AND\s+)tags?\.`mlflow\.prompt\.is_prompt` != 'true'\s*$/;

/** The filter of a search in the registry. */
export const registryFilter = (fields: Fields): string => text(fields, "filter").replace(NO_PROMPTS, "");
