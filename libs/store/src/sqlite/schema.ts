import { DomainError, digestOfBytes } from "@throughline/kernel";
import { indexText } from "../collection.ts";
import { fieldOf } from "../field.ts";
import type { CollectionDefinition, IndexDefinition } from "../port.ts";
import type { Database } from "./database.ts";
import { indexExpression } from "./expression.ts";
import { asStorageFailure } from "./failure.ts";

/** The table of a collection. Names are checked before, so that they need no escaping. */
export const tableOf = (collection: string): string => `"d_${collection}"`;

/** Creates what is missing of a collection, and drops the indexes that its definition no longer has. */
export function createCollection<T extends object>(database: Database, definition: CollectionDefinition<T>): void {
  const table = tableOf(definition.name);
  const wanted = new Map(definition.indexes.map((index) => [indexName(definition.name, index), index]));
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (
      id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, document TEXT NOT NULL, exotics TEXT
    ) STRICT`);
    for (const name of indexNames(database, definition.name))
      if (!wanted.has(name)) database.exec(`DROP INDEX "${name}"`);
    for (const [name, index] of wanted) createIndex(database, { table, name, index });
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw asStorageFailure(error);
  }
}

interface NamedIndex<T> {
  readonly table: string;
  readonly name: string;
  readonly index: IndexDefinition<T>;
}

function createIndex<T>(database: Database, { table, name, index }: NamedIndex<T>): void {
  const columns = index.fields.map((path) => indexExpression(fieldOf(path)));
  // The id at the end keeps equal entries in the order of a find; uniqueness must not look at it.
  if (!index.unique) columns.push("id");
  try {
    database.exec(
      `CREATE ${index.unique ? "UNIQUE " : ""}INDEX IF NOT EXISTS "${name}" ON ${table} (${columns.join(", ")})`,
    );
  } catch (error) {
    if (!(error as Error).message.startsWith("UNIQUE")) throw error;
    throw new DomainError(
      "precondition",
      "INDEX_NOT_UNIQUE",
      `The index ${name} cannot be made unique: documents with equal values are stored. Change those first.`,
      { metadata: { index: name }, cause: error },
    );
  }
}

/** `collection.index.hash`: another definition under the same name gives another index. */
const indexName = <T>(collection: string, index: IndexDefinition<T>): string =>
  `${collection}.${index.name}.${digestOfBytes(indexText(index)).slice("sha256:".length, "sha256:".length + 8)}`;

function indexNames(database: Database, collection: string): readonly string[] {
  const rows = database
    .statement("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(`d_${collection}`);
  return rows.map((row) => (row as unknown as [string])[0]);
}
