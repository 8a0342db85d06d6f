import type { CollectionDefinition } from "../port.ts";

/** What the laws store: fields that are indexed, and whatever a law wants to put beside. */
export interface Thing {
  readonly group: string;
  readonly rank?: unknown;
  readonly name?: string;
  readonly extra?: unknown;
}

export const THINGS: CollectionDefinition<Thing> = {
  name: "laws_things",
  indexes: [
    { name: "by_rank", fields: ["group", "rank"] },
    { name: "by_name", fields: ["group", "name"], unique: true },
  ],
};

/** A second collection, for batches. */
export const OTHERS: CollectionDefinition<{ readonly text: string }> = { name: "laws_others", indexes: [] };

/** The reasons of the failures among settled promises. */
export const reasonsOf = (settled: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  settled.filter((it) => it.status === "rejected").map((it) => (it.reason as { reason?: unknown }).reason ?? it.reason);

/** Faults of a database server that only imitates another one in tests. Each opts out of the laws it breaks. */
export interface KnownFaults {
  /**
   * An update leaves the value that a document was inserted with in unique indexes, so that it is never free again.
   * True of the server that stands in for MongoDB.
   */
  readonly updatesKeepInsertedUniqueValues: boolean;
}

export const NO_FAULTS: KnownFaults = { updatesKeepInsertedUniqueValues: false };
