import { type Case, endless, expectThat } from "./cases.ts";
import { type Call, closedLoop, expectNoFailure, type Job } from "./closed-loop.ts";
import { type MlflowApi, send, sendOnly } from "./mlflow-api.ts";

const FILLERS = 4;
const MOST = 50;
const RATES = ["0.1", "0.01", "0.001", "1"] as const;

interface Filled {
  readonly accuracy: number;
  readonly rate: string;
}

/** What run `i` holds: the same on every server. The multipliers are those of two linear congruential generators. */
const filled = (i: number): Filled => ({
  accuracy: ((i * 1_664_525 + 1_013_904_223) % 1_000_003) / 1_000_003,
  rate: RATES[Math.floor((((i * 22_695_477 + 12_345) % 65_537) / 65_537) * RATES.length)] ?? "1",
});

/** A search by a metric and a param, in the order of the metric, among so many runs; they are made at the first time. */
export const searchRuns = (runs: number, callers: number, ratio?: number): Case => ({
  name: `search ${runs.toLocaleString("en")} runs by metric and param, ordered`,
  unit: "searches",
  callers,
  unitsPerJob: 1,
  ...(ratio !== undefined && { asked: { ratio, of: "p50" } as const }),
  async prepare(api) {
    const experiment = await filledExperiment(api, runs);
    const body = {
      experiment_ids: [experiment],
      filter: "metrics.acc > 0.9 and params.lr = '0.1'",
      order_by: ["metrics.acc DESC"],
      max_results: MOST,
    };
    const job: Job = async (call) => {
      const found = await send(call, "POST", "/runs/search", body);
      expectThat(found.runs.length === MOST, `${MOST} runs`);
    };
    return {
      jobs: () => endless(() => job),
      async check() {
        const found = await api.request("POST", "/runs/search", body);
        const seen = found.runs.map(
          (run: { data: { metrics: { key: string; value: number }[] } }) =>
            run.data.metrics.find((it) => it.key === "acc")?.value,
        );
        expectThat(JSON.stringify(seen) === JSON.stringify(bestOf(runs)), "the best runs in their order");
      },
    };
  },
});

/** The metric of the runs that the search finds. */
const bestOf = (runs: number): readonly number[] =>
  Array.from({ length: runs }, (_, i) => filled(i))
    .filter((it) => it.accuracy > 0.9 && it.rate === "0.1")
    .map((it) => it.accuracy)
    .toSorted((a, b) => b - a)
    .slice(0, MOST);

/** The experiment with so many runs, which an earlier bench on the same data may have left. */
async function filledExperiment(api: MlflowApi, runs: number): Promise<string> {
  const name = `search-${runs}`;
  const known = await api.request("POST", "/experiments/search", { filter: `name = '${name}'`, max_results: 1 });
  const id = known.experiments?.[0]?.experiment_id;
  if (id !== undefined) return id;
  const experiment = await api.newExperiment(name);
  const jobs = Array.from({ length: runs }, (_, i) => fillJob(experiment, i));
  expectNoFailure(await closedLoop({ target: api.target, callers: FILLERS, jobs }));
  return experiment;
}

/** A server on SQLite may answer that its database is locked: what is filled in is sent until it is taken. */
const stubborn =
  (call: Call): Call =>
  async (...request) => {
    for (let left = 10; ; left--) {
      try {
        return await call(...request);
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  };

function fillJob(experiment: string, i: number): Job {
  const { accuracy, rate } = filled(i);
  return async (once) => {
    const call = stubborn(once);
    const tags = [{ key: "team", value: `t${i % 20}` }];
    const created = { experiment_id: experiment, start_time: Date.now(), run_name: `run-${i}`, tags };
    const { run_id } = (await send(call, "POST", "/runs/create", created)).run.info;
    const at = { timestamp: Date.now(), step: 0 };
    await sendOnly(call, "/runs/log-batch", {
      run_id,
      params: [
        { key: "lr", value: rate },
        { key: "depth", value: String(i % 12) },
        { key: "opt", value: "adam" },
      ],
      metrics: [
        { key: "acc", value: accuracy, ...at },
        { key: "loss", value: 1 - accuracy, ...at },
      ],
    });
  };
}
