import { compileExpression, type Expression, type ExpressionType } from "@throughline/expressions";
import { isDomainError } from "@throughline/kernel";
import type { FeatureView } from "../feature-view.ts";
import type { Column, ValueType } from "../value-type.ts";
import { featureName, type Selection } from "../view-selection.ts";

/**
 * `cost`: parts of all expressions of a view, and of all on-demand views of a feature service. `steps`: parts times rows of one read,
 * some tenths of a second of work.
 */
export const ON_DEMAND_LIMITS = { cost: 5_000, steps: 4_000_000 } as const;

/** The types that expressions give. */
export type OutputType = Exclude<ValueType, "bytes" | "timestamp">;

/** One feature of an on-demand view. */
export interface OnDemandOutput {
  readonly name: string;
  readonly description: string;
  readonly expression: string;
  readonly type: OutputType;
}

const TYPES: Readonly<Record<ValueType, ExpressionType | undefined>> = {
  bool: "bool",
  int64: "int",
  float64: "double",
  string: "string",
  bytes: undefined,
  timestamp: undefined,
};

/** What expressions call a type; undefined for those that they cannot read. */
export const expressionTypeOf = (type: ValueType): ExpressionType | undefined => TYPES[type];

/** Types of inputs by the names that expressions have for them. */
export type InputTypes = Readonly<Record<string, ExpressionType>>;

/** A view with some of its features. */
interface SelectedView {
  readonly selection: Pick<Selection, "features">;
  readonly view: FeatureView;
}

/** What expressions can read of some views and of what comes with the request. */
export function inputTypes(views: readonly SelectedView[], columns: readonly Column[]): InputTypes {
  const all = [
    ...views.flatMap(({ selection, view }) =>
      view.features.flatMap(({ name, type }) =>
        selection.features.includes(name) ? [{ name: featureName(view.id, name), type }] : [],
      ),
    ),
    ...columns,
  ];
  return Object.fromEntries(
    all.flatMap(({ name, type }) => {
      const known = expressionTypeOf(type);
      return known ? [[name, known]] : [];
    }),
  );
}

/** An expression of any type. */
export type AnyExpression = Expression<ExpressionType>;

/** Compiles the expression of an output. Fails with EXPRESSION_INVALID. */
export const compiled = ({ expression, type }: OnDemandOutput, variables: InputTypes): AnyExpression =>
  compileExpression<ExpressionType>(expression, { variables, result: expressionTypeOf(type) as ExpressionType });

/** What outputs may read, and where problems go. */
export interface Checking {
  readonly types: InputTypes;
  readonly refuse: (path: string, what: string) => void;
}

/** Compiles outputs; what does not compile is a problem that names the view, the output, and the column of the expression. */
export function checkedOutputs(
  view: string,
  outputs: readonly OnDemandOutput[],
  { types, refuse }: Checking,
): readonly AnyExpression[] {
  return outputs.flatMap((output, i) => {
    try {
      return [compiled(output, types)];
    } catch (error) {
      if (!isDomainError(error, "EXPRESSION_INVALID")) throw error;
      refuse(`on_demand_view.outputs[${i}].expression`, `output ${output.name} of ${view}: ${error.message}`);
      return [];
    }
  });
}
