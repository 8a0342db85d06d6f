import { integer } from "@throughline/kernel";

/** How large a table engine is where the environment says nothing. */
export interface TableDefaults {
  /** Memory of DuckDB in each process, in MiB. */
  readonly memoryMiB: number;
  /** Processes, and so jobs at once. */
  readonly processes: number;
}

/** The settings of a table engine, of the environment. */
export const tableSettings = ({ memoryMiB, processes }: TableDefaults) =>
  ({
    tableMemoryMiB: { name: "THROUGHLINE_TABLE_MEMORY_MIB", parse: integer(64, 1_048_576), fallback: memoryMiB },
    tableThreads: { name: "THROUGHLINE_TABLE_THREADS", parse: integer(1, 256), fallback: 2 },
    tableProcesses: { name: "THROUGHLINE_TABLE_PROCESSES", parse: integer(1, 64), fallback: processes },
  }) as const;
