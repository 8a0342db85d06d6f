import { join } from "node:path";
import type { Operations } from "@throughline/operations";
import { ACTOR_HEADER } from "@throughline/rpc";
import type { Telemetry } from "@throughline/telemetry";
import type { RouterDependencies } from "./assemble.ts";
import { batchHosts } from "./domain/batch/batch-hosts.ts";
import { batchTally } from "./domain/batch/batch-tally.ts";
import { type PredictingBatch, predictBatch } from "./domain/batch/predict-batch.ts";
import { rowScorer } from "./domain/batch/row-scorer.ts";
import type { DeploymentTable } from "./domain/deployment-table.ts";
import { type ReleaseLoader, type ReleaseLoaderOptions, releaseLoader } from "./domain/loaded-release.ts";
import type { Predicting } from "./domain/predict.ts";
import type { RouterLimits } from "./limits.ts";
import { batchFailure } from "./rpc/batch-failure.ts";
import type { BatchHandlerParts } from "./rpc/batch-handlers.ts";
import { measureBatches } from "./rpc/measure-batches.ts";
import { releaseFinder } from "./rpc/release-finder.ts";
import { batchParts } from "./store/batch-parts.ts";

export interface BatchingParts
  extends Pick<ReleaseLoaderOptions, "hosts" | "features" | "calibrations">,
    Pick<PredictingBatch, "file" | "recordLineage"> {
  readonly predicting: Predicting;
  readonly table: DeploymentTable;
  readonly operations: Operations;
  readonly limits: RouterLimits;
}

/** Whole files answered, beside the requests. */
export interface Batching {
  readonly handlers: BatchHandlerParts;
  measure(meter: Telemetry["meter"]): void;
  /** Gives the models back that batches had. */
  close(): Promise<void>;
}

export function batching(
  { blobs, tables, clock, registry, logDir }: RouterDependencies,
  { hosts, features, calibrations, predicting, table, operations, limits, ...parts }: BatchingParts,
): Batching {
  const { unloadGraceMs } = limits;
  const tally = batchTally();
  const loader = releaseLoader({ hosts: batchHosts(hosts), features, calibrations, clock, unloadGraceMs });
  return {
    handlers: {
      table,
      operations,
      clock,
      predictBatch: predictBatch({
        ...parts,
        blobs,
        tables,
        clock,
        loader: unloadingAfterwards(loader),
        callers: predicting.callers,
        scorer: rowScorer(predicting),
        failureOf: batchFailure,
        tally,
        releaseOf: releaseFinder(registry),
        headersFor: (actor) => new Headers({ [ACTOR_HEADER]: actor }),
        parts: batchParts(join(logDir, "batches")),
        partRows: limits.batchPartRows,
        retryMs: limits.retryMs,
      }),
    },
    measure: (meter) => measureBatches(meter, tally),
    close: loader.close,
  };
}

/** A release is needed by nothing but the batches that use it. What is in use is not unloaded. */
const unloadingAfterwards = (loader: ReleaseLoader): Pick<ReleaseLoader, "using"> => ({
  using: (release, work) => loader.using(release, work).finally(() => loader.keep(NONE)),
});

const NONE: ReadonlySet<string> = new Set();
