import { notFound, type PageTokens, revisionConflict } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { Catalog, Defined, Definitions, Named, Version, Versions } from "../domain/catalog.ts";
import type { Entity } from "../domain/entity.ts";
import type { FeatureService } from "../domain/feature-service.ts";
import type { FeatureView } from "../domain/feature-view.ts";
import type { OnDemandView } from "../domain/on-demand/on-demand-view.ts";
import type { Source } from "../domain/source.ts";
import { paged } from "./paged.ts";

/** Everything that is defined, on the document port. */
export function catalogStore(store: Store, tokens: PageTokens): Catalog {
  const services = versions<FeatureService>(store, tokens, "feature_store_services");
  return {
    entities: definitions<Entity>(store, tokens, "feature_store_entities"),
    sources: definitions<Source>(store, tokens, SOURCES.name),
    views: versions<FeatureView>(store, tokens, "feature_store_views"),
    onDemandViews: versions<OnDemandView>(store, tokens, "feature_store_on_demand_views"),
    services: { ...services, everything: () => everything(store, "feature_store_services") },
  };
}

const BY_ID = { name: "by_id", fields: ["project", "id"], unique: true } as const;

/** Sources are changed by loads too, see segment-log.ts. */
export const SOURCES: CollectionDefinition<Source> = {
  name: "feature_store_sources",
  indexes: [BY_ID],
};

/** The id of a definition's document. Neither part can hold a slash. */
export const definitionKey = (project: string, id: string): string => `${project}/${id}`;

const namedCollection = (name: string): CollectionDefinition<Named> => ({ name, indexes: [BY_ID] });

function definitions<T extends Named>(store: Store, tokens: PageTokens, name: string): Definitions<T> {
  const collection = store.collection<Named>(namedCollection(name));
  return {
    get: async (project, id) => (await collection.get(definitionKey(project, id)))?.value as T | undefined,
    list: async (project, page) => {
      const selection = { where: { field: "project", eq: project }, orderBy: [{ field: "id" }] } as const;
      const { items, nextPageToken } = await paged(collection, selection, { tokens, query: project, page });
      return { items: items as T[], nextPageToken };
    },
    adding: (definition) => [collection.writes.insert(definitionKey(definition.project, definition.id), definition)],
    async changing({ project, id, digest }, change) {
      const path = `${name}/${definitionKey(project, id)}`;
      const found = await collection.get(definitionKey(project, id));
      if (!found) throw notFound(path);
      const now = (found.value as Defined).digest;
      if (now !== digest) throw revisionConflict(path, digest, now);
      return [collection.writes.replace(found.id, found.revision, { ...found.value, ...change })];
    },
  };
}

const versionCollection = (name: string): CollectionDefinition<Version> => ({
  name,
  indexes: [{ name: "by_digest", fields: ["project", "id", "digest"], unique: true }],
});

/** Which version of an id is current, and how many there are. */
interface Head extends Named {
  readonly current: Version;
  readonly newestVersion: number;
}

/** Versions are documents of their own; one more for each id says which is current, and guards the next number. */
function versions<T extends Version>(store: Store, tokens: PageTokens, name: string): Versions<T> {
  const heads = store.collection<Head>({ name: `${name}_current`, indexes: [BY_ID] });
  const all = store.collection<Version>(versionCollection(name));
  const withDigest = async ({ project, id, digest }: Omit<T, "version">): Promise<T | undefined> => {
    const where = {
      and: [
        { field: "project", eq: project },
        { field: "id", eq: id },
        { field: "digest", eq: digest },
      ],
    } as const;
    return (await all.find({ where, limit: 1 })).documents[0]?.value as T | undefined;
  };
  return {
    current: async (project, id) => (await heads.get(definitionKey(project, id)))?.value.current as T | undefined,
    get: async (project, id, version) => (await all.get(versionKey({ project, id, version })))?.value as T | undefined,
    async list(project, page) {
      const selection = { where: { field: "project", eq: project }, orderBy: [{ field: "id" }] } as const;
      const { items, nextPageToken } = await paged(heads, selection, { tokens, query: project, page });
      return { items: items.map((it) => it.current as T), nextPageToken };
    },
    async applying(definition) {
      const { project, id, digest } = definition;
      const key = definitionKey(project, id);
      const head = await heads.get(key);
      if (head?.value.current.digest === digest) return { applied: head.value.current as T, writes: [] };
      const earlier = head && (await withDigest(definition));
      const newestVersion = (head?.value.newestVersion ?? 0) + (earlier ? 0 : 1);
      const applied = earlier ?? ({ ...definition, version: newestVersion } as T);
      const next: Head = { project, id, current: applied, newestVersion };
      const moved = head ? heads.writes.replace(key, head.revision, next) : heads.writes.insert(key, next);
      return { applied, writes: earlier ? [moved] : [moved, all.writes.insert(versionKey(applied), applied)] };
    },
  };
}

/** Digits enough that the order of keys is that of the numbers. */
const versionKey = ({ project, id, version }: Pick<Version, "project" | "id" | "version">): string =>
  `${definitionKey(project, id)}/${String(version).padStart(12, "0")}`;

async function* everything(store: Store, name: string): AsyncGenerator<FeatureService> {
  const collection = store.collection<Version>(versionCollection(name));
  let after: string | undefined;
  do {
    const page = await collection.find({ limit: 500, ...(after !== undefined && { after }) });
    for (const { value } of page.documents) yield value as FeatureService;
    after = page.next;
  } while (after !== undefined);
}
