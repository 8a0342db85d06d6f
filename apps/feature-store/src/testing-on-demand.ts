import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Column } from "@throughline/tables";

export const PARENT = "projects/p";
export const SERVICE = `${PARENT}/featureServices/pricing`;

const T = ValueType;
const column = (name: string, type: ValueType) => ({ name, type });

/** The outputs of `fares`: of each type, with what can have no result. */
export const outputsOf = ({ perKm = "fare / trips__km" } = {}) => [
  { name: "per_km", expression: perKm, type: T.FLOAT64 },
  { name: "heads", expression: "trips__passengers + tip", type: T.INT64 },
  { name: "name", expression: 'string(trips__passengers) + " heads"', type: T.STRING },
  { name: "known", expression: "present(trips__km)", type: T.BOOL },
];

/** An on-demand view of what a trip costs. */
export const onDemandView = (more: object = {}) => ({
  name: `${PARENT}/onDemandViews/fares`,
  views: [{ view: `${PARENT}/featureViews/trips` }],
  requestColumns: [column("fare", T.FLOAT64), column("tip", T.INT64)],
  outputs: outputsOf(),
  ...more,
});

/** A source of trips, a view of it that grows too old after an hour, `fares`, and a feature service of both. */
export const taxi = (ofOnDemand: object = {}, ofView: object = {}) => ({
  entities: [{ name: `${PARENT}/entities/rider`, keys: [column("id", T.INT64)] }],
  sources: [
    {
      name: `${PARENT}/sources/taxi`,
      columns: [
        column("id", T.INT64),
        column("at", T.TIMESTAMP),
        column("km", T.FLOAT64),
        column("passengers", T.INT64),
      ],
      eventTimeColumn: "at",
      knowledgeTime: { case: "knowledgeDelay" as const, value: {} },
    },
  ],
  featureViews: [
    {
      name: `${PARENT}/featureViews/trips`,
      entity: `${PARENT}/entities/rider`,
      source: `${PARENT}/sources/taxi`,
      features: ["km", "passengers"].map((name) => ({ name, kind: { case: "column" as const, value: name } })),
      ttl: { seconds: 3_600n },
      ...ofView,
    },
  ],
  onDemandViews: [onDemandView(ofOnDemand)],
  featureServices: [
    {
      name: SERVICE,
      views: [{ view: `${PARENT}/featureViews/trips`, features: ["km"] }],
      onDemandViews: [{ view: `${PARENT}/onDemandViews/fares` }],
    },
  ],
});

/** The columns of a spine for it. */
export const SPINE: Column[] = [
  { name: "id", type: "int64" },
  { name: "fare", type: "float64" },
  { name: "tip", type: "int64" },
  { name: "cutoff", type: "timestamp" },
];
