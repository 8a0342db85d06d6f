import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { TransformFit, TransformFits } from "../domain/transforms/transform-fit.ts";
import { definitionKey } from "./catalog-store.ts";
import { paged } from "./paged.ts";

const TRANSFORM_FITS: CollectionDefinition<TransformFit> = {
  name: "feature_store_transform_fits",
  indexes: [
    { name: "by_time", fields: ["project", "createTimeMs"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** Transform fits, on the document port. */
export function transformFitStore(store: Store, tokens: PageTokens): TransformFits {
  const collection = store.collection(TRANSFORM_FITS);
  return {
    get: async (project, id) => (await collection.get(definitionKey(project, id)))?.value,
    list: (project, page) =>
      paged(
        collection,
        { where: { field: "project", eq: project }, orderBy: [{ field: "createTimeMs", descending: true }] },
        { tokens, query: project, page },
      ),
    isReferred: async (digest) =>
      (await collection.find({ where: { field: "digest", eq: digest }, limit: 1 })).documents.length > 0,
    adding: (fit) => [collection.writes.insert(definitionKey(fit.project, fit.id), fit)],
  };
}
