import type { AttributeValue } from "../search.ts";
import type { Database } from "./database.ts";
import { mergedChanges, readChange, type SearchChange } from "./search-change.ts";
import { storedValue } from "./search-value.ts";

/** Numbers of names or scopes that are kept in memory. They never change once they are durable. */
const NUMBERS_MAX = 100_000;

/** Takes work that may be done only once what is written now is durable. */
export type OnCommit = (work: () => void) => void;

/** The tables of one search index, and the numbers of the texts that they hold once. */
export interface SearchStorage {
  create(): void;
  /** Keeps a change, of which searches know nothing before `settle`. */
  keep(change: string): void;
  /** How many changes wait for `settle`. */
  waiting(): number;
  /** Sorts all changes that wait into the index, in their order. What it learns about numbers it leaves with `onCommit`. */
  settle(onCommit: OnCommit): void;
  /** The number of a name or scope; undefined if nothing was ever stored under it. */
  nameNumber(name: string): number | undefined;
  scopeNumber(scope: string): number | undefined;
  /** How many subjects a scope has. */
  subjectsOf(scope: number): number;
}

/**
 * Keeps attributes as rows of small numbers and a value, once by subject and once by scope, name and value. All subjects
 * of a scope that have a value in some range stand beside each other, in the order of the values.
 *
 * So each attribute of a subject has its own place in the index, and its own page of the file. Changes are therefore kept
 * as they come, one row each, and sorted in together: many subjects have their values on the same pages.
 */
export function searchStorage(database: Database, index: string): SearchStorage {
  const names = numbering(database, `x_${index}_names`);
  const scopes = numbering(database, `x_${index}_scopes`);
  const statements = statementsOf(index);
  return {
    create() {
      names.create();
      scopes.create();
      database.exec(`
        CREATE TABLE IF NOT EXISTS "x_${index}" (number INTEGER PRIMARY KEY, scope INTEGER NOT NULL, id TEXT NOT NULL UNIQUE) STRICT;
        CREATE INDEX IF NOT EXISTS "x_${index}_by_scope" ON "x_${index}" (scope, id);
        CREATE TABLE IF NOT EXISTS "x_${index}_attributes" (
          subject INTEGER NOT NULL, name INTEGER NOT NULL, scope INTEGER NOT NULL, value NOT NULL,
          PRIMARY KEY (subject, name)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS "x_${index}_counts" (scope INTEGER PRIMARY KEY, subjects INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS "x_${index}_waiting" (number INTEGER PRIMARY KEY, change TEXT NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS "x_${index}_by_value" ON "x_${index}_attributes" (scope, name, value, subject);
      `);
    },
    keep: (change) => void database.statement(statements.keep).run(change),
    waiting: () => (database.statement(`SELECT count(*) FROM "x_${index}_waiting"`).get() as unknown as [number])[0],
    settle(onCommit) {
      const waiting = database.statement(statements.waiting).all() as unknown as readonly [string][];
      for (const change of mergedChanges(waiting.map(([text]) => readChange(text)))) {
        if (change.scope === undefined) remove(database, index, change.subject);
        else apply(database, { index, names, scopes, statements, onCommit }, { ...change, scope: change.scope });
      }
      database.statement(statements.settled).run();
    },
    nameNumber: (name) => names.find(name),
    scopeNumber: (scope) => scopes.find(scope),
    subjectsOf(scope) {
      const row = database.statement(`SELECT subjects FROM "x_${index}_counts" WHERE scope = ?`).get(scope);
      return (row as unknown as [number] | undefined)?.[0] ?? 0;
    },
  };
}

type SubjectRow = [number: number, scope: number];

/** Written once for each index, and not for each write. */
const statementsOf = (index: string) => ({
  keep: `INSERT INTO "x_${index}_waiting" (change) VALUES (?)`,
  waiting: `SELECT change FROM "x_${index}_waiting" ORDER BY number`,
  settled: `DELETE FROM "x_${index}_waiting"`,
  find: `SELECT number, scope FROM "x_${index}" WHERE id = ?`,
  insert: `INSERT INTO "x_${index}" (scope, id) VALUES (?, ?)`,
  put: `INSERT INTO "x_${index}_attributes" (subject, name, scope, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (subject, name) DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value`,
  drop: `DELETE FROM "x_${index}_attributes" WHERE subject = ? AND name = ?`,
});

function remove(database: Database, index: string, subject: string): void {
  const row = database.statement(`SELECT number, scope FROM "x_${index}" WHERE id = ?`).get(subject);
  if (row === undefined) return;
  const [number, scope] = row as unknown as SubjectRow;
  counted(database, index, { scope, change: -1 });
  database.statement(`DELETE FROM "x_${index}_attributes" WHERE subject = ?`).run(number);
  database.statement(`DELETE FROM "x_${index}" WHERE number = ?`).run(number);
}

interface Tables {
  readonly index: string;
  readonly statements: ReturnType<typeof statementsOf>;
  readonly names: Numbering;
  readonly scopes: Numbering;
  readonly onCommit: OnCommit;
}

function apply(database: Database, tables: Tables, change: SearchChange & { readonly scope: string }): void {
  const { index, names, scopes, onCommit } = tables;
  const { find, insert, put, drop } = tables.statements;
  const scope = scopes.take(change.scope, onCommit);
  const row = database.statement(find).get(change.subject) as unknown as SubjectRow | undefined;
  if (row?.[1] !== scope) counted(database, index, { scope, change: 1 });
  if (row !== undefined && row[1] !== scope) move(database, index, { row, scope });
  const subject = row?.[0] ?? Number(database.statement(insert).run(scope, change.subject).lastInsertRowid);
  const putting = change.set.length === 0 ? undefined : database.statement(put);
  for (const [i, name] of change.set.entries())
    putting?.run(subject, names.take(name, onCommit), scope, storedValue(change.values[i] as AttributeValue));
  for (const name of change.unset) database.statement(drop).run(subject, names.take(name, onCommit));
}

/** Keeps count of the subjects of a scope. */
function counted(
  database: Database,
  index: string,
  { scope, change }: { readonly scope: number; readonly change: 1 | -1 },
): void {
  const count = `INSERT INTO "x_${index}_counts" VALUES (?, ?) ON CONFLICT DO UPDATE SET subjects = subjects + excluded.subjects`;
  database.statement(count).run(scope, change);
}

function move(
  database: Database,
  index: string,
  { row: [subject, before], scope }: { readonly row: SubjectRow; readonly scope: number },
): void {
  counted(database, index, { scope: before, change: -1 });
  database.statement(`UPDATE "x_${index}" SET scope = ? WHERE number = ?`).run(scope, subject);
  database.statement(`UPDATE "x_${index}_attributes" SET scope = ? WHERE subject = ?`).run(scope, subject);
}

/** Numbers for texts, so that rows hold numbers. */
interface Numbering {
  create(): void;
  find(text: string): number | undefined;
  /** The number of a text, a new one if it has none yet. */
  take(text: string, onCommit: OnCommit): number;
}

function numbering(database: Database, table: string): Numbering {
  const known = new Map<string, number>();
  const keep = (text: string, number: number): void => {
    if (known.size >= NUMBERS_MAX) known.delete(known.keys().next().value as string);
    known.set(text, number);
  };
  const stored = (text: string): number | undefined => {
    const row = database.statement(`SELECT number FROM "${table}" WHERE text = ?`).get(text);
    return (row as unknown as [number] | undefined)?.[0];
  };
  return {
    create() {
      database.exec(
        `CREATE TABLE IF NOT EXISTS "${table}" (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT`,
      );
    },
    find(text) {
      const before = known.get(text);
      if (before !== undefined) return before;
      const number = stored(text);
      if (number !== undefined) keep(text, number);
      return number;
    },
    take(text, onCommit) {
      const before = known.get(text);
      if (before !== undefined) return before;
      const insert = database.statement(`INSERT INTO "${table}" (text) VALUES (?)`);
      const number = stored(text) ?? Number(insert.run(text).lastInsertRowid);
      // A batch that fails takes its numbers back.
      onCommit(() => keep(text, number));
      return number;
    },
  };
}
