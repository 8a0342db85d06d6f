import { COLUMNS } from "./batches.ts";
import type { FeatureServices } from "./services.ts";

/**
 * Sources: one takes what is pushed and streamed, the other what is loaded. Each has a service of its own, and two views, so that kills
 * come between what is done for one and for the other.
 */
export const SOURCES = ["events", "loads"] as const;
export type SourceId = (typeof SOURCES)[number];

export const sourceOf = ({ parent }: Pick<FeatureServices, "parent">, id: SourceId): string =>
  `${parent}/sources/${id}`;
export const serviceOf = ({ parent }: Pick<FeatureServices, "parent">, id: SourceId): string =>
  `${parent}/featureServices/${id}`;

/** Longer than all times of rows. */
const WINDOW = { seconds: 1_000_000n };

const aggregated = (aggregate: number) => ({
  name: `aggregate_${aggregate}`,
  kind: {
    case: "aggregate" as const,
    value: { function: aggregate, ...(aggregate !== 1 && { column: "n" }), window: WINDOW },
  },
});
/** Features of an entity by view, in the order of a vector: the newest number, and of all numbers the count, the sum and the most. */
const VIEWS = [
  { suffix: "", features: [{ name: "n", kind: { case: "column" as const, value: "n" } }, aggregated(1)] },
  { suffix: "_sums", features: [aggregated(2), aggregated(7)] },
];

/** Defines everything, in one commit. What is there already stays. */
export async function prepareGround(services: FeatureServices): Promise<void> {
  const { definitions, parent } = services;
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const entity = `${parent}/entities/thing`;
  await definitions.applyDefinitions({
    parent,
    definitions: {
      entities: [{ name: entity, keys: COLUMNS.slice(0, 1) }],
      sources: SOURCES.map((id) => ({
        name: sourceOf(services, id),
        columns: COLUMNS,
        eventTimeColumn: "at",
        knowledgeTime,
      })),
      featureViews: SOURCES.flatMap((id) =>
        VIEWS.map(({ suffix, features }) => ({
          name: `${parent}/featureViews/${id}${suffix}`,
          entity,
          source: sourceOf(services, id),
          features,
        })),
      ),
      featureServices: SOURCES.map((id) => ({
        name: serviceOf(services, id),
        views: VIEWS.map(({ suffix }) => ({ view: `${parent}/featureViews/${id}${suffix}` })),
      })),
    },
  });
}
