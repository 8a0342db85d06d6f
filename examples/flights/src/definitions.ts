import type { JsonObject } from "@bufbuild/protobuf";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Recipe } from "./training.ts";

/** A raw column of a training set. */
export interface RawColumn {
  readonly name: string;
  readonly type: ValueType;
}

type Step = JsonObject & { readonly kind: string };

/** Types of raw columns, as the transforms name them. */
const TYPES: Partial<Readonly<Record<ValueType, string>>> = {
  [ValueType.BOOL]: "boolean",
  [ValueType.INT64]: "int64",
  [ValueType.FLOAT64]: "float64",
  [ValueType.STRING]: "string",
  [ValueType.TIMESTAMP]: "timestamp",
};

/** Name of the model's input, which the transforms feed. */
export const MODEL_INPUT = "features";

/**
 * What becomes of the raw features before a recipe's model sees them: a definition of transforms, as data. Every number of the
 * views takes part, whatever views the feature service has.
 */
export function transformDefinition(recipe: Recipe, columns: readonly RawColumn[]): JsonObject {
  const numbers = columns.filter((it) => it.name.includes("__")).map((it) => it.name);
  const steps = recipe === "logistic" ? [...SCHEDULE, ...forLines(numbers)] : [...SCHEDULE, ...FOR_TREES];
  const ends = recipe === "logistic" ? linesRead(numbers) : [...TREES_READ, ...numbers];
  return {
    columns: columns.map(({ name, type }) => ({ name, type: TYPES[type] ?? "" })),
    steps,
    outputs: [{ name: MODEL_INPUT, columns: ends }],
  };
}

/** What both recipes make of the schedule. */
const SCHEDULE: readonly Step[] = [
  { kind: "vocabulary", input: "carrier", output: "carriers", sizeMax: 16 },
  { kind: "vocabulary", input: "origin", output: "origins", sizeMax: 3 },
  { kind: "date-part", input: "departs_local", output: "hour", part: "hour" },
  { kind: "date-part", input: "departs_local", output: "weekdays", part: "weekday", as: "category" },
  { kind: "date-part", input: "departs_local", output: "season", part: "month", as: "cyclic" },
];

const oneHot = (input: string): Step => ({ kind: "one-hot", input, output: `${input}_hot` });

/** A line needs numbers of like size, none of them missing, and categories as elements of their own. */
function forLines(numbers: readonly string[]): readonly Step[] {
  return [
    ...numbers.flatMap((name): readonly Step[] => [
      ...(isDelay(name) ? [{ kind: "clip", input: name, output: `${name}_clipped`, min: -30, max: 180 }] : []),
      {
        kind: "impute",
        input: isDelay(name) ? `${name}_clipped` : name,
        output: `${name}_known`,
        with: "median",
        ...(isOften(name) ? { indicator: `${name}_missing` } : {}),
      },
      { kind: "scale", input: `${name}_known`, output: `${name}_scaled`, method: isDelay(name) ? "robust" : "z-score" },
    ]),
    { kind: "bucket", input: "hour", output: "parts_of_day", boundaries: [7, 10, 13, 16, 19] },
    { kind: "quantile-bucket", input: "distance_miles", output: "distances", buckets: 8 },
    { kind: "scale", input: "hour", output: "hour_scaled", method: "min-max" },
    { kind: "scale", input: "sched_duration_minutes", output: "duration_scaled", method: "z-score" },
    { kind: "hash", input: "dest", output: "destinations", buckets: 16 },
    { kind: "cross", inputs: ["origins", "carriers"], output: "routes", buckets: 24 },
    ...LINE_CATEGORIES.map(oneHot),
  ];
}

const LINE_CATEGORIES = ["carriers", "origins", "weekdays", "parts_of_day", "distances", "destinations", "routes"];

const linesRead = (numbers: readonly string[]): string[] => [
  ...numbers.flatMap((it) => [`${it}_scaled`, ...(isOften(it) ? [`${it}_missing`] : [])]),
  ...["hour_scaled", "duration_scaled", "season"],
  ...LINE_CATEGORIES.map((it) => `${it}_hot`),
];

/** Trees take numbers as they are, with those that are missing; categories are numbers to them. */
const FOR_TREES: readonly Step[] = [
  { kind: "vocabulary", input: "dest", output: "destinations", sizeMax: 120 },
  { kind: "date-part", input: "departs_local", output: "minute", part: "minute" },
  { kind: "date-part", input: "departs_local", output: "month", part: "month" },
  { kind: "cross", inputs: ["origins", "carriers"], output: "routes" },
];

const TREES_READ = [
  ...["carriers", "origins", "destinations", "routes", "hour", "minute", "weekdays", "month", "season"],
  ...["distance_miles", "sched_duration_minutes"],
];

/** Minutes of delay have a long tail. */
const isDelay = (name: string): boolean => /__(dep|arr)_delay/.test(name);

/** Missing so often that it says something. */
const isOften = (name: string): boolean => ["weather__wind_gust", "weather__pressure"].includes(name);
