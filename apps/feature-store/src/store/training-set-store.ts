import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { TrainingSet, TrainingSets } from "../domain/training-set.ts";
import { definitionKey } from "./catalog-store.ts";
import { paged } from "./paged.ts";

const TRAINING_SETS: CollectionDefinition<TrainingSet> = {
  name: "feature_store_training_sets",
  indexes: [
    { name: "by_time", fields: ["project", "createTimeMs"] },
    { name: "by_manifest", fields: ["project", "manifestDigest"], unique: true },
    { name: "by_file", fields: ["fileDigest"] },
    { name: "by_certificate", fields: ["certificateDigest"] },
  ],
};

/** Training sets, on the document port. */
export function trainingSetStore(store: Store, tokens: PageTokens): TrainingSets {
  const collection = store.collection(TRAINING_SETS);
  return {
    get: async (project, id) => (await collection.get(definitionKey(project, id)))?.value,
    async ofManifest(project, manifestDigest) {
      const where = {
        and: [
          { field: "project", eq: project },
          { field: "manifestDigest", eq: manifestDigest },
        ],
      } as const;
      return (await collection.find({ where, limit: 1 })).documents[0]?.value;
    },
    list: (project, page) =>
      paged(
        collection,
        { where: { field: "project", eq: project }, orderBy: [{ field: "createTimeMs", descending: true }] },
        { tokens, query: project, page },
      ),
    async isReferred(digest) {
      const found = await Promise.all([
        collection.find({ where: { field: "fileDigest", eq: digest }, limit: 1 }),
        collection.find({ where: { field: "certificateDigest", eq: digest }, limit: 1 }),
      ]);
      return found.some((it) => it.documents.length > 0);
    },
    adding: (trainingSet) => [
      collection.writes.insert(definitionKey(trainingSet.project, trainingSet.id), trainingSet),
    ],
  };
}
