import { AggregateFunction, type FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Setting } from "./setting.ts";

/** Name of the feature service in all its versions. */
export const FEATURE_SERVICE = "flight-features";

const HOUR_S = 3_600n;

const columnFeature = (name: string, description: string) =>
  ({ name, description, kind: { case: "column", value: name } }) as const;

const aggregateFeature = (
  name: string,
  description: string,
  { function: aggregate, column = "", hours }: { function: AggregateFunction; column?: string; hours: bigint },
) => {
  const value = { function: aggregate, column, window: { seconds: hours * HOUR_S } };
  return { name, description, kind: { case: "aggregate", value } } as const;
};

const delayFeatures = (of: string) => {
  const { COUNT, MEAN } = AggregateFunction;
  return [
    aggregateFeature("landed_24h", `Flights of the ${of} that landed in the last 24 hours`, {
      function: COUNT,
      hours: 24n,
    }),
    aggregateFeature("mean_delay_24h", "Their mean delay in minutes", {
      function: MEAN,
      column: "arr_delay",
      hours: 24n,
    }),
    aggregateFeature("late_share_24h", "Share of them that were late", { function: MEAN, column: "late", hours: 24n }),
    aggregateFeature("late_share_3h", "The same over the last 3 hours", { function: MEAN, column: "late", hours: 3n }),
  ];
};

const ENTITIES = { airport: "origin", carrier: "carrier", plane: "tailnum" } as const;

const VIEWS = {
  weather: {
    entity: "airport",
    source: "weather",
    description: "The last full hour of weather at the origin. An hour older than six hours counts as missing.",
    ttl: { seconds: 6n * HOUR_S },
    features: [
      columnFeature("temp", "Temperature in °F"),
      columnFeature("dewp", "Dew point in °F"),
      columnFeature("humid", "Relative humidity in %"),
      columnFeature("wind_speed", "Wind speed in mph"),
      columnFeature("wind_gust", "Gusts in mph"),
      columnFeature("precip", "Precipitation in inches"),
      columnFeature("pressure", "Pressure in millibars"),
      columnFeature("visib", "Visibility in miles"),
    ],
  },
  airport_delays: {
    entity: "airport",
    source: "flights",
    description: "Delays of flights out of the airport, by what had landed",
    features: delayFeatures("airport"),
  },
  carrier_delays: {
    entity: "carrier",
    source: "flights",
    description: "Delays of the carrier's flights, by what had landed",
    features: delayFeatures("carrier"),
  },
  plane: {
    entity: "plane",
    source: "planes",
    description: "What the register says of the plane",
    features: [
      columnFeature("year", "Year of manufacture"),
      columnFeature("engines", "Number of engines"),
      columnFeature("seats", "Number of seats"),
    ],
  },
  plane_arrival: {
    entity: "plane",
    source: "flights",
    description: "The plane's own last landing out of New York, within a day",
    ttl: { seconds: 24n * HOUR_S },
    features: [columnFeature("arr_delay", "Its delay in minutes")],
  },
} as const;

const REQUEST_FEATURES = {
  sched_hour: "Scheduled hour of departure, local time, with the minutes as a fraction",
  day_of_week: "0 is Monday",
  month: "1 is January",
  distance_miles: "Distance to the destination in miles",
  sched_duration_minutes: "Scheduled time from departure to arrival in minutes",
} as const;

/** Defines the entities and views, and the two versions of the feature service: first few views, then all. */
export async function defineFeatures({
  connection,
  progress,
}: Setting): Promise<readonly [FeatureService, FeatureService]> {
  const { parent, features } = connection;
  return progress.step("Defining entities, feature views and two versions of a feature service", async () => {
    for (const [entityId, key] of Object.entries(ENTITIES)) {
      const keys = [{ name: key, type: ValueType.STRING }];
      await features.createEntity({ parent, entityId, entity: { keys } });
    }
    for (const [featureViewId, { entity, source, ...view }] of Object.entries(VIEWS)) {
      const featureView = {
        ...view,
        features: [...view.features],
        entity: `${parent}/entities/${entity}`,
        source: `${parent}/sources/${source}`,
        owner: "flights demonstration",
      };
      await features.applyFeatureView({ parent, featureViewId, featureView });
    }
    const first = await applyService(["weather", "airport_delays"]);
    const second = await applyService(Object.keys(VIEWS));
    const told = `${Object.keys(VIEWS).length} views; ${first.features.length} features in version 1, ${second.features.length} in version 2`;
    return { told, result: [first, second] as const };
  });

  async function applyService(views: readonly string[]): Promise<FeatureService> {
    const { featureService } = await features.applyFeatureService({
      parent,
      featureServiceId: FEATURE_SERVICE,
      featureService: {
        description: "What is known of a flight two hours before it leaves",
        views: views.map((it) => ({ view: `${parent}/featureViews/${it}` })),
        requestFeatures: Object.entries(REQUEST_FEATURES).map(([name, description]) => ({
          name,
          description,
          type: ValueType.FLOAT64,
        })),
      },
    });
    if (!featureService) throw new Error("the platform answered without the feature service");
    return featureService;
  }
}
