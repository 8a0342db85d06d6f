import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { expect, test } from "vitest";
import { MODEL_INPUT, transformDefinition } from "./definitions.ts";
import type { Recipe } from "./training.ts";
import { REQUEST_FEATURES, VIEWS } from "./views.ts";

const numbers = Object.entries(VIEWS).flatMap(([view, { features }]) =>
  features.map(({ name }) => ({ name: `${view}__${name}`, type: ValueType.FLOAT64 })),
);
const asked = Object.entries(REQUEST_FEATURES).map(([name, { type }]) => ({ name, type }));

interface Definition {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly steps: readonly {
    readonly kind: string;
    readonly input?: string;
    readonly inputs?: readonly string[];
    readonly output: string;
    readonly indicator?: string;
  }[];
  readonly outputs: readonly { readonly name: string; readonly columns: readonly string[] }[];
}

const definitionOf = (recipe: Recipe): Definition =>
  transformDefinition(recipe, [...numbers, ...asked]) as unknown as Definition;

test.each(["logistic", "boosting", "recent"] as const)(
  "the transforms of the %s model use every raw feature",
  (recipe) => {
    const { columns, steps, outputs } = definitionOf(recipe);
    const used = new Set([
      ...steps.flatMap((it) => it.inputs ?? [it.input ?? ""]),
      ...outputs.flatMap((it) => it.columns),
    ]);
    expect(columns.filter((it) => !used.has(it.name))).toEqual([]);
    expect(outputs.map((it) => it.name)).toEqual([MODEL_INPUT]);
    expect(columns.find((it) => it.name === "departs_local")?.type).toBe("timestamp");
  },
);

test.each(["logistic", "boosting"] as const)("the transforms of the %s model name only what is there", (recipe) => {
  const { columns, steps, outputs } = definitionOf(recipe);
  const there = new Set([
    ...columns.map((it) => it.name),
    ...steps.flatMap((it) => [it.output, ...(it.indicator ? [it.indicator] : [])]),
  ]);
  const wanted = [...steps.flatMap((it) => it.inputs ?? [it.input ?? ""]), ...outputs.flatMap((it) => it.columns)];
  expect(wanted.filter((it) => !there.has(it))).toEqual([]);
});

test("the two recipes together use every kind of step that numbers, texts and times of a flight have a use for", () => {
  const kinds = (["logistic", "boosting"] as const).flatMap((it) => definitionOf(it).steps.map(({ kind }) => kind));
  expect([...new Set(kinds)].sort()).toEqual([
    ...["bucket", "clip", "cross", "date-part", "hash", "impute", "one-hot", "quantile-bucket", "scale", "vocabulary"],
  ]);
});
