import { type MentionedStore, mentionedStore, type Store } from "@throughline/store";
import { versionStore } from "./version-store.ts";

/** Events on their way to webhooks name what they tell of, and need none of it. */
const WITHOUT_NEEDS = ["registry_webhook_deliveries"];

/**
 * The registry's store, and which bytes are needed by what is in it. The content of a version stays for reads of the past when the
 * version is deleted: its bytes are not needed any more. What is part of a release cannot be deleted.
 */
export function neededBytes(store: Store): MentionedStore {
  const versions = versionStore(store);
  return mentionedStore(store, {
    collections: WITHOUT_NEEDS,
    document: async ({ collection, id }) =>
      collection === "registry_version_contents" && (await versions.get(id)) === undefined,
  });
}
