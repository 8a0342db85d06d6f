import type { DescMethod } from "@bufbuild/protobuf";
import { hasOption } from "@bufbuild/protobuf";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { http } from "@throughline/contracts/google/api/annotations_pb";
import { beforeAll, describe, expect, test } from "vitest";
import { fieldNamed } from "./json-leaves.ts";
import { type Route, routesOf, routeTable } from "./routes.ts";
import { isWatch } from "./service-transports.ts";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

const services = servicesOf(Object.keys(SERVICES) as ServiceName[]);
const routes = routesOf(services);
const table = routeTable(routes);

/** A path of the route, and the texts of its variables, with a segment of the given kind for each `*`. */
function pathOf(route: Route, segment: (i: number) => string): { readonly path: string; readonly texts: string[] } {
  let count = 0;
  const texts: string[] = [];
  const path = route.template.replaceAll(/\{([\w.]+)(?:=([^}]+))?\}/g, (_all, _field, segments = "*") => {
    texts.push(segments.replaceAll("*", () => segment(count++)));
    return texts.at(-1) ?? "";
  });
  return { path, texts };
}

const SEGMENTS: readonly (readonly [string, (i: number) => string])[] = [
  ["plain names", (i) => `name-${i}`],
  ["digests", (i) => (i === 0 ? "p" : `sha256:${String(i).repeat(64)}`)],
  ["names with dots, tildes and percent encodings", (i) => `feature-store.01J~%20%3A${i}`],
  ["names that are words of the contract", (i) => ["runs", "models", "versions"][i % 3] ?? ""],
];

describe("the routes of all contracts", () => {
  test("there is one for every method with an http option, and the methods without one are known", () => {
    const methods = services.flatMap((it): DescMethod[] => it.methods).filter((it) => hasOption(it, http));
    expect(routes.filter((it) => it.binding === 0).map((it) => it.method)).toEqual(methods);
    expect(methods.length).toBeGreaterThan(80);
    const bare = services.flatMap((it): DescMethod[] => it.methods).filter((it) => !hasOption(it, http));
    const known = bare.filter((it) => it.parent.typeName !== "inference.GRPCInferenceService");
    expect(known.map((it) => it.name)).toEqual(["LogMetrics", "StreamRows"]);
  });

  test.each(SEGMENTS)("a path of each, with %s, finds it and no other", (_kind, segment) => {
    for (const route of routes) {
      const { path, texts } = pathOf(route, segment);
      const found = table.find(path).filter((it) => it.route.verb === route.verb);
      expect(found, path).toEqual([{ route, texts }]);
    }
  });

  test.each(["/", ":", ":nothing", "/nothing"])("a path with %j behind it is not the route's", (tail) => {
    for (const route of routes) {
      const { path } = pathOf(route, (i) => `n${i}`);
      expect(table.find(`${path}${tail}`).map((it) => it.route)).not.toContain(route);
    }
  });

  test("every variable and body names a field of its request, and no field is both", () => {
    for (const { method, variables, body } of routes) {
      for (const { fieldPath } of variables) {
        const [head = "", ...rest] = fieldPath.split(".");
        const field = fieldNamed(method.input, head);
        const leaf = rest.length === 0 ? field : field?.message && fieldNamed(field.message, rest.join("."));
        expect(leaf?.scalar, `${method.name} ${fieldPath}`).toBeDefined();
        expect(fieldPath).not.toBe(body);
      }
      if (body !== "" && body !== "*") expect(fieldNamed(method.input, body), method.name).toBeDefined();
    }
  });

  test("methods with a body are those that change something", () => {
    for (const { verb, body, method } of routes)
      expect(body === "", `${verb} ${method.name}`).toBe(verb === "GET" || verb === "DELETE");
  });
});

describe("over HTTP", () => {
  let gateway: GatewayForTests;
  beforeAll(async () => {
    gateway = await gatewayForTests();
  });

  test("every route reaches its service", async () => {
    for (const route of routes) {
      const { path } = pathOf(route, (i) => (i === 0 ? "p" : `n${i}`));
      const { status, text } = await reach(route, path);
      // Tracking and registry are there and find fault with the request; the others are away, and say so.
      expect([200, 400, 404, 412, 501], `${route.verb} ${path} ${text}`).toContain(status);
      expect(text, path).not.toMatch(/No method has the path|This path takes/);
    }
    expect(gateway.bugs).toEqual([]);
  });

  /** The status of an answer, with its text unless it is a stream that goes on. */
  async function reach({ verb, body, method }: Route, path: string) {
    if (!isWatch(method))
      return gateway.send({
        method: verb,
        path,
        ...(body === "*" && { headers: { "content-type": "application/json" }, body: "{}" }),
      });
    const away = new AbortController();
    const { status } = await fetch(`${gateway.url}${path}`, { signal: away.signal });
    away.abort();
    return { status, text: "" };
  }
});
