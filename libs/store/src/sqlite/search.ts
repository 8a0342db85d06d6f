import { setImmediate as nextTurn } from "node:timers/promises";
import type { SearchReader, SearchRow } from "../search-index.ts";
import type { Database } from "./database.ts";
import { comparing } from "./search-order.ts";
import { countOfScope, pageOfScope } from "./search-pages.ts";
import type { Place } from "./search-plan.ts";
import type { SearchTables } from "./search-test.ts";
import type { SearchStorage } from "./search-writer.ts";

/** How long a search of many scopes goes on before it lets others work. */
const TURN_MS = 10;

/** A number that no name has. */
const UNKNOWN = -1;

/** Searches one index. Each scope is searched by itself, since an index gives an order only within one. */
export function searchReader(database: Database, index: string, storage: SearchStorage): SearchReader {
  const tables: SearchTables = {
    subjects: `"x_${index}"`,
    attributes: `"x_${index}_attributes"`,
    byValue: `"x_${index}_by_value"`,
    byScope: `"x_${index}_by_scope"`,
    numberOf: (name) => storage.nameNumber(name) ?? UNKNOWN,
  };
  async function inTurns(scopes: readonly string[], work: (place: Place) => void): Promise<void> {
    let end = performance.now() + TURN_MS;
    for (const text of scopes) {
      const scope = storage.scopeNumber(text);
      if (scope !== undefined) work({ database, tables, scope });
      if (performance.now() < end) continue;
      await nextTurn();
      end = performance.now() + TURN_MS;
    }
  }

  return {
    async page(selection) {
      const { limit, order, scopes } = selection;
      const compare = comparing(order);
      let best: SearchRow[] = [];
      await inTurns(scopes, (place) => {
        best.push(...pageOfScope({ ...place, subjects: storage.subjectsOf(place.scope) }, selection));
        if (scopes.length > 1 && best.length > 4 * limit) best = best.sort(compare).slice(0, limit);
      });
      return scopes.length > 1 ? best.sort(compare).slice(0, limit) : best;
    },
    async count(scopes, where) {
      let sum = 0;
      await inTurns(scopes, (place) => {
        sum += countOfScope(place, where);
      });
      return sum;
    },
  };
}
