import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import {
  type SampleMetricsResponse,
  TrackingService,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField } from "@throughline/kernel";
import { count, requiredText, text, texts, whole } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING, some } from "./endpoint.ts";
import { isNotFound } from "./errors.ts";
import { type HistoryColumns, type HistoryTold, historyColumns, historyText } from "./history-columns.ts";
import { orderOfTime } from "./history-order.ts";
import { lastOf } from "./locations.ts";
import { runName } from "./logging.ts";
import { type MetricJson, metricJson } from "./run-json.ts";
import { answerText } from "./text-answer.ts";

/** Points of one page, and of one answer to a caller who asks for no page. */
const PAGE_MAX = 25_000;
const POINTS_MAX = 1_000_000;
/** Points of a whole history that are messages at a time: as few as are forgotten as fast as they are made. */
const AT_ONCE = 1_000;
const RUNS_MAX = 100;
/** What the curves of MLflow's pages have. */
const CURVE_MAX = 2_500;

/** Histories of metrics. */
export const METRICS: readonly Endpoint[] = [
  { verbs: ["GET"], path: "metrics/get-history", answer: readHistory },
  { verbs: ["GET"], path: "metrics/get-history-bulk", answer: readHistories },
  { verbs: ["GET"], path: "metrics/get-history-bulk-interval", answer: sampleHistories },
];

interface Page {
  readonly metrics: readonly Metric[];
  readonly nextPageToken: string;
}

interface History {
  readonly run: string;
  readonly key: string;
  /** Each page by time takes a look at the whole history, unless it is stored in this order. */
  readonly byTime: boolean;
}

const readPage = (call: MlflowCall, asked: History & { pageSize: number; pageToken: string }): Promise<Page> =>
  callService(call, TrackingService.method.getMetricHistory, asked).catch(
    noneIfUnknown({ metrics: [], nextPageToken: "" }),
  );

/** For MLflow a run that does not exist has no points. */
const noneIfUnknown =
  <T>(none: T) =>
  (error: unknown): T => {
    if (isNotFound(error)) return none;
    throw error;
  };

/** One page, or, for a caller who names neither size nor token, all of it, as MLflow's server has it. */
async function readHistory(call: MlflowCall): Promise<unknown> {
  const { fields } = call;
  const asked = { run: runName(call), key: requiredText(fields, "metric_key") };
  const pageToken = text(fields, "page_token");
  const isPaged = pageToken !== "" || whole(fields, "max_results") !== undefined;
  if (isPaged) {
    const pageSize = Math.min(PAGE_MAX, count(fields, "max_results", { most: 2 ** 31 - 1, fallback: PAGE_MAX }));
    const { metrics, nextPageToken } = await readPage(call, { ...asked, byTime: true, pageSize, pageToken });
    const points = historyColumns();
    points.add(metrics);
    return answerHistory(call, points, { nextPageToken });
  }
  const points = await wholeHistory(call, { ...asked, byTime: false });
  return answerHistory(call, points, { order: await orderOfTime(points) });
}

/** The answer without points is one without fields, as MLflow's. */
const answerHistory = async (call: MlflowCall, points: HistoryColumns, told: HistoryTold): Promise<unknown> =>
  points.length === 0 ? NOTHING : answerText(call, historyText(requiredText(call.fields, "metric_key"), points, told));

async function wholeHistory(call: MlflowCall, asked: History): Promise<HistoryColumns> {
  const points = historyColumns();
  for (let pageToken = ""; ; ) {
    const page = await readPage(call, { ...asked, pageSize: AT_ONCE, pageToken });
    points.add(page.metrics);
    pageToken = page.nextPageToken;
    if (pageToken === "") return points;
    if (points.length >= POINTS_MAX)
      throw invalidField("max_results", `the history has more than ${POINTS_MAX} points: read it in pages`);
  }
}

/** Points of one run, up to a number of them: as many pages as it takes. */
async function readSome(call: MlflowCall, asked: History, most: number): Promise<readonly MetricJson[]> {
  const all: MetricJson[] = [];
  for (let pageToken = ""; ; ) {
    const page = await readPage(call, { ...asked, pageSize: Math.min(PAGE_MAX, most), pageToken });
    for (const it of page.metrics) all.push(metricJson(it));
    pageToken = page.nextPageToken;
    if (pageToken === "" || all.length >= most) return all;
  }
}

async function readHistories(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const runs = runsIn(texts(fields, "run_id"), "run_id");
  const key = requiredText(fields, "metric_key");
  const most = Math.min(PAGE_MAX, count(fields, "max_results", { most: 2 ** 31 - 1, fallback: PAGE_MAX }));
  const metrics: unknown[] = [];
  for (const id of runs.toSorted()) {
    const points = await readSome(call, { run: `${project}/runs/${id}`, key, byTime: true }, most);
    metrics.push(...points.map((it) => ({ ...it, run_id: id })));
    if (metrics.length >= most) break;
  }
  return { metrics: metrics.slice(0, most) };
}

function runsIn(ids: readonly string[], path: string): readonly string[] {
  if (ids.length === 0)
    throw invalidField(path, "Missing value for required parameter: at least one run must be named");
  if (ids.length > RUNS_MAX) throw invalidField(path, `at most ${RUNS_MAX} runs are taken, not ${ids.length}`);
  return ids;
}

/** Curves that the service has made shorter, with their extremes. */
async function sampleHistories(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const runs = runsIn(texts(fields, "run_ids"), "run_ids").map((id) => `${project}/runs/${id}`);
  const startStep = whole(fields, "start_step");
  const endStep = whole(fields, "end_step");
  if ((startStep === undefined) !== (endStep === undefined))
    throw invalidField("start_step", "If either start step or end step are specified, both must be specified");
  if (startStep !== undefined && endStep !== undefined && startStep > endStep)
    throw invalidField("end_step", "end_step must not be less than start_step");
  const asked = {
    parent: project,
    keys: [requiredText(fields, "metric_key")],
    points: count(fields, "max_results", { most: CURVE_MAX, fallback: CURVE_MAX }),
    ...(startStep !== undefined && { startStep }),
    ...(endStep !== undefined && { endStep }),
  };
  const sample = (some: readonly string[]): Promise<SampleMetricsResponse["curves"]> =>
    callService(call, TrackingService.method.sampleMetrics, { ...asked, runs: [...some] }).then((it) => it.curves);
  const curves = await sample(runs).catch(async (error: unknown) => {
    if (!isNotFound(error)) throw error;
    return (await Promise.all(runs.map((it) => sample([it]).catch(noneIfUnknown([]))))).flat();
  });
  const metrics = curves.flatMap(({ run, points }) => points.map((it) => ({ ...metricJson(it), run_id: lastOf(run) })));
  return { metrics: some(metrics) };
}
