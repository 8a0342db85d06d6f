import { text } from "@throughline/kernel";
import type { FeatureStoreDependencies } from "./dependencies.ts";

const EMBEDDED = "embedded";

/** Where online values are: embedded in the data folder, or `mongodb://host:port/database`. */
export const ONLINE_SETTINGS = {
  onlineStore: { name: "THROUGHLINE_ONLINE_STORE", parse: text, fallback: EMBEDDED },
} as const;

/** What a feature store opens its online values by. */
export const openOnlineBy = (onlineStore: string): Pick<FeatureStoreDependencies, "openOnline"> =>
  onlineStore === EMBEDDED
    ? {}
    : {
        // A process whose values are embedded does without the driver: it takes memory, and time at the start.
        openOnline: async () => (await import("./store/mongodb-online-store.ts")).openMongodbOnlineStore(onlineStore),
      };
