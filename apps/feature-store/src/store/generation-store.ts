import { isDomainError } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { Generation, GenerationLog } from "../domain/generation-log.ts";
import { untilWon } from "../domain/once.ts";
import { preparationGivenUp } from "../domain/overlay-errors.ts";
import { every } from "./data-collections.ts";

const GENERATIONS: CollectionDefinition<Generation> = { name: "feature_store_generations", indexes: [] };

/** The generations of online values, on the document port. */
export function generationStore(store: Store): GenerationLog {
  const collection = store.collection(GENERATIONS);
  const idOf = ({ project, source, generation }: Pick<Generation, "project" | "source" | "generation">): string =>
    `${project}/${source}/${generation}`;
  const prepared = async (it: Generation) => {
    const found = await collection.get(idOf(it));
    return found?.value.state === "preparing" ? found : undefined;
  };
  return {
    put: async (it) => void (await collection.put(idOf(it), it)),
    putting: (it) => [collection.writes.put(idOf(it), it)],
    async finishing(it) {
      const found = await prepared(it);
      if (!found) throw preparationGivenUp();
      return [collection.writes.replace(found.id, found.revision, it)];
    },
    async touch(it, timeMs) {
      const found = await prepared(it);
      if (found) await collection.replace(found.id, found.revision, { ...found.value, timeMs });
    },
    async giveUp(read) {
      const found = await prepared(read);
      if (!found || found.value.timeMs !== read.timeMs) return undefined;
      const retired: Generation = { ...found.value, state: "retired" };
      try {
        await collection.replace(found.id, found.revision, retired);
      } catch (error) {
        if (isDomainError(error, "REVISION_CONFLICT")) return undefined;
        throw error;
      }
      return retired;
    },
    retire: (it) =>
      untilWon(async () => {
        const found = await collection.get(idOf(it));
        if (found?.value.state !== "preparing") return found?.value;
        const retired: Generation = { ...found.value, state: "retired" };
        await collection.replace(found.id, found.revision, retired);
        return retired;
      }),
    get: async (it) => (await collection.get(idOf(it)))?.value,
    async remove(it) {
      const found = await collection.get(idOf(it));
      if (found) await collection.remove(found.id, found.revision);
    },
    everything: () => every(collection, {}),
  };
}
