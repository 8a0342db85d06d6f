import type { CallOptions, TableEngine } from "../port.ts";
import type { SparkSession } from "./session.ts";
import type { SharedFiles } from "./shared-files.ts";

/** What a call on Spark works with. */
export interface SparkCall {
  /** Opens a session that ends, and is interrupted, with the call. */
  readonly open: () => Promise<SparkSession>;
  readonly embedded: TableEngine;
  readonly files: SharedFiles;
  /** A folder of a file system that the cluster shares with this process. */
  readonly exchangeDir: string;
  readonly options: CallOptions;
}
