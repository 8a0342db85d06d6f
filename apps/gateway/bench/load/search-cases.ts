import { type Case, endless, expectThat } from "./cases.ts";
import { type Call, closedLoop, expectNoFailure, type Job } from "./closed-loop.ts";
import { type FilledRun, type MlflowApi, send, sendOnly, unique } from "./mlflow-api.ts";

const FILLERS = 16;
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
export const searchRuns = (
  runs: number,
  callers: number,
  asked: { readonly ratio: number } | { readonly p99Ms: number },
): Case => ({
  name: `search ${runs.toLocaleString("en")} runs by metric and param, ordered`,
  unit: "searches",
  callers,
  unitsPerJob: 1,
  ...("ratio" in asked
    ? { asked: { ratio: asked.ratio, of: "p50" } as const }
    : { bound: { of: "p99", value: asked.p99Ms } as const }),
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
  const experiment = await api.newExperiment(unique(name));
  const jobs = Array.from({ length: runs }, (_, i) => fillJob(experiment, i));
  const some = api.addRuns ? jobs.slice(0, 1) : jobs;
  expectNoFailure(await closedLoop({ target: api.target, callers: FILLERS, jobs: some }));
  if (api.addRuns) {
    const { runs: of } = await api.request("POST", "/runs/search", { experiment_ids: [experiment], max_results: 1 });
    const others = Array.from({ length: runs - 1 }, (_, i) => runOf(i + 1));
    await api.addRuns(of[0].info.run_id, others);
  }
  // It has the name by which it is found again only once it is full.
  await api.request("POST", "/experiments/update", { experiment_id: experiment, new_name: name });
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

/** Run `i` as it is stored. */
function runOf(i: number): FilledRun {
  const { accuracy, rate } = filled(i);
  return {
    name: `run-${i}`,
    tags: { team: `t${i % 20}` },
    params: { lr: rate, depth: String(i % 12), opt: "adam" },
    metrics: { acc: accuracy, loss: 1 - accuracy },
  };
}

const pairs = <Value>(entries: Readonly<Record<string, Value>>) =>
  Object.entries(entries).map(([key, value]) => ({ key, value }));

function fillJob(experiment: string, i: number): Job {
  const { name, tags, params, metrics } = runOf(i);
  return async (once) => {
    const call = stubborn(once);
    const created = { experiment_id: experiment, start_time: Date.now(), run_name: name, tags: pairs(tags) };
    const { run_id } = (await send(call, "POST", "/runs/create", created)).run.info;
    const at = { timestamp: Date.now(), step: 0 };
    await sendOnly(call, "/runs/log-batch", {
      run_id,
      params: pairs(params),
      metrics: pairs(metrics).map((it) => ({ ...it, ...at })),
    });
  };
}
