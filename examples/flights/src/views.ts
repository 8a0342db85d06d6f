import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";

const { COUNT, DISTINCT, LAST, MAX, MEAN, QUANTILE } = AggregateFunction;

const HOUR_S = 3_600n;
const DAY_S = 24n * HOUR_S;
const WEEK_S = 7n * DAY_S;

interface Window {
  readonly function: AggregateFunction;
  readonly column?: string;
  readonly seconds: bigint;
  readonly quantile?: number;
}

const columnFeature = (name: string, description: string) =>
  ({ name, description, kind: { case: "column", value: name } }) as const;

/** An aggregate over what became known in the window before the question. */
const windowFeature = (name: string, description: string, { column = "", seconds, ...more }: Window) =>
  ({ name, description, kind: { case: "aggregate", value: { ...more, column, window: { seconds } } } }) as const;

const meanDelay = (name: string, description: string, seconds: bigint) =>
  windowFeature(name, description, { function: MEAN, column: "dep_delay", seconds });

/** What the entity and the views of the entity have to say about delays, from an hour to a week back. */
const delayFeatures = (of: string) => [
  windowFeature("landed_1d", `Flights of the ${of} that landed within a day`, { function: COUNT, seconds: DAY_S }),
  meanDelay("dep_delay_mean_1h", "Mean delay at departure in minutes, of those that landed within an hour", HOUR_S),
  meanDelay("dep_delay_mean_1d", "The same within a day", DAY_S),
  meanDelay("dep_delay_mean_7d", "The same within a week", WEEK_S),
  windowFeature("late_share_3h", "Share of those that landed late within three hours", {
    function: MEAN,
    column: "late",
    seconds: 3n * HOUR_S,
  }),
  windowFeature("late_share_1d", "The same within a day", { function: MEAN, column: "late", seconds: DAY_S }),
];

/** The feature views of the demonstration, by id. */
export const VIEWS = {
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
    description: "Delays of flights out of the airport, by what was reported as landed",
    features: [
      ...delayFeatures("airport"),
      windowFeature("dep_delay_p90_1d", "Nine in ten of those that landed within a day left with at most this delay", {
        function: QUANTILE,
        column: "dep_delay",
        seconds: DAY_S,
        quantile: 0.9,
      }),
      windowFeature("planes_1d", "Different planes among them", {
        function: DISTINCT,
        column: "tailnum",
        seconds: DAY_S,
      }),
    ],
  },
  carrier_delays: {
    entity: "carrier",
    source: "flights",
    description: "Delays of the carrier's flights, by what was reported as landed",
    features: [
      ...delayFeatures("carrier"),
      windowFeature("dep_delay_median_7d", "Median delay at departure of those that landed within a week", {
        function: QUANTILE,
        column: "dep_delay",
        seconds: WEEK_S,
        quantile: 0.5,
      }),
    ],
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
  plane_delays: {
    entity: "plane",
    source: "flights",
    description: "Delays of the plane's own flights out of New York",
    features: [
      windowFeature("landed_7d", "Its landings within a week", { function: COUNT, seconds: WEEK_S }),
      meanDelay("dep_delay_mean_1d", "Its mean delay at departure in minutes, of landings within a day", DAY_S),
      meanDelay("dep_delay_mean_7d", "The same within a week", WEEK_S),
      windowFeature("dep_delay_max_7d", "The greatest of them", {
        function: MAX,
        column: "dep_delay",
        seconds: WEEK_S,
      }),
      windowFeature("arr_delay_last_1d", "Delay at arrival of its last landing within a day", {
        function: LAST,
        column: "arr_delay",
        seconds: DAY_S,
      }),
      windowFeature("destinations_7d", "Different destinations among its landings within a week", {
        function: DISTINCT,
        column: "dest",
        seconds: WEEK_S,
      }),
    ],
  },
  plane_arrival: {
    entity: "plane",
    source: "flights",
    description: "The plane's own last landing out of New York, within a day",
    ttl: { seconds: DAY_S },
    features: [columnFeature("arr_delay", "Its delay in minutes")],
  },
} as const;

/** What comes with each question. Carrier and origin are keys of the views, and what the model looks at besides. */
export const REQUEST_FEATURES = {
  carrier: { type: ValueType.STRING, description: "Two letters of the carrier" },
  origin: { type: ValueType.STRING, description: "Airport of departure" },
  dest: { type: ValueType.STRING, description: "Airport of arrival" },
  departs_local: {
    type: ValueType.TIMESTAMP,
    description: "Scheduled departure on the wall clocks of the airport, written as if they were UTC",
  },
  distance_miles: { type: ValueType.FLOAT64, description: "Distance to the destination in miles" },
  sched_duration_minutes: {
    type: ValueType.FLOAT64,
    description: "Scheduled time from departure to arrival in minutes",
  },
} as const;
