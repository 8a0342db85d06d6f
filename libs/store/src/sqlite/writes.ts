import { notFound, revisionConflict } from "@throughline/kernel";
import type { Database } from "./database.ts";
import { type EncodedDocument, type EncodedRevision, type EncodedWrite, numbered } from "./encoded-write.ts";
import { asDuplicate } from "./failure.ts";
import type { Job } from "./group-commit.ts";
import { tableOf } from "./schema.ts";
import { type SearchStorage, searchStorage } from "./search-writer.ts";
import { type SeriesWriter, seriesWriter } from "./series.ts";
import type { Unsettled } from "./writer-protocol.ts";

/** Does one write and returns the document's revision. */
type Action = () => number;

/** Where writes go. */
export interface Targets {
  readonly database: Database;
  readonly points: SeriesWriter;
  index(name: string): SearchStorage;
}

export function targets(database: Database): Targets {
  const indexes = new Map<string, SearchStorage>();
  return {
    database,
    points: seriesWriter(database),
    index(name) {
      const index = indexes.get(name) ?? searchStorage(database, name);
      indexes.set(name, index);
      return index;
    },
  };
}

/** Makes the job of one batch. */
export function batchJob(targets: Targets, writes: readonly EncodedWrite[]): Job<readonly number[]> {
  const actions = writes.map((write) => action(targets, write));
  return {
    rows: writes.reduce((sum, write) => sum + rowsOf(write), 0),
    run: () => actions.map((act, i) => numbered(i, act)),
  };
}

/** Makes the job that sorts in what waits, which touches some `rows`. */
export function settlingJob(targets: Targets, { kind, name }: Unsettled, rows: number): Job<void> {
  let onCommit: (() => void)[] = [];
  return {
    rows,
    run() {
      onCommit = [];
      if (kind === "index") targets.index(name).settle((work) => void onCommit.push(work));
      else targets.points.settle(name);
    },
    committed() {
      for (const work of onCommit) work();
    },
  };
}

/** How many rows a write touches, roughly. */
export const rowsOf = (write: EncodedWrite): number => (write.kind === "append" ? 2 + write.points.length : 1);

function action({ database, points, index }: Targets, write: EncodedWrite): Action {
  if (write.kind === "append") return points.action(write);
  if (write.kind === "search") {
    const { keep } = index(write.index);
    return () => {
      keep(write.change);
      return 0;
    };
  }
  const table = tableOf(write.collection);
  switch (write.kind) {
    case "insert":
    case "put":
      return insertion(database, table, write);
    case "replace": {
      const { text, exotics } = write;
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

function insertion(database: Database, table: string, write: EncodedDocument): Action {
  const { text, exotics } = write;
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
function changing(database: Database, write: EncodedRevision, change: () => boolean): Action {
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

function currentRevision(database: Database, { collection, id }: EncodedRevision): number | undefined {
  const row = database.statement(`SELECT revision FROM ${tableOf(collection)} WHERE id = ?`).get(id);
  return (row as unknown as [number] | undefined)?.[0];
}
