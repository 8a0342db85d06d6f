import type { ProjectEngines, TableEngine } from "../port.ts";
import { ALL_PROJECTS, type ServiceFolders, type SparkSettings, sparkPlan } from "./spark-settings.ts";

/** The engine of projects that use Spark. */
export interface SparkProjects extends ProjectEngines {
  /** Ends what Spark does for this process. */
  close(): Promise<void>;
}

/** What Spark stands beside. */
export interface BesideSpark extends ServiceFolders {
  /** The engine of all other projects, and of what Spark does not do. It stays open. */
  readonly tables: TableEngine;
}

/**
 * Opens Spark for the projects that the operator has named; for none, if there is no Spark. A server that does not answer fails
 * nothing here: see ProjectEngines. Fails with a ConfigError that says what does not fit.
 */
export async function openSparkProjects(settings: SparkSettings, beside: BesideSpark): Promise<SparkProjects> {
  const plan = sparkPlan(settings, beside);
  if (!plan) return { of: () => undefined, ready: async () => {}, close: async () => {} };
  const { projects, ...config } = plan;
  // Spark's contracts and Arrow take 20 MB, which a process that does not use them does without.
  const { openSparkTables } = await import("./open-spark-tables.ts");
  const spark = await openSparkTables({ ...config, embedded: beside.tables });
  return {
    of: (project) => (projects.includes(ALL_PROJECTS) || projects.includes(project) ? spark : undefined),
    ready: () => spark.ready(),
    close: () => spark.close(),
  };
}
