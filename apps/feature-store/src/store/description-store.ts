import { type Store, versionedCollection } from "@throughline/store";
import type { Description, Descriptions, Subject } from "../domain/description.ts";

/** Descriptions with their history, on the document port. */
export function descriptionStore(store: Store): Descriptions {
  const collection = versionedCollection<Description>(store, { name: "feature_store_descriptions", indexes: [] });
  const idOf = ({ kind, project, id }: Subject): string => `${project}/${kind}/${id}`;
  return {
    async get(subject) {
      const found = await collection.get(idOf(subject));
      return found && { value: found.value, revision: found.revision };
    },
    async setting(subject, description, { current, change }) {
      const id = idOf(subject);
      return current
        ? collection.writes.replace(id, current.revision, description, change)
        : collection.writes.insert(id, description, change);
    },
  };
}
