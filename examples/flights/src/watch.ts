import { wait } from "@throughline/client";
import { ExportPredictionsResultSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import type { ReleaseMetrics } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { type DriftReport, DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { ComputeStatisticsResultSchema } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { count } from "./progress.ts";
import type { Baseline } from "./release.ts";
import type { Setting } from "./setting.ts";

/** Compares the vectors that were served in September with the training set. */
export async function compareWithTraining(
  { connection, progress }: Setting,
  served: {
    readonly deployment: string;
    readonly release: string;
    readonly baseline: Baseline;
    readonly features: readonly string[];
  },
): Promise<DriftReport> {
  const { parent, inference, validation } = connection;
  return progress.step("Comparing the served September with the training set", async () => {
    const { deployment, release } = served;
    const exported = await inference.exportPredictions({ deployment, release });
    const file = await wait(connection, exported.operation, ExportPredictionsResultSchema);
    const computed = await validation.computeStatistics({
      parent,
      dataDigest: file.digest,
      columns: [...served.features],
    });
    const { statistics } = await wait(connection, computed.operation, ComputeStatisticsResultSchema);
    const { report } = await validation.compareStatistics({
      parent,
      baseline: served.baseline.statistics.name,
      current: statistics?.name ?? "",
      schema: served.baseline.schema.name,
      columns: [...served.features],
    });
    if (!report) throw new Error("the platform answered without the report");
    const drifted = report.columns.filter((it) => it.verdict === DriftVerdict.DRIFTED);
    const told = `${count(file.rowCount)} served rows; ${drifted.length} of ${report.columns.length} features drifted, ${report.anomalies.length} anomalies`;
    return { told, result: report };
  });
}

/** How each release did, from the actual arrivals. */
export async function onlineMetrics(
  { connection, progress }: Setting,
  deployment: string,
): Promise<readonly ReleaseMetrics[]> {
  return progress.step("Reading the online metrics", async () => {
    const { releases } = await connection.inference.getDeploymentMetrics({ deployment });
    const told = releases
      .map((it) => `${count(it.feedbackCount)} of ${count(it.predictionCount)} predictions with actual`)
      .join("; ");
    return { told, result: releases };
  });
}
