import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { describe, expect, test } from "vitest";
import { openApiDocument } from "./openapi.ts";
import { routesOf } from "./routes.ts";

const routes = routesOf(servicesOf(Object.keys(SERVICES) as ServiceName[]));
// As readers get it.
const document = JSON.parse(JSON.stringify(openApiDocument(routes)));

interface Operation {
  readonly path: string;
  readonly verb: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is tested
  readonly operation: any;
}

const operations: readonly Operation[] = Object.entries(document.paths as Record<string, object>).flatMap(
  ([path, item]) => Object.entries(item).map(([verb, operation]) => ({ path, verb, operation })),
);

/** Every value under a key, anywhere in the document. */
function valuesOf(key: string, within: unknown): readonly unknown[] {
  if (typeof within !== "object" || within === null) return [];
  return Object.entries(within).flatMap(([name, value]) => [...(name === key ? [value] : []), ...valuesOf(key, value)]);
}

describe("the OpenAPI document", () => {
  test("has an operation for every route, with an id of its own", () => {
    expect(operations).toHaveLength(routes.length);
    const ids = operations.map((it) => it.operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const first = routes.filter((it) => it.binding === 0);
    expect(ids.filter((it) => !/_\d+$/.test(it)).toSorted()).toEqual(
      first.map(({ method }) => `${method.parent.name}_${method.name}`).toSorted(),
    );
  });

  test("declares the parameters of each path, and no parameter twice", () => {
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{([^}]+)\}/g)].map((it) => it[1]);
      const declared = operation.parameters.filter((it: { in: string }) => it.in === "path");
      expect(declared.map((it: { name: string }) => it.name).toSorted(), path).toEqual(named.toSorted());
      expect(declared.every((it: { required: boolean }) => it.required)).toBe(true);
      const all = operation.parameters.map((it: { in: string; name: string }) => `${it.in} ${it.name}`);
      expect(new Set(all).size, path).toBe(all.length);
    }
  });

  test("has no two paths that differ in the names of their parameters alone", () => {
    const bare = Object.keys(document.paths).map((it) => it.replaceAll(/\{[^}]+\}/g, "{}"));
    expect(new Set(bare).size).toBe(bare.length);
  });

  test("refers only to what it holds, and holds nothing that no one refers to", () => {
    const references = new Set(valuesOf("$ref", document));
    const held = Object.keys(document.components.schemas).map((it) => `#/components/schemas/${it}`);
    expect([...references].toSorted()).toEqual(held.toSorted());
  });

  test("writes every well-known type as the JSON mapping has it", () => {
    expect(Object.keys(document.components.schemas).filter((it) => it.startsWith("google."))).toEqual([]);
  });

  test("tells of every operation and every field what the contract tells", () => {
    for (const { path, operation } of operations) {
      expect(operation.summary, path).toMatch(/\S/);
      expect(operation.description, path).toContain("Least role: ");
      for (const it of operation.parameters) expect(it.description, `${path} ${it.name}`).toMatch(/\S/);
    }
    for (const [name, schema] of Object.entries<{ properties?: object }>(document.components.schemas))
      for (const [field, it] of Object.entries<{ description?: string }>((schema.properties ?? {}) as never))
        if (name !== "Error") expect(it.description, `${name}.${field}`).toMatch(/\S/);
  });

  test("has bodies where the routes have them", () => {
    for (const { method, verb, body } of routes) {
      const found = operations.find((it) => it.operation.operationId === `${method.parent.name}_${method.name}`);
      expect(found?.verb).toBe(verb.toLowerCase());
      expect(found?.operation.requestBody !== undefined, method.name).toBe(body !== "");
    }
  });
});
