import { type Dialect, type Lookup, parseFilter, parseOrderBy, REGISTERED_MODELS } from "@throughline/search";
import type { ListPage, PageRequest } from "./change.ts";
import type { Model } from "./model.ts";
import type { ModelRecord, StoredModel } from "./model-store.ts";
import { modelOf, modelsThen, type Reading, withHeads } from "./models.ts";
import { fieldsIn, hintOf } from "./search-hints.ts";
import { firstValue, searchPage } from "./search-page.ts";

/** What is searched, and in which order it comes. Texts of the grammar of @throughline/search. */
export interface Search {
  readonly project: string;
  readonly filter: string;
  readonly orderBy: readonly string[];
  /** What was there at this instant is searched. Left out: what is there now. */
  readonly asOfMs?: number;
}

const DIALECT: Dialect = { ...REGISTERED_MODELS, attributes: { ...REGISTERED_MODELS.attributes, aliases: "text" } };

/** What only a model's head tells. */
const OF_HEADS = new Set(["last_updated_timestamp", "aliases"]);

/** A model with what a filter may ask of it. */
interface Candidate {
  readonly stored: StoredModel;
  readonly model: Model;
}

/** Models that a filter holds for, by display name unless another order is given. Fails as filters and orders do. */
export async function searchModels(
  deps: Reading,
  { project, filter, orderBy, asOfMs }: Search,
  page: PageRequest,
): Promise<ListPage<Model>> {
  const expression = parseFilter(filter, DIALECT);
  const keys = parseOrderBy(orderBy, DIALECT);
  const needed = [...fieldsIn(expression), ...keys.map((it) => it.field)];
  const withHead = needed.some((it) => it.entity === "attribute" && OF_HEADS.has(it.key));
  const [first] = keys;
  const isByName = first?.field.entity === "attribute" && first.field.key === "name" && first.direction === "asc";
  const ordered = isByName && asOfMs === undefined;
  const from = ordered ? firstValue(page.after) : undefined;
  const hint = hintOf<ModelRecord>(expression, ({ entity, key }) => {
    if (entity === "tag") return { path: ["tags", key] };
    return entity === "attribute" && key === "name" ? { path: "displayName" } : undefined;
  });
  const where = typeof from === "string" ? { and: [hint, { field: "displayName", gte: from } as const] } : hint;
  const found = await searchPage<Candidate>(
    {
      ...(expression && { expression }),
      keys,
      ordered,
      lookup: ({ model }) => lookup(model),
      async read(position) {
        const read = await (asOfMs === undefined
          ? deps.models.scan(project, where, position)
          : modelsThen(deps, { project, asOfMs }, position));
        const models = withHead
          ? await withHeads(deps, read.items, asOfMs)
          : read.items.map((it) => modelOf(it, undefined));
        return { ...read, items: read.items.map((stored, i) => ({ stored, model: models[i] as Model })) };
      },
    },
    page,
  );
  const items = withHead
    ? found.items.map((it) => it.model)
    : await withHeads(
        deps,
        found.items.map((it) => it.stored),
        asOfMs,
      );
  return { ...found, items };
}

const lookup =
  (model: Model): Lookup =>
  ({ entity, key }) => {
    if (entity === "tag") return Object.hasOwn(model.tags, key) ? model.tags[key] : undefined;
    switch (key) {
      case "name":
        return model.displayName;
      case "description":
        return model.description === "" ? undefined : model.description;
      case "creation_timestamp":
        return model.createTimeMs;
      case "last_updated_timestamp":
        return model.updateTimeMs;
      case "aliases":
        return Object.keys(model.aliases);
      default:
        return undefined;
    }
  };
