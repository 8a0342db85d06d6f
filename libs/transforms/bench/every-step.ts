/** Not a bench: a definition with every kind of step. `hard-rows.ts` has the rows that try to break it. */
import type { TransformDefinition } from "../src/index.ts";

const NUMBERS = ["x", "y", "f"] as const;

/** All kinds of steps with all their options, on all types of columns. */
export const EVERY_STEP: TransformDefinition = {
  columns: [
    { name: "x", type: "float64" },
    { name: "y", type: "float64" },
    { name: "f", type: "float32" },
    { name: "n", type: "int64" },
    { name: "b", type: "boolean" },
    { name: "t", type: "timestamp" },
    { name: "s", type: "string" },
    { name: "words", type: "string" },
    { name: "u", type: "timestamp" },
  ],
  steps: [
    ...NUMBERS.flatMap((input) => [
      { kind: "impute", input, output: `${input}_mean`, with: "mean", indicator: `${input}_gone` } as const,
      { kind: "scale", input, output: `${input}_unit`, method: "min-max" } as const,
      { kind: "scale", input, output: `${input}_z`, method: "z-score" } as const,
      { kind: "scale", input, output: `${input}_robust`, method: "robust" } as const,
      { kind: "log", input, output: `${input}_ln` } as const,
      { kind: "log", input, output: `${input}_log1p`, plusOne: true } as const,
      { kind: "quantile-bucket", input, output: `${input}_decile`, buckets: 10 } as const,
      { kind: "clip", input, output: `${input}_clip`, min: -1.5, max: 1000.25 } as const,
    ]),
    { kind: "impute", input: "y", output: "y_median", with: "median" },
    { kind: "impute", input: "n", output: "n_common", with: "most-frequent" },
    { kind: "impute", input: "b", output: "b_zero", with: "constant", value: 0 },
    { kind: "impute", input: "s", output: "s_common", with: "most-frequent", indicator: "s_gone" },
    { kind: "impute", input: "s", output: "s_none", with: "constant", value: "none" },
    { kind: "scale", input: "x_clip", output: "x_range", method: "min-max", range: [-1, 1] },
    // Its least number is 0, and -0 has to stay what it is.
    { kind: "scale", input: "x_floor", output: "x_up", method: "min-max", range: [0, 2] },
    { kind: "scale", input: "n", output: "n_robust", method: "robust", quantiles: [0.05, 0.95] },
    { kind: "log", input: "x", output: "x_log10", base: 10 },
    { kind: "log", input: "n", output: "n_log2", base: 2, plusOne: true },
    { kind: "clip", input: "x", output: "x_floor", min: 0 },
    ...(["add", "subtract", "multiply", "divide"] as const).flatMap((operation) => [
      { kind: "combine", operation, inputs: ["x", "y"], output: `xy_${operation}` } as const,
      { kind: "combine", operation, inputs: ["n", "f"], output: `nf_${operation}` } as const,
    ]),
    { kind: "combine", operation: "subtract", inputs: ["t", "u"], output: "t_since_u" },
    { kind: "combine", operation: "divide", inputs: ["n", "b"], output: "n_by_b" },
    { kind: "bucket", input: "x", output: "x_bucket", boundaries: [-1, 0, 0.5, 1, 1e9] },
    { kind: "bucket", input: "n", output: "n_bucket", boundaries: [0, 3] },
    { kind: "hash", input: "s", output: "s_hash", buckets: 13, seed: 7 },
    { kind: "hash", input: "n", output: "n_hash", buckets: 11, seed: 3 },
    { kind: "vocabulary", input: "s", output: "s_word", sizeMax: 20, countMin: 2 },
    { kind: "vocabulary", input: "s", output: "s_spread", sizeMax: 5, oovBuckets: 4 },
    { kind: "vocabulary", input: "n", output: "n_word", sizeMax: 10, oovBuckets: 3 },
    { kind: "vocabulary", input: "b", output: "b_word" },
    { kind: "one-hot", input: "s_word", output: "s_hot" },
    { kind: "one-hot", input: "x_bucket", output: "x_hot" },
    { kind: "cross", inputs: ["s_word", "x_bucket", "t_weekday"], output: "crossed" },
    { kind: "cross", inputs: ["crossed", "n_hash"], output: "crossed_hash", buckets: 17 },
    {
      kind: "n-grams",
      input: "words",
      output: "grams",
      tokens: { separator: " " },
      lengths: [1, 3],
      lowercase: true,
      sizeMax: 60,
      weight: "tf-idf",
    },
    {
      kind: "n-grams",
      input: "words",
      output: "tags",
      tokens: { separator: "|" },
      lengths: [1, 1],
      sizeMax: 10,
      weight: "binary",
    },
    { kind: "n-grams", input: "s", output: "letters", tokens: "characters", lengths: [2, 3], sizeMax: 30, countMin: 2 },
    ...(["year", "month", "day", "weekday", "hour", "minute", "second"] as const).flatMap((part) => [
      { kind: "date-part", input: "t", output: `t_${part}_number`, part } as const,
      ...(part === "year"
        ? []
        : [
            { kind: "date-part", input: "t", output: `t_${part}_circle`, part, as: "cyclic" } as const,
            { kind: "date-part", input: "t", output: `t_${part}`, part, as: "category" } as const,
          ]),
    ]),
    { kind: "pca", inputs: ["x_mean", "y_median", "f_mean", "n_common"], output: "raw_pca", components: 3 },
    { kind: "pca", inputs: ["x_range", "s_hot", "t_hour_circle"], output: "pca", components: 4, whiten: true },
  ],
  outputs: [
    {
      name: "doubles",
      type: "float64",
      columns: [
        ...["x", "f", "n", "b"],
        ...NUMBERS.flatMap((it) =>
          ["mean", "gone", "unit", "z", "robust", "ln", "log1p", "decile", "clip"].map((step) => `${it}_${step}`),
        ),
        ...["y_median", "n_common", "b_zero", "s_gone", "x_range", "n_robust", "x_log10", "n_log2", "x_floor", "x_up"],
        ...["add", "subtract", "multiply", "divide"].flatMap((it) => [`xy_${it}`, `nf_${it}`]),
        ...["t_since_u", "n_by_b", "s_hot", "x_hot", "grams", "tags", "letters", "raw_pca", "pca"],
        ...["year", "month", "day", "weekday", "hour", "minute", "second"].map((it) => `t_${it}_number`),
        ...["month", "day", "weekday", "hour", "minute", "second"].map((it) => `t_${it}_circle`),
      ],
    },
    { name: "floats", columns: ["x_unit", "y_z", "f_robust", "x_ln", "grams", "t_hour_circle", "raw_pca"] },
    {
      name: "categories",
      type: "int64",
      columns: [
        ...[
          "x_bucket",
          "n_bucket",
          "x_decile",
          "s_hash",
          "n_hash",
          "s_word",
          "s_spread",
          "n_word",
          "b_word",
          "crossed",
          "crossed_hash",
        ],
        ...["month", "day", "weekday", "hour", "minute", "second"].map((it) => `t_${it}`),
      ],
    },
  ],
};
