import type { Digest } from "@throughline/kernel";
import type { SentError } from "../errors.ts";
import type { CertifyOptions, JoinPlan, LeakageCertificate, OracleRow } from "../join-plan.ts";
import type {
  ConvertPlan,
  ImportPlan,
  JoinedTable,
  OutputPlan,
  QueryPlan,
  ReadPlan,
  RowsPlan,
  SelectPlan,
} from "../port.ts";
import type { StatisticsPlan, TableStatistics } from "../statistics-plan.ts";
import type { ColumnBatch, Row, RowSet, RowsIdentity, TableFile, TableShape, WrittenTable } from "../table.ts";

/** One kind of job: its plan, its result, and the pieces that it takes in or gives out while it runs. */
interface JobKind<Plan, Result, Input = never, Output = never> {
  readonly plan: Plan;
  readonly result: Result;
  readonly input: Input;
  readonly output: Output;
}

/** Every job that the engine's process can do. */
export interface Jobs {
  readonly inspect: JobKind<TableFile, TableShape>;
  readonly importRows: JobKind<ImportPlan, WrittenTable, readonly Row[]>;
  readonly convert: JobKind<ConvertPlan, WrittenTable>;
  readonly pointInTimeJoin: JobKind<JoinPlan & OutputPlan, JoinedTable>;
  readonly bruteForceJoin: JobKind<
    { readonly join: JoinPlan; readonly rowNumbers: readonly number[] },
    readonly OracleRow[]
  >;
  readonly certify: JobKind<
    { readonly join: JoinPlan; readonly result: JoinedTable; readonly options: CertifyOptions },
    LeakageCertificate
  >;
  readonly statistics: JobKind<StatisticsPlan, TableStatistics>;
  readonly query: JobKind<QueryPlan, RowSet>;
  readonly writeQuery: JobKind<SelectPlan & OutputPlan, WrittenTable>;
  readonly readRows: JobKind<ReadPlan, RowSet>;
  readonly queryColumns: JobKind<SelectPlan, undefined, never, ColumnBatch>;
  readonly rowDigests: JobKind<RowsPlan, undefined, never, readonly Digest[]>;
  readonly rowsIdentity: JobKind<RowsPlan, RowsIdentity>;
  readonly toArrow: JobKind<RowsPlan, undefined, never, Uint8Array>;
  readonly fromArrow: JobKind<OutputPlan, WrittenTable, Uint8Array>;
}

export type JobName = keyof Jobs;

/** What the process may use. */
export interface ProcessLimits {
  readonly memoryLimitMiB: number;
  readonly threads: number;
  /** A folder of its own for what does not fit into memory. */
  readonly spillFolder: string;
  /** What the names of unfinished outputs end in; the engine removes them when a job fails. */
  readonly partialSuffix: string;
}

/** From the engine to its process. One job runs at a time. */
export type ToProcess =
  | { readonly type: "run"; readonly job: JobName; readonly plan: unknown; readonly limits: ProcessLimits }
  /** The answer to `pull`: a piece of input, or undefined at its end. */
  | { readonly type: "input"; readonly piece: unknown }
  /** The answer to `output`: the piece was taken. */
  | { readonly type: "taken" }
  | { readonly type: "cancel" };

/** From the process to the engine. `done` and `failed` end the job. */
export type FromProcess =
  | { readonly type: "progress"; readonly fraction: number }
  | { readonly type: "pull" }
  | { readonly type: "output"; readonly piece: unknown }
  | { readonly type: "done"; readonly result: unknown }
  | { readonly type: "failed"; readonly error: SentError }
  /** Something thrown that is not a DomainError: a bug. */
  | { readonly type: "broken"; readonly message: string; readonly stack: string };
