import { FUNCTIONS, METHODS } from "./functions.ts";
import { listed, qualifiedName } from "./names.ts";
import { isEqual, OPERATORS } from "./operators.ts";
import { type Overload, overloadFor, waysToCall } from "./overloads.ts";
import type { Syntax } from "./syntax.ts";
import { type Compute, type ExpressionType, type Value, valueAs } from "./value.ts";

/** A part of an expression with its type known. */
export interface Typed {
  readonly type: ExpressionType;
  readonly compute: Compute;
}

/** What the parts of one expression share. */
export interface Scope {
  readonly variables: Readonly<Record<string, ExpressionType>>;
  /** Names of variables that were read. */
  readonly used: Set<string>;
  /** Called once for each part; refuses too many. */
  readonly count: (part: Syntax) => void;
  /** Fails with EXPRESSION_INVALID at a part. */
  readonly refuse: (part: Syntax, problem: string) => never;
}

/** Checks the types of a part and of all in it, and makes of it what computes its value. Fails with EXPRESSION_INVALID. */
export function typed(part: Syntax, scope: Scope): Typed {
  scope.count(part);
  const { exprKind } = part;
  switch (exprKind.case) {
    case "constExpr":
      return constant(part, scope);
    case "identExpr":
      return variable(part, exprKind.value.name, scope);
    case "selectExpr":
      if (exprKind.value.testOnly) return scope.refuse(part, MACROS);
      return variable(part, qualifiedName(part) ?? scope.refuse(part, "values have no fields"), scope);
    case "callExpr":
      return call(part, exprKind.value, scope);
    case "listExpr":
      return scope.refuse(part, "a list can only be on the right of `in`");
    case "comprehensionExpr":
      return scope.refuse(part, MACROS);
    default:
      return scope.refuse(part, "maps and messages are not part of the language here");
  }
}

const MACROS = "macros such as has, all, exists and map are not part of the language here; present(name) is";

type CallSyntax = Extract<Syntax["exprKind"], { case: "callExpr" }>["value"];

function constant(part: Syntax, { refuse }: Scope): Typed {
  const kind = part.exprKind.case === "constExpr" ? part.exprKind.value.constantKind : undefined;
  switch (kind?.case) {
    case "doubleValue":
      return fixed("double", kind.value);
    case "boolValue":
      return fixed("bool", kind.value);
    case "stringValue":
      return fixed("string", kind.value);
    case "int64Value": {
      const value = valueAs("int", kind.value);
      return value === undefined ? refuse(part, "the number does not fit into 64 bits") : fixed("int", value);
    }
    default:
      return refuse(part, "null, bytes and unsigned numbers are not part of the language here");
  }
}

const fixed = (type: ExpressionType, value: Value): Typed => ({ type, compute: () => value });

function variable(part: Syntax, name: string, { variables, used, refuse }: Scope): Typed {
  const type = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (type === undefined) return refuse(part, `there is no ${name}; there is ${listed(variables)}`);
  used.add(name);
  return { type, compute: (values) => valueAs(type, values[name]) };
}

function call(part: Syntax, it: CallSyntax, scope: Scope): Typed {
  switch (it.function) {
    case "_&&_":
      return decided(part, it, { decisive: false, scope });
    case "_||_":
      return decided(part, it, { decisive: true, scope });
    case "_?_:_":
      return chosen(part, it, scope);
    case "@in":
      return member(part, it, scope);
    case "present":
      return present(part, it, scope);
    default:
      return applied(part, it, scope);
  }
}

/** The arguments of a syntactic form, which has as many as the form needs. */
function argumentsOf(part: Syntax, { args, target }: CallSyntax, scope: Scope): readonly [Syntax, Syntax, Syntax] {
  const [first = part, second = part, third = part] = args;
  if (target !== undefined || first === part) return scope.refuse(part, "it is called in a way that it cannot be");
  return [first, second, third];
}

interface Decided {
  /** A side that has this value decides alone, even where the other has none. */
  readonly decisive: boolean;
  readonly scope: Scope;
}

function decided(part: Syntax, it: CallSyntax, { decisive, scope }: Decided): Typed {
  const sides = it.args.map((side) => ofType("bool", side, scope).compute);
  if (sides.length < 2) return scope.refuse(part, "it needs two sides");
  const compute: Compute = (values) => {
    let known = true;
    for (const side of sides) {
      const value = side(values);
      if (value === decisive) return decisive;
      if (value === undefined) known = false;
    }
    return known ? !decisive : undefined;
  };
  return { type: "bool", compute };
}

function chosen(part: Syntax, it: CallSyntax, scope: Scope): Typed {
  const [first, second, third] = argumentsOf(part, it, scope);
  const condition = ofType("bool", first, scope).compute;
  const [yes, no] = [typed(second, scope), typed(third, scope)];
  if (yes.type !== no.type)
    return scope.refuse(part, `one branch is ${yes.type} and the other ${no.type}; both must be the same`);
  const compute: Compute = (values) => {
    const value = condition(values);
    return value === undefined ? undefined : value ? yes.compute(values) : no.compute(values);
  };
  return { type: yes.type, compute };
}

function member(part: Syntax, it: CallSyntax, scope: Scope): Typed {
  const [wanted, list] = argumentsOf(part, it, scope);
  const value = typed(wanted, scope);
  if (list.exprKind.case !== "listExpr") return scope.refuse(list, "`in` needs a list, such as [1, 2]");
  scope.count(list);
  const items = list.exprKind.value.elements.map((item) => ofType(value.type, item, scope).compute);
  const compute: Compute = (values) => {
    const sought = value.compute(values);
    const known = items.map((item) => item(values));
    // As in CEL, a list is none if one of its items has no value.
    if (sought === undefined || known.includes(undefined)) return undefined;
    return known.some((it) => it !== undefined && isEqual(it, sought));
  };
  return { type: "bool", compute };
}

/** Whether a variable has a value: the one question that is never without an answer. */
function present(part: Syntax, it: CallSyntax, scope: Scope): Typed {
  const [argument] = argumentsOf(part, it, scope);
  const name = qualifiedName(argument);
  if (name === undefined || it.args.length !== 1)
    return scope.refuse(part, "present takes the name of one variable, such as present(wind)");
  scope.count(argument);
  const { compute } = variable(argument, name, scope);
  return { type: "bool", compute: (values) => compute(values) !== undefined };
}

function ofType(wanted: ExpressionType, part: Syntax, scope: Scope): Typed {
  const found = typed(part, scope);
  return found.type === wanted ? found : scope.refuse(part, `it is ${found.type} where ${wanted} is needed`);
}

/** A call of an operator or a function whose arguments are all computed first. */
function applied(part: Syntax, it: CallSyntax, scope: Scope): Typed {
  const { overloads, args, name } = called(part, it, scope);
  const found = args.map((argument) => typed(argument, scope));
  const types = found.map(({ type }) => type);
  const overload = overloadFor(overloads, types);
  if (!overload)
    return scope.refuse(part, `${name} takes ${waysToCall(overloads)}, not (${types.join(", ")})${hint(types)}`);
  return {
    type: overload.gives,
    compute: computeOf(
      overload,
      found.map(({ compute }) => compute),
    ),
  };
}

const hint = (types: readonly ExpressionType[]): string =>
  types.includes("int") && types.includes("double")
    ? "; a number with a point, such as 1.0, is double, and double(x) makes one of a whole number"
    : "";

interface Called {
  readonly name: string;
  readonly overloads: readonly Overload[];
  readonly args: readonly Syntax[];
}

function called(part: Syntax, { function: name, target, args }: CallSyntax, { refuse }: Scope): Called {
  const space = target && qualifiedName(target);
  const qualified = space === undefined ? name : `${space}.${name}`;
  if (target && !Object.hasOwn(FUNCTIONS, qualified)) {
    const overloads = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    return overloads ? { name, overloads, args: [target, ...args] } : refuse(part, `there is no function ${qualified}`);
  }
  const overloads = Object.hasOwn(OPERATORS, name) && !target ? OPERATORS[name] : undefined;
  if (overloads) return { name: name.replaceAll("_", ""), overloads, args };
  const functions = Object.hasOwn(FUNCTIONS, qualified) ? FUNCTIONS[qualified] : undefined;
  return functions
    ? { name: qualified, overloads: functions, args }
    : refuse(part, `there is no function ${qualified}`);
}

/** One and two arguments, which are nearly all there are, without a list made for each evaluation. */
function computeOf(overload: Overload, computes: readonly Compute[]): Compute {
  const apply = overload.apply as (...values: readonly Value[]) => Value | undefined;
  const [first, second] = computes;
  if (first && second && computes.length === 2)
    return (values) => {
      const [a, b] = [first(values), second(values)];
      return a === undefined || b === undefined ? undefined : apply(a, b);
    };
  return (values) => {
    const all: Value[] = [];
    for (const compute of computes) {
      const value = compute(values);
      if (value === undefined) return undefined;
      all.push(value);
    }
    return apply(...all);
  };
}
