import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { figure } from "./format.ts";

/** One step of a transform definition, with what it learned. */
export interface LearnedStep {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** The other fields of the step, as `name value`. */
  readonly settings: readonly string[];
  /** Constants by their name; empty if they are not here, or if the step learns nothing. */
  readonly learned: readonly (readonly [name: string, value: JsonValue])[];
}

const STRUCTURE = ["kind", "input", "inputs", "output"];

/** The steps of a definition beside their constants, both as the platform keeps them: plain JSON. */
export function learnedSteps(
  definition: JsonObject | undefined,
  constants: JsonObject | undefined,
): readonly LearnedStep[] {
  const learned = asObject(constants?.["steps"]);
  return asList(definition?.["steps"]).map((given): LearnedStep => {
    const step = asObject(given);
    const output = String(step["output"] ?? "");
    const known = learned[output];
    return {
      kind: String(step["kind"] ?? ""),
      inputs: asList(step["inputs"] ?? (step["input"] === undefined ? [] : [step["input"]])).map(String),
      output,
      settings: Object.entries(step)
        .filter(([name]) => !STRUCTURE.includes(name))
        .map(([name, value]) => `${name} ${shortJson(value, 8)}`),
      learned: known === undefined ? [] : isObject(known) ? Object.entries(known) : [["value", known]],
    };
  });
}

/** JSON in short: lists with at most `most` elements, numbers with four digits. */
export function shortJson(value: JsonValue, most: number): string {
  if (typeof value === "number") return figure(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const shown = value.slice(0, most).map((it) => shortJson(it, most));
    return `[${shown.join(", ")}${value.length > most ? ", …" : ""}]`;
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    const shown = entries.slice(0, most).map(([name, it]) => `${name} ${shortJson(it, most)}`);
    return `{${shown.join(", ")}${entries.length > most ? ", …" : ""}}`;
  }
  return String(value);
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asObject = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});
const asList = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
