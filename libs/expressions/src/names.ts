import type { Syntax } from "./syntax.ts";
import type { ExpressionType } from "./value.ts";

type Variables = Readonly<Record<string, ExpressionType>>;

/** Most names that a message lists. */
const LISTED_MAX = 20;

/** Lists of variables, which the expressions of one graph may share by the thousand. */
const lists = new WeakMap<Variables, string>();

/** The names of variables, for a message. */
export function listed(variables: Variables): string {
  const known = lists.get(variables);
  if (known !== undefined) return known;
  const names = Object.keys(variables);
  const some = [...names.slice(0, LISTED_MAX), ...(names.length > LISTED_MAX ? ["..."] : [])].join(", ");
  lists.set(variables, some || "nothing to refer to");
  return some || "nothing to refer to";
}

/** Names with dots, such as `math` and what it has; undefined for fields of anything but a name. */
export function qualifiedName({ exprKind }: Syntax): string | undefined {
  if (exprKind.case === "identExpr") return exprKind.value.name;
  if (exprKind.case !== "selectExpr" || exprKind.value.testOnly || !exprKind.value.operand) return undefined;
  const start = qualifiedName(exprKind.value.operand);
  return start === undefined ? undefined : `${start}.${exprKind.value.field}`;
}
