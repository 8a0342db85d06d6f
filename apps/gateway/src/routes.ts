import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "@throughline/contracts/google/api/annotations_pb";
import { type RawBody, raw_body } from "@throughline/contracts/throughline/type/v1/policy_pb";

/** One way to reach a method over REST, as its `google.api.http` option states it. */
export interface Route {
  readonly method: DescMethod;
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
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

/** Every route of the services, the most specific first. */
export function routesOf(services: readonly DescService[]): readonly Route[] {
  const routes = services.flatMap((service) => service.methods.flatMap(routesOfMethod));
  return routes.sort((a, b) => literalLength(b.template) - literalLength(a.template));
}

function routesOfMethod(method: DescMethod): Route[] {
  if (!hasOption(method, http)) return [];
  const rule = getOption(method, http);
  const { pattern, body } = rule;
  if (pattern.case === undefined || pattern.case === "custom") {
    throw new Error(`${method.parent.typeName}.${method.name} has no verb in its google.api.http option`);
  }
  const rawBody = hasOption(method, raw_body) ? getOption(method, raw_body) : undefined;
  return [
    {
      method,
      verb: pattern.case.toUpperCase() as Route["verb"],
      template: pattern.value,
      body,
      rawBody,
      ...compile(pattern.value),
    },
  ];
}

function compile(template: string): Pick<Route, "pattern" | "variables"> {
  const variables: Variable[] = [];
  const source = template.split(/(\{[^}]+\})/).map((part) => {
    const variable = /^\{([\w.]+)(?:=([^}]+))?\}$/.exec(part);
    if (!variable) return literal(part);
    const segments = variable[2] ?? "*";
    variables.push({ fieldPath: variable[1] ?? "", segments });
    // One segment stops at a slash, and at the colon of a custom verb; a digest's own colon is allowed.
    return `(${segments.split("*").map(literal).join("((?:sha256:)?[^/:]+)").replaceAll("((?", "(?:(?")})`;
  });
  return { pattern: new RegExp(`^${source.join("")}$`), variables };
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const literalLength = (template: string): number => template.replace(/\{[^}]*\}/g, "").length;
