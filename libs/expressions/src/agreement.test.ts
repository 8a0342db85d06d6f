import { type CelInput, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression } from "./expression.ts";
import type { ExpressionType, Value } from "./value.ts";

const VARIABLES = {
  x: "double",
  y: "double",
  n: "int",
  m: "int",
  p: "bool",
  q: "bool",
  s: "string",
  t: "string",
} as const;

/** The evaluator of the package that has the parser: it has the semantics of the language, and knows types only while it runs. */
const reference = (text: string, values: Readonly<Record<string, Value>>): Value | undefined => {
  const found = plan(celEnv(), parse(text))(values as Record<string, CelInput>);
  return isCelError(found) ? undefined : (found as Value);
};

/** Random expressions with the type that they must have. */
const expressions = fc.letrec<Record<ExpressionType, string>>((of) => {
  const both = (side: fc.Arbitrary<string>, ...operators: readonly string[]) =>
    fc.tuple(side, fc.constantFrom(...operators), side).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const chosen = (side: fc.Arbitrary<string>) =>
    fc.tuple(of("bool"), side, side).map(([condition, a, b]) => `(${condition} ? ${a} : ${b})`);
  const listed = (side: fc.Arbitrary<string>) =>
    fc.tuple(side, fc.array(side, { maxLength: 3 })).map(([a, items]) => `(${a} in [${items.join(", ")}])`);
  // The evaluator rounds a whole number that no double is, before it compares it with a double; here both are as they are.
  const exact = fc.constantFrom("n", "m", "0", "1", "-7");
  const mixed = fc
    .tuple(of("double"), fc.constantFrom("<", "<=", ">", ">="), exact, fc.boolean())
    .map(([a, operator, b, isSwapped]) => (isSwapped ? `(${b} ${operator} ${a})` : `(${a} ${operator} ${b})`));
  const depth = { depthSize: "small", withCrossShrink: true } as const;
  return {
    double: fc.oneof(
      depth,
      fc.constantFrom("x", "y", "0.0", "1.5", "-2.25", "1e300", "-0.0"),
      both(of("double"), "+", "-", "*", "/"),
      of("double").map((it) => `-(${it})`),
      of("int").map((it) => `double(${it})`),
      chosen(of("double")),
    ),
    int: fc.oneof(
      depth,
      fc.constantFrom("n", "m", "0", "1", "-7", "9223372036854775807"),
      both(of("int"), "+", "-", "*", "/", "%"),
      of("int").map((it) => `-(${it})`),
      of("string").map((it) => `size(${it})`),
      chosen(of("int")),
    ),
    string: fc.oneof(
      depth,
      fc.constantFrom("s", "t", "'é'", '"a\\"b"', "''"),
      both(of("string"), "+"),
      chosen(of("string")),
    ),
    bool: fc.oneof(
      depth,
      fc.constantFrom("p", "q", "true", "false"),
      both(of("bool"), "&&", "||", "==", "!="),
      both(of("double"), "<", "<=", ">", ">="),
      both(of("int"), "<", "<=", ">", ">="),
      mixed,
      both(of("double"), "==", "!="),
      both(of("int"), "==", "!="),
      both(of("string"), "<", "==", "!=", ">="),
      of("bool").map((it) => `!(${it})`),
      listed(of("string")),
      listed(of("int")),
      fc
        .tuple(of("string"), fc.constantFrom("contains", "startsWith", "endsWith"), of("string"))
        .map(([a, method, b]) => `${a}.${method}(${b})`),
      chosen(of("bool")),
    ),
  };
});

const WHOLE = fc.oneof(
  fc.bigInt(-5n, 5n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).filter((it) => BigInt(Number(it)) === it),
);

const some = fc.record(
  {
    x: fc.double(),
    y: fc.oneof(fc.constantFrom(0, -0, 1.5, Number.NaN), fc.double()),
    n: WHOLE,
    m: WHOLE,
    p: fc.boolean(),
    q: fc.boolean(),
    s: fc.string({ maxLength: 4 }),
    t: fc.constantFrom("", "a", "é", "ab"),
  },
  { requiredKeys: ["p", "s", "t"] },
);

test.each(["double", "int", "bool", "string"] as const)(
  "every well-typed expression of %s has the value that CEL's evaluator gives it, or none where that fails",
  (result) => {
    fc.assert(
      fc.property(expressions[result], some, (text, values) => {
        fc.pre(text.length < 1_500);
        const { evaluate } = compileExpression(text, { variables: VARIABLES, result });
        expect(evaluate(values)).toEqual(reference(text, values));
      }),
      { numRuns: 500 },
    );
  },
);

test("arithmetic of doubles is JavaScript's", () => {
  const operation = fc.constantFrom("+", "-", "*", "/");
  fc.assert(
    fc.property(fc.double(), fc.double(), fc.double(), operation, operation, (x, y, z, first, second) => {
      const text = `(x ${first} y) ${second} z`;
      const { evaluate } = compileExpression(text, {
        variables: { x: "double", y: "double", z: "double" },
        result: "double",
      });
      const wanted = Function("x", "y", "z", `return ${text}`) as (...values: number[]) => number;
      expect(evaluate({ x, y, z })).toBe(wanted(x, y, z));
    }),
  );
});

test("no text does anything but to be compiled or to be refused", () => {
  const pieces = fc.constantFrom(
    "a",
    "1",
    "1.0",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    "'",
    '"',
    "\\",
    "?",
    ":",
    "&&",
    "in",
    "!",
    "-",
    "+",
    "//",
    "\n",
    " ",
    "é",
    "has",
    "\0",
    "`",
    "u",
    "b'",
    "r'",
  );
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((it) => it.join("")),
    fc.string(),
  );
  fc.assert(
    fc.property(text, (it) => {
      try {
        compileExpression(it, { variables: { a: "double" }, result: "double" }).evaluate({ a: 1 });
      } catch (error) {
        expect(error).toMatchObject({ reason: "EXPRESSION_INVALID" });
      }
    }),
    { numRuns: 1_000 },
  );
});
