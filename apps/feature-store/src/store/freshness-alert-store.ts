import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Filter, Store } from "@throughline/store";
import type { FreshnessAlert, FreshnessAlerts } from "../domain/freshness-alerts.ts";
import { numbered } from "./data-collections.ts";
import { paged } from "./paged.ts";

const ALERTS: CollectionDefinition<FreshnessAlert> = {
  name: "feature_store_freshness_alerts",
  indexes: [
    { name: "by_number", fields: ["project", "number"] },
    { name: "by_view", fields: ["project", "view", "number"] },
  ],
};

/** How many alerts a project has. */
interface Head {
  readonly number: number;
}

const HEADS: CollectionDefinition<Head> = { name: "feature_store_freshness_heads", indexes: [] };

/** Alerts that are told at a time. */
const AFTER_MAX = 500;

/** The alerts of all projects, on the document port. */
export function freshnessAlertStore(store: Store, tokens: PageTokens): FreshnessAlerts {
  const [alerts, heads] = [store.collection(ALERTS), store.collection(HEADS)];
  const ofView = (project: string, view: string | undefined): Filter<FreshnessAlert> =>
    view === undefined
      ? { field: "project", eq: project }
      : {
          and: [
            { field: "project", eq: project },
            { field: "view", eq: view },
          ],
        };
  const newestFirst = [{ field: "number", descending: true }] as const;
  return {
    list: (project, view, page) =>
      paged(
        alerts,
        { where: ofView(project, view), orderBy: newestFirst },
        { tokens, query: `freshness-alerts ${project} ${view ?? ""}`, page },
      ),
    async after(project, number) {
      const where: Filter<FreshnessAlert> = {
        and: [
          { field: "project", eq: project },
          { field: "number", gt: number },
        ],
      };
      const { documents } = await alerts.find({ where, orderBy: [{ field: "number" }], limit: AFTER_MAX });
      return documents.map((it) => it.value);
    },
    newest: async (project) => (await heads.get(project))?.value.number ?? 0,
    async last(project, view) {
      const { documents } = await alerts.find({ where: ofView(project, view), orderBy: newestFirst, limit: 1 });
      return documents[0]?.value;
    },
    async adding(alert) {
      const { project, number } = alert;
      const head = await heads.get(project);
      return [
        alerts.writes.insert(`${project}/${numbered(number)}`, alert),
        head ? heads.writes.replace(project, head.revision, { number }) : heads.writes.insert(project, { number }),
      ];
    },
  };
}
