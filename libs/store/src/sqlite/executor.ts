import type { Database } from "./database.ts";
import { type GroupCommitOptions, groupCommit } from "./group-commit.ts";
import { removeSomeSeries } from "./series.ts";
import type { Command } from "./writer-protocol.ts";
import { batchJob, settlingJob, targets } from "./writes.ts";

/** Points and series that one removal may touch: its share of a transaction. */
export const REMOVAL_ROWS = 5_000;

/** Carries out what a store is asked to write, in the order in which it is asked. */
export interface Executor {
  /** Resolves when it is durable: with all that is asked in this turn of the event loop, or until the next `flush`, in one commit. */
  execute(command: Command): Promise<unknown>;
  /** Commits what waits before it returns. */
  flush(): void;
  /** Commits what waits, and refuses the rest. */
  close(): void;
}

export function executor(database: Database, options: GroupCommitOptions): Executor {
  const commits = groupCommit(database, options);
  const all = targets(database);
  return {
    execute(command) {
      switch (command.kind) {
        case "batch":
          return commits.submit(batchJob(all, command.writes));
        case "removeSomeSeries": {
          const { series, prefix } = command;
          const run = (): boolean => {
            all.points.settle(series);
            return removeSomeSeries(database, series, prefix);
          };
          return commits.submit({ rows: REMOVAL_ROWS, run });
        }
        case "settle":
          return commits.submit(settlingJob(all, command.what, command.rows));
        case "ping":
          // An empty transaction takes the right to write and leaves no trace.
          return commits.submit({ rows: 1, run: () => void database.statement("SELECT 1").get() });
      }
    },
    flush: commits.flush,
    close: commits.close,
  };
}
