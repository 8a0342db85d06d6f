import { invalidCall, invalidValue } from "./errors.ts";
import { ID } from "./filter.ts";
import { STORE_LIMITS } from "./limits.ts";
import { type Bookmark, decodePosition, encodePosition } from "./position.ts";
import type { AttributeValue, SearchIndex, SearchPage, SearchQuery, SearchWrite, SearchWrites } from "./search.ts";
import { checkName, type SearchNode, type SearchOrder, searchNode, searchOrder } from "./search-condition.ts";
import { checkKey } from "./value.ts";

/** What to search, checked: adapters trust it. */
export interface SearchSelection {
  /** Each once. */
  readonly scopes: readonly string[];
  readonly where: SearchNode;
  /** Ends with the id. */
  readonly order: readonly SearchOrder[];
  readonly after: Bookmark | undefined;
  readonly limit: number;
}

/** A found subject, with the values it is ordered by: null for what it does not have. The id is not among them. */
export interface SearchRow {
  readonly id: string;
  readonly values: readonly (AttributeValue | null)[];
}

/** What an adapter does for one index; everything else is the same for all of them. */
export interface SearchReader {
  page(selection: SearchSelection): Promise<readonly SearchRow[]>;
  count(scopes: readonly string[], where: SearchNode): Promise<number>;
}

/** Makes a search index of what an adapter reads. */
export function searchIndexOn(name: string, reader: SearchReader): SearchIndex {
  return {
    name,
    writes: writesOf(name),
    search: (query) => search(reader, query),
    count: async ({ scopes, where }) => reader.count(checkScopes(scopes), searchNode(where)),
  };
}

async function search(reader: SearchReader, query: SearchQuery): Promise<SearchPage> {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > STORE_LIMITS.subjectsMax)
    throw invalidCall("limit", `${limit} is not between 1 and ${STORE_LIMITS.subjectsMax}`);
  const order = searchOrder(query.orderBy ?? []);
  const values = order.filter((term) => term.name !== ID).length;
  const after = query.after === undefined ? undefined : decodePosition(query.after, values);
  const selection = { scopes: checkScopes(query.scopes), where: searchNode(query.where), order, after };
  // One more than asked for tells whether there is a next page.
  const rows = await reader.page({ ...selection, limit: limit + 1 });
  const subjects = rows.slice(0, limit).map((row) => ({ id: row.id, position: encodePosition(row) }));
  const last = subjects.at(-1);
  return rows.length <= limit || last === undefined ? { subjects } : { subjects, next: last.position };
}

function checkScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.length > STORE_LIMITS.scopesMax) throw invalidCall("scopes", `${scopes.length} scopes are too many`);
  return [...new Set(scopes)];
}

const writesOf = (index: string): SearchWrites => ({
  set: (subject, change) => ({ kind: "set", index, subject, ...change }),
  remove: (subject) => ({ kind: "unset", index, subject }),
});

/** Refuses what some adapter could not keep. */
export function checkSearchWrite(write: SearchWrite): void {
  checkKey(write.subject, "subject");
  if (write.kind === "unset") return;
  checkKey(write.scope, "scope");
  for (const [name, value] of write.set ?? []) {
    checkName(name);
    checkValue(name, value);
  }
  for (const name of write.unset ?? []) checkName(name);
}

function checkValue(name: string, value: AttributeValue): void {
  if (typeof value === "number" || typeof value === "boolean") return;
  if (typeof value !== "string") throw invalidValue(name, `${typeof value} cannot be searched for`);
  if (!value.isWellFormed()) throw invalidValue(name, "the text has a lone surrogate, which UTF-8 cannot hold");
}
