import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { http } from "@throughline/contracts/google/api/annotations_pb";

/** A method that reads one resource by its name, or lists those of a parent. */
export interface ResourceMethod {
  readonly method: DescMethod;
  /** The field that the name goes into. */
  readonly field: string;
  /** What names it takes, such as `projects/*\/models/*`. */
  readonly pattern: string;
  /** For a list: the last segment, such as `models`. */
  readonly collection: string;
}

/** Every list and get of the platform, read off the routes of the contracts, so that a new resource needs no line here. */
export function resourceMethods(): {
  readonly gets: readonly ResourceMethod[];
  readonly lists: readonly ResourceMethod[];
} {
  const methods = servicesOf(Object.keys(SERVICES) as ServiceName[])
    .flatMap((it) => it.methods)
    .filter((it) => it.methodKind === "unary")
    .flatMap(asResourceMethod);
  return {
    gets: methods.filter((it) => it.collection === "" && it.method.name.startsWith("Get")),
    lists: methods.filter((it) => it.collection !== "" && it.method.name.startsWith("List")),
  };
}

function asResourceMethod(method: DescMethod): ResourceMethod[] {
  const rule = hasOption(method, http) ? getOption(method, http).pattern : undefined;
  if (rule?.case !== "get") return [];
  const match = /^\/v1\/\{(\w+)=([^}]+)\}(?:\/([A-Za-z]+))?$/.exec(rule.value);
  const [, field, pattern, collection = ""] = match ?? [];
  return field && pattern ? [{ method, field, pattern, collection }] : [];
}

/** True if the name has the pattern's shape. */
export const fits = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll("*", "[^/]+")}$`).test(name);
