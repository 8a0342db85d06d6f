import { isDomainError } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { BanditStore, StoredBandit } from "../domain/bandit-memory.ts";

/** What each bandit learnt, in a document of its own. */
export const BANDITS: CollectionDefinition<StoredBandit> = {
  name: "inference_bandits",
  indexes: [{ name: "by_release", fields: ["deployment", "release"] }],
};

/** More nodes than a graph may have. */
const NODES_MAX = 1_000;

/** What bandits learnt as documents: one for each deployment, release and node. */
export function banditStore(store: Store): BanditStore {
  const documents = store.collection(BANDITS);
  const idOf = ({ deployment, release, node }: StoredBandit): string =>
    `${deployment}/bandits/${release.slice(release.lastIndexOf("/") + 1)}/${node}`;
  return {
    async of(deployment, release) {
      const found = await documents.find({
        where: {
          and: [
            { field: "deployment", eq: deployment },
            { field: "release", eq: release },
          ],
        },
        limit: NODES_MAX,
      });
      return found.documents.map(({ value, revision }) => ({ bandit: value, revision }));
    },
    async add(bandit) {
      await documents.insert(idOf(bandit), bandit).catch((error: unknown) => {
        if (!isDomainError(error) || error.reason !== "ALREADY_EXISTS") throw error;
      });
    },
    change: ({ bandit, revision }, state) => documents.writes.replace(idOf(bandit), revision, { ...bandit, state }),
    async has(deployment) {
      const { documents: found } = await documents.find({ where: { field: "deployment", eq: deployment }, limit: 1 });
      return found.length > 0;
    },
  };
}
