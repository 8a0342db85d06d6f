import { type DescMessage, fromJson, type JsonObject, type MessageShape } from "@bufbuild/protobuf";
import {
  EntitySchema,
  FeatureServiceSchema,
  FeatureViewSchema,
  OnDemandViewSchema,
  SourceSchema,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  type Definitions,
  DefinitionsSchema,
} from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import type { DefinitionDocument } from "./definition-files.ts";
import { DefinitionProblem, type FullName, messageJson } from "./message-json.ts";

/** The lists that a document may have, with both of the names by which people look for them. */
const LISTS = {
  entities: { schema: EntitySchema, collection: "entities" },
  sources: { schema: SourceSchema, collection: "sources" },
  feature_views: { schema: FeatureViewSchema, collection: "featureViews" },
  on_demand_views: { schema: OnDemandViewSchema, collection: "onDemandViews" },
  feature_services: { schema: FeatureServiceSchema, collection: "featureServices" },
} as const satisfies Record<string, { readonly schema: DescMessage; readonly collection: string }>;

type List = keyof typeof LISTS;

const LIST_NAMES: Readonly<Record<string, List>> = {
  entities: "entities",
  sources: "sources",
  views: "feature_views",
  feature_views: "feature_views",
  featureViews: "feature_views",
  on_demand_views: "on_demand_views",
  onDemandViews: "on_demand_views",
  services: "feature_services",
  feature_services: "feature_services",
  featureServices: "feature_services",
};

/** The collection of the resource that a field names, by the message that it is in where that makes a difference. */
const REFERENCES: Readonly<Record<string, string>> = {
  entity: "entities",
  source: "sources",
  request_sources: "sources",
  "ViewSelection.view": "featureViews",
  "OnDemandSelection.view": "onDemandViews",
};

/**
 * The definitions of some documents together. Fails in words that name the document and the way to what is wrong, also
 * for a definition that two documents have.
 */
export function definitionsOf(documents: readonly DefinitionDocument[], parent: string): Definitions {
  const found: Record<List, JsonObject[]> = {
    entities: [],
    sources: [],
    feature_views: [],
    on_demand_views: [],
    feature_services: [],
  };
  const places = new Map<string, string>();
  for (const { where, content } of documents) {
    for (const { list, json } of definitionsIn(where, content, parent)) {
      const before = places.get(String(json["name"]));
      if (before !== undefined) throw new Error(`${where}: ${json["name"]} is defined in ${before} already`);
      places.set(String(json["name"]), where);
      found[list].push(json);
    }
  }
  return shaped(DefinitionsSchema, found);
}

/** The JSON was made along the contract: what is refused here is a value that has the wrong form. */
function shaped<D extends DescMessage>(schema: D, json: JsonObject): MessageShape<D> {
  try {
    return fromJson(schema, json);
  } catch (error) {
    throw new Error(`the definitions do not fit the contract: ${error instanceof Error ? error.message : error}`);
  }
}

interface Found {
  readonly list: List;
  readonly json: JsonObject;
}

function definitionsIn(where: string, content: unknown, parent: string): readonly Found[] {
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new Error(`${where}: a document has lists of ${Object.keys(LISTS).join(", ")}`);
  return Object.entries(content).flatMap(([key, items]) => {
    const list = LIST_NAMES[key];
    if (!list) throw new Error(`${where}: ${key} is none of ${Object.keys(LISTS).join(", ")}`);
    return entriesOf(where, key, items).map((it) => ({ list, json: definitionJson(where, list, { ...it, parent }) }));
  });
}

interface Entry {
  readonly path: string;
  readonly fields: unknown;
}

/** A list of definitions that have names, or definitions by their names. */
function entriesOf(where: string, key: string, items: unknown): readonly Entry[] {
  if (Array.isArray(items)) return items.map((fields, i) => ({ path: `${key}[${i}]`, fields }));
  if (typeof items !== "object" || items === null) throw new Error(`${where}: ${key} must be a list`);
  return Object.entries(items).map(([name, fields]) => ({
    path: `${key}.${name}`,
    fields: typeof fields === "object" && fields !== null && !("name" in fields) ? { name, ...fields } : fields,
  }));
}

function definitionJson(
  where: string,
  list: List,
  { path, fields, parent }: Entry & { readonly parent: string },
): JsonObject {
  const { schema, collection } = LISTS[list];
  const complete = (of: string, short: string): string =>
    short === "" || short.startsWith("projects/") ? short : `${parent}/${of}/${short}`;
  const fullName: FullName = (field, short) => {
    const of = REFERENCES[field.name] ?? REFERENCES[`${field.parent.name}.${field.name}`];
    return of === undefined ? short : complete(of, short);
  };
  try {
    const json = messageJson(schema, fields, { path, fullName });
    const name = json["name"];
    if (typeof name !== "string" || name === "") throw new DefinitionProblem(`${path}: it has no name`);
    return { ...json, name: complete(collection, name) };
  } catch (error) {
    if (!(error instanceof DefinitionProblem)) throw error;
    throw new Error(`${where}: ${error.message}`);
  }
}
