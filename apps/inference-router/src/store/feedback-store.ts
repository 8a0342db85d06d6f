import { revisionConflict } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { FeedbackStore, StoredFeedback } from "../domain/feedback.ts";

const FEEDBACK: CollectionDefinition<StoredFeedback> = {
  name: "inference_feedback",
  indexes: [{ name: "by_deployment", fields: ["deployment"] }],
};

const PAGE = 1_000;

/** Feedback as documents: one for each prediction, under the prediction's name. */
export function feedbackStore(store: Store): FeedbackStore {
  const documents = store.collection(FEEDBACK);
  const idOf = ({ deployment, id }: { readonly deployment: string; readonly id: string }): string =>
    `${deployment}/predictions/${id}`;
  return {
    async find(deployment, ids) {
      if (ids.length === 0) return [];
      const found = await documents.getMany(ids.map((id) => idOf({ deployment, id })));
      return found.map((it) => it?.value);
    },
    async save(changes, along) {
      const corrected = changes.filter((it) => it.before !== undefined);
      const current = corrected.length === 0 ? [] : await documents.getMany(corrected.map((it) => idOf(it.after)));
      const replacements = corrected.map(({ before, after }, i) => {
        const document = current[i];
        const [seen, there] = [before?.revisions.length ?? 0, document?.value.revisions.length ?? 0];
        if (document === undefined || there !== seen) throw revisionConflict(idOf(after), String(seen), String(there));
        return documents.writes.replace(idOf(after), document.revision, after);
      });
      const additions = changes
        .filter((it) => it.before === undefined)
        .map(({ after }) => documents.writes.insert(idOf(after), after));
      await store.batch([...additions, ...replacements, ...along]);
    },
    async *each(deployment) {
      let after: string | undefined;
      do {
        const page = await documents.find({
          where: { field: "deployment", eq: deployment },
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        for (const it of page.documents) yield it.value;
        after = page.next;
      } while (after !== undefined);
    },
  };
}
