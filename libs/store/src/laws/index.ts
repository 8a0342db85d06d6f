import type { Store } from "../port.ts";
import { testBatches } from "./batches.ts";
import { testDocuments } from "./documents.ts";
import { testIdempotency } from "./idempotency.ts";
import { testModel } from "./model.ts";
import { testQueries } from "./queries.ts";
import { testSearchIndex } from "./search.ts";
import { testSeries } from "./series.ts";
import { type KnownFaults, NO_FAULTS } from "./things.ts";
import { testVersionedCollection } from "./versioned.ts";

/** Checks every law of a store and of what is built on it. `open` returns an empty store, and sees to its closing. */
export function testDocumentStore(name: string, open: () => Promise<Store>, faults: KnownFaults = NO_FAULTS): void {
  testDocuments(name, open, faults);
  testQueries(name, open);
  testBatches(name, open);
  testModel(name, open, faults);
  testSeries(name, open);
  testSearchIndex(name, open);
  testIdempotency(name, open);
  testVersionedCollection(name, open, faults);
}

export {
  type KnownFaults,
  testBatches,
  testDocuments,
  testIdempotency,
  testModel,
  testQueries,
  testSearchIndex,
  testSeries,
  testVersionedCollection,
};
