import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { commentOf } from "@throughline/contracts";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { policyOf } from "@throughline/rpc";
import type { Route } from "./routes.ts";

type Schema = Record<string, unknown>;

/** Version of the contracts, whose packages all end in it. */
const VERSION = "1.0.0";

/** The OpenAPI 3.1 document of the same routes that the gateway serves. */
export function openApiDocument(routes: readonly Route[]): Schema {
  const schemas: Record<string, Schema> = {};
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of [...routes].sort((a, b) => (a.template < b.template ? -1 : 1))) {
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.verb.toLowerCase()]: operationOf(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Throughline",
      version: VERSION,
      description: "Every method of the platform over REST, from the same contracts that gRPC serves.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { ...schemas, Error: ERROR },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }, {}],
    tags: [...new Set(routes.map((it) => it.method.parent))].map((it) => ({
      name: it.name,
      description: commentOf(it.typeName),
    })),
  };
}

/** A variable of several segments becomes one parameter for each `*`, named after the resource that it stands for. */
function pathParameters(route: Route): { readonly name: string; readonly variable: string }[] {
  const taken = new Map<string, number>();
  return route.variables.flatMap(({ fieldPath, segments }) => {
    const parts = segments.split("/");
    const stars = parts.flatMap((part, i) => (part === "*" ? [i > 0 ? singular(parts[i - 1] ?? "") : fieldPath] : []));
    return stars.map((name) => {
      const count = (taken.get(name) ?? 0) + 1;
      taken.set(name, count);
      return { name: count === 1 ? name : `${name}${count}`, variable: fieldPath };
    });
  });
}

const singular = (plural: string): string => plural.replace(/ies$/, "y").replace(/s$/, "");

function pathOf(route: Route): string {
  const names = pathParameters(route).map((it) => it.name);
  return route.template.replace(/\{([\w.]+)(?:=([^}]+))?\}/g, (_, __, segments = "*") =>
    segments.replace(/\*/g, () => `{${names.shift()}}`),
  );
}

function operationOf(route: Route, schemas: Record<string, Schema>): Schema {
  const { method, binding, rawBody } = route;
  const id = `${method.parent.name}_${method.name}`;
  const comment = commentOf(`${method.parent.typeName}.${method.name}`);
  return {
    // Ids are unique in the document, so that the further bindings of a method have a number.
    operationId: binding === 0 ? id : `${id}_${binding + 1}`,
    tags: [method.parent.name],
    summary: comment.split(/(?<=\.)\s/)[0],
    description: `${comment}\n\nLeast role: ${Role[policyOf(method).role]?.toLowerCase()}.`,
    parameters: [...pathParameters(route).map(pathParameter), ...queryParameters(route, schemas)],
    ...requestBody(route, schemas),
    responses: {
      200: { description: "The answer.", content: responseContent(route, rawBody?.responseField, schemas) },
      default: {
        description: "What went wrong.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

const pathParameter = ({ name, variable }: { name: string; variable: string }): Schema => ({
  name,
  in: "path",
  required: true,
  description: `A segment of \`${variable}\`.`,
  schema: { type: "string", pattern: "^[^/]+$" },
});

function requestBody(route: Route, schemas: Record<string, Schema>): Schema {
  if (route.rawBody?.requestField) {
    return {
      requestBody: {
        required: true,
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
    };
  }
  if (route.body === "") return {};
  return {
    requestBody: {
      required: true,
      content: { "application/json": { schema: reference(route.method.input, schemas) } },
    },
  };
}

function responseContent(route: Route, rawField: string | undefined, schemas: Record<string, Schema>): Schema {
  if (rawField) return { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
  const schema = reference(route.method.output, schemas);
  if (route.method.methodKind !== "server_streaming") return { "application/json": { schema } };
  return { "application/x-ndjson": { schema: { type: "object", properties: { result: schema } } } };
}

/** Fields of a request without a body that the path does not fill; those of messages one level down by dotted path. */
function queryParameters(route: Route, schemas: Record<string, Schema>): Schema[] {
  if (route.body === "*") return [];
  const filled = new Set(route.variables.map((it) => it.fieldPath));
  const of = (message: DescMessage, prefix: string): Schema[] =>
    message.fields.flatMap((field): Schema[] => {
      const path = `${prefix}${field.name}`;
      if (filled.has(path) || field.fieldKind === "map" || path === route.rawBody?.requestField) return [];
      if (field.fieldKind === "message" && !field.message.typeName.startsWith("google.protobuf.")) {
        return prefix === "" ? of(field.message, `${path}.`) : [];
      }
      return [
        {
          name: path,
          in: "query",
          required: false,
          description: fieldComment(field),
          schema: schemaOf(field, schemas),
        },
      ];
    });
  return of(route.method.input, "");
}

const fieldComment = (field: DescField): string => commentOf(`${field.parent.typeName}.${field.name}`);

function reference(message: DescMessage, schemas: Record<string, Schema>): Schema {
  const wellKnown = WELL_KNOWN[message.typeName];
  if (wellKnown) return wellKnown;
  if (!Object.hasOwn(schemas, message.typeName)) {
    // Entered before its fields are, so that a message that holds itself ends.
    const properties: Record<string, Schema> = {};
    schemas[message.typeName] = {
      type: "object",
      description: commentOf(message.typeName),
      properties,
      additionalProperties: false,
    };
    for (const field of message.fields) {
      properties[field.jsonName] = { ...schemaOf(field, schemas), description: fieldComment(field) };
    }
  }
  return { $ref: `#/components/schemas/${message.typeName}` };
}

function schemaOf(field: DescField, schemas: Record<string, Schema>): Schema {
  if (field.fieldKind === "list") return { type: "array", items: elementSchema(field, schemas) };
  if (field.fieldKind === "map") return { type: "object", additionalProperties: elementSchema(field, schemas) };
  return elementSchema(field, schemas);
}

function elementSchema(field: DescField, schemas: Record<string, Schema>): Schema {
  if (field.message) return reference(field.message, schemas);
  if (field.enum) return { type: "string", enum: field.enum.values.map((it) => it.name) };
  return SCALARS[field.scalar ?? ScalarType.STRING] ?? { type: "string" };
}

const WHOLE_32 = { type: "integer", format: "int32" };
const WHOLE_64 = { type: ["string", "integer"], format: "int64" };
const FLOAT = { oneOf: [{ type: "number" }, { type: "string", enum: ["NaN", "Infinity", "-Infinity"] }] };

const SCALARS: Readonly<Partial<Record<ScalarType, Schema>>> = {
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.BYTES]: { type: "string", contentEncoding: "base64" },
  [ScalarType.DOUBLE]: FLOAT,
  [ScalarType.FLOAT]: FLOAT,
  [ScalarType.INT32]: WHOLE_32,
  [ScalarType.UINT32]: { type: "integer", minimum: 0 },
  [ScalarType.INT64]: WHOLE_64,
  [ScalarType.UINT64]: WHOLE_64,
};

const WELL_KNOWN: Readonly<Record<string, Schema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Struct": { type: "object", additionalProperties: true },
  "google.protobuf.Any": { type: "object", properties: { "@type": { type: "string" } }, additionalProperties: true },
};

const ERROR: Schema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "status", "message"],
      properties: {
        code: { type: "integer", description: "HTTP status." },
        status: { type: "string", description: "Canonical code, such as `INVALID_ARGUMENT`." },
        message: { type: "string", description: "What happened, why, and what to do next." },
        details: {
          type: "array",
          items: { type: "object" },
          description: "ErrorInfo with the stable reason, and BadRequest with the fields at fault.",
        },
      },
    },
  },
};
