import { compileExpression, type Expression, type ExpressionType, type ValueOf } from "@throughline/expressions";
import { DomainError, type FeatureValue } from "@throughline/kernel";

/** An expression over columns, whose types are those that the values turn out to have. */
export interface RowExpression<R extends ExpressionType> {
  /** The value; undefined if there is none, also if the values are of types that the expression cannot work with. */
  evaluate(valueIn: (column: string) => FeatureValue | undefined): ValueOf<R> | undefined;
}

/** Types that a column without a value is taken for, until it had one. */
const CANDIDATES: readonly ExpressionType[] = ["double", "int", "string", "bool"];
/** Assumptions that are tried for columns that never had a value. */
const TRIES_MAX = 256;
/** Compiled forms that are kept: columns rarely change their types. */
const FORMS_MAX = 16;

/**
 * An expression over columns of which only the names are known: a release pins its features by name, and the registry has checked
 * the types. It is compiled once for each combination of types that occurs. What a column without a value is taken for makes no
 * difference: nothing can be computed of it, whatever its type.
 */
export function rowExpression<R extends ExpressionType>(
  text: string,
  columns: readonly string[],
  result: R,
): RowExpression<R> {
  const names = columns.filter((it) => text.includes(it));
  const forms = new Map<string, Expression<R> | undefined>();
  const learnt = new Map<string, ExpressionType>();
  return {
    evaluate(valueIn) {
      const values: Record<string, string | number | boolean | bigint | null> = {};
      for (const name of names) {
        const value = valueIn(name) ?? null;
        const type = typeOf(value);
        if (type === undefined) continue;
        values[name] = value as string | number | boolean | bigint;
        learnt.set(name, type);
      }
      const types = names.map((it) => (values[it] === undefined ? learnt.get(it) : typeOf(values[it])));
      const key = types.join();
      if (!forms.has(key)) {
        if (forms.size >= FORMS_MAX) forms.clear();
        forms.set(key, firstThatFits({ text, names, types, result }));
      }
      return forms.get(key)?.evaluate(values);
    },
  };
}

function typeOf(value: FeatureValue | undefined): ExpressionType | undefined {
  if (typeof value === "number") return "double";
  if (typeof value === "bigint") return "int";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : undefined;
}

interface Typing<R> {
  readonly text: string;
  readonly names: readonly string[];
  /** Undefined where nothing is known. */
  readonly types: readonly (ExpressionType | undefined)[];
  readonly result: R;
}

function firstThatFits<R extends ExpressionType>({ text, names, types, result }: Typing<R>): Expression<R> | undefined {
  const open = types.flatMap((it, i) => (it === undefined ? [i] : []));
  const tries = Math.min(TRIES_MAX, CANDIDATES.length ** open.length);
  for (let assumption = 0; assumption < tries; assumption++) {
    const variables: Record<string, ExpressionType> = {};
    names.forEach((name, i) => {
      const place = open.indexOf(i);
      const assumed = CANDIDATES[Math.floor(assumption / CANDIDATES.length ** place) % CANDIDATES.length];
      variables[name] = types[i] ?? assumed ?? "double";
    });
    try {
      return compileExpression(text, { variables, result });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }
  return undefined;
}
