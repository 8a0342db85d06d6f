import { DomainError, invariant, notFound, revisionConflict } from "@throughline/kernel";
import { atWrite } from "../errors.ts";
import { encodeValue } from "../json-text.ts";
import type { RevisionWrite, ValueWrite, Write } from "../port.ts";
import { searchRows } from "../search-index.ts";
import type { Database } from "./database.ts";
import { asDuplicate } from "./failure.ts";
import type { Job } from "./group-commit.ts";
import { tableOf } from "./schema.ts";
import type { SearchAction, SearchStorage } from "./search-writer.ts";
import type { SeriesWriter } from "./series.ts";

/** Does one write and returns the document's revision. */
type Action = SearchAction;

/** Where writes go. */
export interface Targets {
  readonly database: Database;
  readonly points: SeriesWriter;
  /** The search indexes that are open, by name. */
  readonly indexes: ReadonlyMap<string, SearchStorage>;
}

/** Makes the job of one batch. Values are checked and encoded here, outside of the transaction. */
export function batchJob(targets: Targets, writes: readonly Write[]): Job<readonly number[]> {
  const actions = writes.map((write, i) => numbered(i, () => action(targets, write)));
  let onCommit: (() => void)[] = [];
  return {
    rows: writes.reduce((sum, write) => sum + rowsOf(write), 0),
    run() {
      onCommit = [];
      return actions.map((act, i) => numbered(i, () => act((work) => void onCommit.push(work))));
    },
    committed: () => {
      for (const work of onCommit) work();
    },
  };
}

function rowsOf(write: Write): number {
  if (write.kind === "append") return 2 + write.points.length;
  return "index" in write ? searchRows(write) : 1;
}

/** Tells which write of the batch failed. */
function numbered<Result>(index: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof DomainError ? atWrite(error, index) : error;
  }
}

function action({ database, points, indexes }: Targets, write: Write): Action {
  if (write.kind === "append") return points.action(write);
  if ("index" in write) {
    const storage = indexes.get(write.index);
    invariant(storage !== undefined, "the index is open");
    return storage.action(write);
  }
  const table = tableOf(write.collection);
  switch (write.kind) {
    case "insert":
    case "put":
      return insertion(database, table, write);
    case "replace": {
      const { text, exotics } = encodeValue(write.value);
      const update = `UPDATE ${table} SET revision = revision + 1, document = ?, exotics = ? WHERE id = ? AND revision = ?`;
      return changing(database, write, () => {
        return database.statement(update).run(text, exotics, write.id, write.revision).changes === 1;
      });
    }
    case "remove": {
      const removal = `DELETE FROM ${table} WHERE id = ? AND revision = ?`;
      return changing(database, write, () => database.statement(removal).run(write.id, write.revision).changes === 1);
    }
    case "check":
      return changing(database, write, () => currentRevision(database, write) === write.revision);
  }
}

function insertion(database: Database, table: string, write: ValueWrite): Action {
  const { text, exotics } = encodeValue(write.value);
  const insert = `INSERT INTO ${table} (id, revision, document, exotics) VALUES (?, 1, ?, ?)`;
  const put = `${insert} ON CONFLICT (id) DO UPDATE
    SET revision = revision + 1, document = excluded.document, exotics = excluded.exotics RETURNING revision`;
  return () => {
    try {
      if (write.kind === "put") return (database.statement(put).get(write.id, text, exotics) as unknown as [number])[0];
      database.statement(insert).run(write.id, text, exotics);
      return 1;
    } catch (error) {
      throw asDuplicate(error, write.collection, write.id) ?? error;
    }
  };
}

/** A write that needs a revision: says what stands in its way if nothing changes. */
function changing(database: Database, write: RevisionWrite, change: () => boolean): Action {
  return () => {
    const { collection, id, revision } = write;
    try {
      if (change()) return { replace: revision + 1, remove: 0, check: revision }[write.kind];
    } catch (error) {
      throw asDuplicate(error, collection, id) ?? error;
    }
    const actual = currentRevision(database, write);
    if (actual === undefined) throw notFound(`${collection}/${id}`);
    throw revisionConflict(`${collection}/${id}`, String(revision), String(actual));
  };
}

function currentRevision(database: Database, { collection, id }: RevisionWrite): number | undefined {
  const row = database.statement(`SELECT revision FROM ${tableOf(collection)} WHERE id = ?`).get(id);
  return (row as unknown as [number] | undefined)?.[0];
}
