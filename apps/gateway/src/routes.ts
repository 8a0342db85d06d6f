import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "@throughline/contracts/google/api/annotations_pb";
import { type RawBody, raw_body } from "@throughline/contracts/throughline/type/v1/policy_pb";

export type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One way to reach a method over REST, as a binding of its `google.api.http` option states it. */
export interface Route {
  readonly method: DescMethod;
  /** Which of the method's bindings it is, from 0. */
  readonly binding: number;
  readonly verb: Verb;
  /** The template, such as `/v1/{name=projects/*\/models/*}:setAlias`. */
  readonly template: string;
  readonly pattern: RegExp;
  /** Dotted field paths that the path fills, in the order of the pattern's groups. */
  readonly variables: readonly Variable[];
  /** `*`: the body is the whole request; a field name: that field; empty: there is no body. */
  readonly body: string;
  readonly rawBody: RawBody | undefined;
}

/** A part of the path that fills a field. */
export interface Variable {
  readonly fieldPath: string;
  /** What it matches, such as `projects/*`. */
  readonly segments: string;
}

/** Every route of the services. */
export const routesOf = (services: readonly DescService[]): readonly Route[] =>
  services.flatMap((service) => service.methods.flatMap(routesOfMethod));

/** The routes that a path fits, by whatever verb, with the texts of their variables as they stand in the path. */
export interface RouteTable {
  find(path: string): readonly { readonly route: Route; readonly texts: readonly string[] }[];
}

/** Looks routes up by the shape of their paths, so that a path is tried against a few patterns, not against all. */
export function routeTable(routes: readonly Route[]): RouteTable {
  const table = Map.groupBy(routes, ({ template }) => shapeOf(template.replaceAll(/\{(?:[\w.]+=)?([^}]+)\}/g, "$1")));
  return {
    find(path) {
      const near = table.get(shapeOf(path)) ?? [];
      return near.flatMap((route) => {
        const match = route.pattern.exec(path);
        return match ? [{ route, texts: match.slice(1) }] : [];
      });
    },
  };
}

const COLLECTION = 4;

/** How many segments a path has, and its collection: the word after `/v1/projects/{project}/`. */
function shapeOf(path: string): string {
  let count = 0;
  let collection = "";
  for (let at = path.indexOf("/"); at >= 0; ) {
    const next = path.indexOf("/", at + 1);
    if (++count === COLLECTION) collection = path.slice(at, next < 0 ? undefined : next);
    at = next;
  }
  return `${count}${collection}`;
}

function routesOfMethod(method: DescMethod): Route[] {
  if (!hasOption(method, http)) return [];
  const rule = getOption(method, http);
  const rawBody = hasOption(method, raw_body) ? getOption(method, raw_body) : undefined;
  return [rule, ...rule.additionalBindings].map(({ pattern, body }, binding) => {
    if (pattern.case === undefined || pattern.case === "custom") {
      throw new Error(
        `${method.parent.typeName}.${method.name} needs a verb and a path in each binding of its google.api.http option`,
      );
    }
    const verb = pattern.case.toUpperCase() as Verb;
    return { method, binding, verb, template: pattern.value, body, rawBody, ...compile(pattern.value) };
  });
}

// One segment stops at a slash, and at the colon of a custom verb; a digest's own colon is allowed.
const SEGMENT = "(?:sha256:[0-9a-f]*|[^/:]+)";

function compile(template: string): Pick<Route, "pattern" | "variables"> {
  const variables: Variable[] = [];
  const source = template.split(/(\{[^}]+\})/).map((part) => {
    const variable = /^\{([\w.]+)(?:=([^}]+))?\}$/.exec(part);
    if (!variable) return literal(part);
    const segments = variable[2] ?? "*";
    variables.push({ fieldPath: variable[1] ?? "", segments });
    return `(${segments.split("*").map(literal).join(SEGMENT)})`;
  });
  return { pattern: new RegExp(`^${source.join("")}$`), variables };
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
