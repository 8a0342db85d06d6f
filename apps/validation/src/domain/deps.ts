import type { BlobStore } from "@throughline/blobs";
import type { Clock, NewId } from "@throughline/kernel";
import type { TableEngine } from "@throughline/tables";
import type { ArtifactFinder } from "./data-file.ts";
import type { DriftReport } from "./drift.ts";
import type { Evaluation, MetricOptions, ScoredRows, SliceMetrics } from "./evaluation.ts";
import type { Schema } from "./schema.ts";
import type { Shelf } from "./shelf.ts";
import type { StatisticsSummary } from "./statistics.ts";

/** What the use cases need. */
export interface Deps {
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** The engine of a project, for statistics. */
  tablesOf(project: string): TableEngine;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly artifacts: ArtifactFinder;
  readonly statistics: Shelf<StatisticsSummary>;
  readonly schemas: Shelf<Schema>;
  readonly reports: Shelf<DriftReport>;
  readonly evaluations: Shelf<Evaluation>;
  /** The engine's calls fail when the signal aborts. */
  readonly newMetricsEngine: (signal: AbortSignal) => MetricsEngine;
}

/** Computes `sliceMetrics` off the event loop: sorting millions of scores takes seconds. One call at a time. */
export interface MetricsEngine extends AsyncDisposable {
  /** Takes the rows over: their memory must not be used afterwards. */
  metrics(rows: ScoredRows, options: MetricOptions): Promise<SliceMetrics>;
}
