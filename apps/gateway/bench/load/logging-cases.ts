import { type Case, endless, expectThat } from "./cases.ts";
import type { Job } from "./closed-loop.ts";
import { type MlflowApi, send, sendOnly, unique } from "./mlflow-api.ts";

const TEN = Array.from({ length: 10 }, (_, i) => i);

/** A run as a training script leaves it: created, filled with 10 params, tags and metrics, and ended. */
export const createRuns = (callers: number, ratio: number): Case => ({
  name: "create a run with 10 params, tags, metrics",
  unit: "runs",
  callers,
  unitsPerJob: 1,
  asked: { ratio, of: "rate" },
  async prepare(api) {
    const experiment = await api.newExperiment(unique("runs"));
    return {
      jobs: () => endless((i) => runJob(experiment, i)),
      async check() {
        const body = { experiment_ids: [experiment], filter: "attributes.status = 'FINISHED'", max_results: 5 };
        const { runs } = await api.request("POST", "/runs/search", body);
        expectThat(runs.length > 0, "a run that has ended");
        for (const { data } of runs)
          expectThat(data.params.length === 10 && data.metrics.length === 10, "10 params and 10 metrics");
      },
    };
  },
});

function runJob(experiment: string, i: number): Job {
  return async (call) => {
    const tags = TEN.map((it) => ({ key: `tag${it}`, value: `value-${i}-${it}` }));
    const created = { experiment_id: experiment, start_time: Date.now(), run_name: `run-${i}`, tags };
    const { run_id } = (await send(call, "POST", "/runs/create", created)).run.info;
    await sendOnly(call, "/runs/log-batch", {
      run_id,
      params: TEN.map((it) => ({ key: `param${it}`, value: String(i * it) })),
      metrics: TEN.map((it) => ({ key: `metric${it}`, value: i + it / 10, timestamp: Date.now(), step: 0 })),
    });
    await sendOnly(call, "/runs/update", { run_id, status: "FINISHED", end_time: Date.now() });
  };
}

const newRuns = async (api: MlflowApi, name: string, count: number): Promise<readonly string[]> => {
  const experiment = await api.newExperiment(unique(name));
  const runs: string[] = [];
  for (let i = 0; i < count; i++) runs.push(await api.newRun(experiment));
  return runs;
};

/** One metric in every call, each caller to a run of its own. */
export const logMetrics = (callers: number, ratio: number): Case => ({
  name: "log one metric",
  unit: "calls",
  callers,
  unitsPerJob: 1,
  asked: { ratio, of: "rate" },
  async prepare(api) {
    const runs = await newRuns(api, "single", callers);
    let step = 0;
    const job = (i: number): Job => {
      const metric = { key: "loss", value: 1 / (i + 1), timestamp: Date.now(), step: step++ };
      return (call) => sendOnly(call, "/runs/log-metric", { run_id: runs[i % callers], ...metric });
    };
    return { jobs: () => endless(job) };
  },
});

const BATCH = 1_000;

/** Batches of 1,000 metrics of 10 keys; `least` metrics a second, if so many are asked. */
export const logBatches = (callers: number, ratio: number, least?: number): Case => ({
  name: "log metrics in batches of 1,000",
  unit: "metrics",
  callers,
  unitsPerJob: BATCH,
  asked: { ratio, of: "rate" },
  ...(least !== undefined && { bound: { of: "rate", value: least } as const }),
  async prepare(api) {
    const runs = await newRuns(api, "batch", callers);
    let batch = 0;
    const job = (i: number): Job => {
      const first = 100 * batch++;
      const metrics = Array.from({ length: BATCH }, (_, j) => {
        const step = first + Math.floor(j / 10);
        return { key: `m${j % 10}`, value: j / 2, timestamp: Date.now(), step };
      });
      return (call) => sendOnly(call, "/runs/log-batch", { run_id: runs[i % callers], metrics });
    };
    return { jobs: () => endless(job) };
  },
});

/** The whole history of a metric, in one answer or in pages. */
export const readHistory = (points: number, pageSize: number | undefined, ratio: number): Case => ({
  name: `read ${points.toLocaleString("en")} points ${pageSize ? `in pages of ${pageSize.toLocaleString("en")}` : "at once"}`,
  unit: "reads",
  callers: 1,
  unitsPerJob: 1,
  asked: { ratio, of: "p50" },
  async prepare(api) {
    const [run = ""] = await newRuns(api, "history", 1);
    for (let first = 0; first < points; first += BATCH) {
      const metrics = Array.from({ length: Math.min(BATCH, points - first) }, (_, i) => ({
        key: "loss",
        value: first + i,
        timestamp: 1_700_000_000_000 + first + i,
        step: first + i,
      }));
      await api.request("POST", "/runs/log-batch", { run_id: run, metrics });
    }
    return { jobs: () => endless(() => historyJob({ run, points, pageSize })) };
  },
});

function historyJob(of: { readonly run: string; readonly points: number; readonly pageSize: number | undefined }): Job {
  const path = `/metrics/get-history?run_id=${of.run}&metric_key=loss${of.pageSize ? `&max_results=${of.pageSize}` : ""}`;
  return async (call) => {
    let count = 0;
    let token = "";
    do {
      const page = await send(call, "GET", token === "" ? path : `${path}&page_token=${encodeURIComponent(token)}`);
      expectThat(page.metrics[0].value === count, `point ${count} first on its page`);
      count += page.metrics.length;
      token = page.next_page_token ?? "";
    } while (token !== "");
    expectThat(count === of.points, `${of.points} points, not ${count}`);
  };
}
