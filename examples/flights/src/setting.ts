import type { Connection } from "@throughline/client";
import type { Progress } from "./progress.ts";
import type { Python } from "./python.ts";

/** What every step of the demonstration works with. */
export interface Setting {
  readonly connection: Connection;
  /** The gateway, such as `http://127.0.0.1:8080`. */
  readonly httpUrl: string;
  /** The gRPC address as Python takes it, such as `127.0.0.1:9090`. */
  readonly grpcTarget: string;
  readonly python: Python;
  readonly progress: Progress;
  /** Folder with the shipped Parquet files. */
  readonly dataDir: string;
  /** Folder for files of this run. */
  readonly workDir: string;
}
