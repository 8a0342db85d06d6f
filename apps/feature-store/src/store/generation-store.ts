import type { CollectionDefinition, Store } from "@throughline/store";
import type { Generation, GenerationLog } from "../domain/generation-log.ts";
import { every } from "./data-collections.ts";

const GENERATIONS: CollectionDefinition<Generation> = { name: "feature_store_generations", indexes: [] };

/** The generations of online values, on the document port. */
export function generationStore(store: Store): GenerationLog {
  const collection = store.collection(GENERATIONS);
  const idOf = ({ project, source, generation }: Pick<Generation, "project" | "source" | "generation">): string =>
    `${project}/${source}/${generation}`;
  return {
    put: async (it) => void (await collection.put(idOf(it), it)),
    putting: (it) => [collection.writes.put(idOf(it), it)],
    get: async (it) => (await collection.get(idOf(it)))?.value,
    async remove(it) {
      const found = await collection.get(idOf(it));
      if (found) await collection.remove(found.id, found.revision);
    },
    everything: () => every(collection, {}),
  };
}
