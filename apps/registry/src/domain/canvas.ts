import type { NumberedChange } from "./change.ts";

/** The plan of a model on one page, after the boxes of the Machine Learning Canvas. Texts are empty where nothing was said. */
export interface CanvasRecord {
  readonly valueProposition: { readonly endUsers: string; readonly objective: string; readonly benefit: string };
  readonly predictionTask: { readonly entity: string; readonly outcome: string; readonly outcomeDelay: string };
  readonly decisions: { readonly use: string; readonly parameters: string };
  readonly impactSimulation: { readonly data: string; readonly costAndGain: string; readonly fairness: string };
  readonly dataSources: readonly { readonly name: string; readonly description: string }[];
  readonly dataCollection: { readonly initial: string; readonly ongoing: string };
  readonly features: { readonly inputs: string; readonly featureService: string };
  readonly buildingModels: { readonly schedule: string; readonly resources: string };
  readonly makingPredictions: { readonly mode: string; readonly resources: string };
  readonly monitoring: { readonly metrics: string; readonly response: string };
  readonly targets: readonly CanvasTarget[];
}

/** Something that must be reached. Gates may take their bounds from it. */
export interface CanvasTarget {
  readonly id: string;
  readonly metric: string;
  readonly greaterIsBetter: boolean;
  readonly bound: number;
  /** Columns whose slices must reach it too. */
  readonly sliceColumns: readonly string[];
  readonly rationale: string;
}

/** The canvas of a model as one change left it. `change` is absent if nothing was ever written. */
export interface Canvas extends CanvasRecord {
  /** `{model}/canvas`. */
  readonly name: string;
  readonly change?: NumberedChange;
}

/** A canvas on which nothing was written. */
export const EMPTY_CANVAS: CanvasRecord = {
  valueProposition: { endUsers: "", objective: "", benefit: "" },
  predictionTask: { entity: "", outcome: "", outcomeDelay: "" },
  decisions: { use: "", parameters: "" },
  impactSimulation: { data: "", costAndGain: "", fairness: "" },
  dataSources: [],
  dataCollection: { initial: "", ongoing: "" },
  features: { inputs: "", featureService: "" },
  buildingModels: { schedule: "", resources: "" },
  makingPredictions: { mode: "", resources: "" },
  monitoring: { metrics: "", response: "" },
  targets: [],
};

/** What may stay empty: not every model reads features from the store, nor has every decision parameters. */
const OPTIONAL: ReadonlySet<string> = new Set(["features.feature_service", "decisions.parameters"]);

/** How much of a canvas is filled in. */
export interface Completeness {
  /** Share of boxes without anything missing, from 0 to 1. */
  readonly completeness: number;
  /** As paths in the contract, such as `value_proposition.end_users`; a box that is a list has its own name. */
  readonly missing: readonly string[];
}

/** What of a canvas is still to be filled in. */
export function completenessOf(canvas: CanvasRecord): Completeness {
  const boxes = Object.keys(EMPTY_CANVAS) as (keyof CanvasRecord)[];
  const missing = boxes.map((box) => missingIn(snakeCase(box), canvas[box]));
  return { completeness: missing.filter((it) => it.length === 0).length / boxes.length, missing: missing.flat() };
}

function missingIn(path: string, box: CanvasRecord[keyof CanvasRecord]): readonly string[] {
  if (Array.isArray(box)) return box.length === 0 ? [path] : [];
  return Object.entries(box)
    .map(([field, text]) => [`${path}.${snakeCase(field)}`, text] as const)
    .filter(([field, text]) => text.trim() === "" && !OPTIONAL.has(field))
    .map(([field]) => field);
}

/** The name of a field as the contract writes it. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);
