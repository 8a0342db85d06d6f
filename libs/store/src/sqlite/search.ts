import { inTurns } from "@throughline/kernel";
import type { SearchReader, SearchRow } from "../search-index.ts";
import type { Database } from "./database.ts";
import { comparing } from "./search-order.ts";
import { countOfScope, pageOfScope } from "./search-pages.ts";
import type { Place } from "./search-plan.ts";
import { type SearchTables, UNKNOWN } from "./search-test.ts";
import type { SearchStorage } from "./search-writer.ts";

/** Searches one index. Each scope is searched by itself, since an index gives an order only within one. */
export function searchReader(database: Database, index: string, storage: SearchStorage): SearchReader {
  const tables: SearchTables = {
    subjects: `"x_${index}"`,
    attributes: `"x_${index}_attributes"`,
    byValue: `"x_${index}_by_value"`,
    byScope: `"x_${index}_by_scope"`,
    numberOf: (name) => storage.nameNumber(name) ?? UNKNOWN,
  };
  function* places(scopes: readonly string[]): Generator<Place, void> {
    for (const text of scopes) {
      const scope = storage.scopeNumber(text);
      if (scope !== undefined) yield { database, tables, scope, subjects: storage.subjectsOf(scope) };
    }
  }

  return {
    async page(selection) {
      const { limit, order, scopes } = selection;
      const compare = comparing(order);
      return inTurns(
        (function* () {
          let best: SearchRow[] = [];
          for (const place of places(scopes)) {
            best.push(...(yield* pageOfScope(place, selection)));
            if (scopes.length > 1 && best.length > 4 * limit) best = best.sort(compare).slice(0, limit);
            yield;
          }
          return scopes.length > 1 ? best.sort(compare).slice(0, limit) : best;
        })(),
      );
    },
    async count(scopes, where) {
      return inTurns(
        (function* () {
          let sum = 0;
          for (const place of places(scopes)) {
            sum += yield* countOfScope(place, where);
            yield;
          }
          return sum;
        })(),
      );
    },
  };
}
