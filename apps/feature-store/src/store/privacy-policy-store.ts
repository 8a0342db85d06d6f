import { type PageTokens, pageSize } from "@throughline/kernel";
import { type Store, type Versioned, versionedCollection } from "@throughline/store";
import type { KeptPolicy, PolicySubject, PrivacyPolicies } from "../domain/privacy/privacy-policy.ts";
import { definitionKey } from "./catalog-store.ts";

type Stored = Omit<KeptPolicy, "version" | "change">;

/** Privacy policies with their versions, on the document port. */
export function privacyPolicyStore(store: Store, tokens: PageTokens): PrivacyPolicies {
  const policies = versionedCollection<Stored>(store, { name: "feature_store_privacy_policies", indexes: [] });
  const idOf = ({ project, source }: PolicySubject): string => definitionKey(project, source);
  return {
    async get(subject, asOfMs) {
      const found = await policies.get(idOf(subject), asOfMs);
      return found && policyOf(found);
    },
    async version(subject, version) {
      // The history is in order, newest first, and dense: there are few versions of a policy.
      let after: string | undefined;
      do {
        const page = await policies.history(idOf(subject), { limit: 1_000, ...(after && { after }) });
        const found = page.versions.find((it) => it.revision === version);
        if (found) return policyOf(found);
        after = page.next;
      } while (after !== undefined);
      return undefined;
    },
    async versions(subject, { size, token }) {
      const list = ["privacy-policy-versions", idOf(subject)];
      const after = tokens.decode(list, token) as string | undefined;
      const page = await policies.history(idOf(subject), { limit: pageSize(size), ...(after && { after }) });
      return {
        items: page.versions.flatMap((it) => policyOf(it) ?? []),
        nextPageToken: page.next === undefined ? "" : tokens.encode(list, page.next),
      };
    },
    async setting({ change, ...stored }, current) {
      const id = idOf(stored);
      return current
        ? policies.writes.replace(id, current.version, stored, change)
        : policies.writes.insert(id, stored, change);
    },
  };
}

const policyOf = ({ value, revision, change }: Versioned<Stored>): KeptPolicy | undefined =>
  value && { ...value, version: revision, change };
