import type { Transport } from "@connectrpc/connect";
import type { GetMetricHistoryRequest } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { describe, expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";

const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `${API}/${path}`, body);
const get = (path: string, values: Readonly<Record<string, string>>): Promise<Answer> =>
  gateway.call("GET", `${API}/${path}?${new URLSearchParams(values)}`);

const { experiment_id: experiment } = (await post("experiments/create", { name: "searching" })).json;
const newRun = async (tags: readonly object[] = []): Promise<string> =>
  (await post("runs/create", { experiment_id: experiment, start_time: 1, tags })).json.run.info.run_id;
const run = await newRun();
await post("runs/log-parameter", { run_id: run, key: "p", value: "1" });

/** Everything that has a filter, and what it is asked with. */
const SEARCHES: Readonly<Record<string, (filter: string, order?: readonly string[]) => Promise<Answer>>> = {
  runs: (filter, order_by) => post("runs/search", { experiment_ids: [experiment], filter, order_by }),
  experiments: (filter, order_by) => post("experiments/search", { filter, order_by, max_results: 10 }),
  "logged models": (filter, order) =>
    post("logged-models/search", {
      experiment_ids: [experiment],
      filter,
      order_by: order?.map((field_name) => ({ field_name })),
    }),
  "registered models": (filter, order) =>
    get("registered-models/search", { filter, ...(order?.[0] !== undefined && { order_by: order[0] }) }),
  "model versions": (filter, order) =>
    get("model-versions/search", { filter, ...(order?.[0] !== undefined && { order_by: order[0] }) }),
};

const BAD_FILTERS: readonly (readonly [what: string, filter: string])[] = [
  ["an unknown field", "nothing = 'x'"],
  ["an unknown kind of field", "$where.a = 'x'"],
  ["an operator of a database", "name $gt 'x'"],
  ["another statement", "name = 'x'; DROP TABLE runs"],
  ["a comment", "name = 'x' -- and more"],
  ["an open quote", "name = 'x"],
  ["an open parenthesis", "(name = 'x'"],
  ["a closed parenthesis", "name = 'x')"],
  ["no value", "name ="],
  ["no operator", "name 'x'"],
  ["a function", "name = upper('x')"],
  ["a sub-query", "name IN (SELECT name FROM x)"],
  ["a thousand parentheses", `${"(".repeat(1_000)}name = 'x'${")".repeat(1_000)}`],
  ["control characters", "name \u0000= 'x'"],
];

describe.each(Object.entries(SEARCHES))("a search of %s", (_what, search) => {
  test.each(BAD_FILTERS)("is refused with %s", async (_kind, filter) => {
    const answer = await search(filter);
    expect([answer.status, answer.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  test("is refused with an order by what there is not, or by a hundred fields", async () => {
    for (const order of [["nothing"], ["$where"], Array.from({ length: 100 }, () => "nothing")])
      expect((await search("", order)).json.error_code).toBe("INVALID_PARAMETER_VALUE");
  });

  test("takes a value for what it is, whatever is in it", async () => {
    for (const value of ["(a+)+$", "%", "' OR '1'='1", "$gt", "\\", "🎉"]) {
      const quoted = value.includes("'") ? `"${value}"` : `'${value}'`;
      const answer = await search(`tags.x = ${quoted}`);
      expect([value, answer.status, answer.json.runs ?? answer.json.experiments ?? []]).toEqual([value, 200, []]);
    }
  });
});

test("ten thousand terms are refused at once", async () => {
  const filter = Array.from({ length: 10_000 }, () => "metrics.a > 1").join(" AND ");
  expect((await SEARCHES["runs"]?.(filter))?.json.error_code).toBe("INVALID_PARAMETER_VALUE");
});

describe("histories of metrics", () => {
  const points = Array.from({ length: 60 }, (_, i) => ({ key: "loss", value: i / 4, timestamp: 1_000 + i, step: i }));
  const steps = (answer: Answer): number[] => (answer.json.metrics ?? []).map((it: { step: number }) => it.step);

  test("come whole, or page by page", async () => {
    const id = await newRun();
    await post("runs/log-batch", { run_id: id, metrics: points });
    const asked = { run_id: id, metric_key: "loss" };
    expect(steps(await get("metrics/get-history", asked))).toEqual(points.map((it) => it.step));
    const seen: number[] = [];
    for (let page_token = ""; ; ) {
      const answer = await get("metrics/get-history", {
        ...asked,
        max_results: "25",
        ...(page_token && { page_token }),
      });
      seen.push(...steps(answer));
      page_token = answer.json.next_page_token ?? "";
      if (page_token === "") break;
    }
    expect(seen).toEqual(points.map((it) => it.step));
    expect((await get("metrics/get-history", { ...asked, page_token: "none" })).json.error_code).toBe(
      "INVALID_PARAMETER_VALUE",
    );
  });

  test("go by time, step and value, as MLflow's server has them", async () => {
    const id = await newRun();
    const logged = [
      [5, 1, 10],
      [4, 2, 9],
      [3, 3, 8],
      [3, 3, 7],
      [1, 9, 0],
      [9, 1, 1],
    ] as const;
    const metrics = logged.map(([step, timestamp, value]) => ({ key: "again", step, timestamp, value }));
    await post("runs/log-batch", { run_id: id, metrics });
    const asked = { run_id: id, metric_key: "again" };
    const whole = await get("metrics/get-history", asked);
    const paged = await get("metrics/get-history", { ...asked, max_results: "25000" });
    const bulk = await gateway.call("GET", `${API}/metrics/get-history-bulk?${new URLSearchParams(asked)}`);
    for (const answer of [whole, paged, bulk])
      expect(answer.json.metrics.map((it: { value: number }) => it.value)).toEqual([10, 1, 9, 7, 8, 0]);
    const first = await get("metrics/get-history", { ...asked, max_results: "4" });
    expect(steps(first)).toEqual([5, 9, 4, 3]);
    const { next_page_token: page_token } = first.json;
    expect(steps(await get("metrics/get-history", { ...asked, max_results: "4", page_token }))).toEqual([3, 1]);
  });

  test("that come whole are read as they are stored, which takes one look at each point", async () => {
    const asked: boolean[] = [];
    const { tracking } = gateway.transports;
    const recording: Transport = {
      stream: tracking.stream,
      unary(...call) {
        const [method, , , , input] = call;
        if (method.name === "GetMetricHistory") asked.push((input as GetMetricHistoryRequest).byTime);
        return tracking.unary(...call);
      },
    };
    const { call } = await gatewayForTests({ transports: { tracking: recording } });
    const id = await newRun();
    const metrics = points.map((it) => ({ ...it, timestamp: 2_000 - it.step }));
    await post("runs/log-batch", { run_id: id, metrics });
    const whole = await call("GET", `${API}/metrics/get-history?run_id=${id}&metric_key=loss`);
    expect(steps(whole)).toEqual(points.map((it) => it.step).reverse());
    expect(asked).toEqual([false]);
  });

  test("of several runs come together, and fewer of them where fewer are asked for", async () => {
    const ids = [await newRun(), await newRun()];
    for (const run_id of ids) await post("runs/log-batch", { run_id, metrics: points });
    const runs = ids.map((it) => `run_id=${it}`).join("&");
    const bulk = await gateway.call("GET", `/ajax-api/2.0/mlflow/metrics/get-history-bulk?${runs}&metric_key=loss`);
    expect(bulk.json.metrics).toHaveLength(120);
    expect(new Set(bulk.json.metrics.map((it: { run_id: string }) => it.run_id))).toEqual(new Set(ids));
    const intervals = ids.map((it) => `run_ids=${it}`).join("&");
    const path = `/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?${intervals}&metric_key=loss`;
    const sampled = await gateway.call("GET", `${path}&max_results=10&start_step=0&end_step=59`);
    const counted = ids.map((id) => sampled.json.metrics.filter((it: { run_id: string }) => it.run_id === id).length);
    for (const it of counted) expect(it).toBeLessThanOrEqual(10);
    expect(steps(sampled)).toContain(59);
    for (const wrong of ["start_step=1", "start_step=5&end_step=1", "max_results=0", "max_results=9999"])
      expect((await gateway.call("GET", `${path}&${wrong}`)).json.error_code).toBe("INVALID_PARAMETER_VALUE");
    expect((await gateway.call("GET", `${API}/metrics/get-history-bulk?metric_key=loss`)).status).toBe(400);
    const many = Array.from({ length: 101 }, (_, i) => `run_id=r${i}`).join("&");
    expect((await gateway.call("GET", `${API}/metrics/get-history-bulk?${many}&metric_key=loss`)).status).toBe(400);
  });
});

describe("what only older clients do", () => {
  test("models are kept in a tag of the run", async () => {
    const id = await newRun();
    const model = { artifact_path: "model", flavors: {}, utc_time_created: "now", run_id: id };
    for (let i = 0; i < 2; i++)
      expect((await post("runs/log-model", { run_id: id, model_json: JSON.stringify(model) })).json).toEqual({});
    const { tags } = (await get("runs/get", { run_id: id })).json.run.data;
    const kept = tags.find((it: { key: string }) => it.key === "mlflow.log-model.history").value;
    expect(JSON.parse(kept)).toEqual([model, model]);
    for (const model_json of ["{", "[]", "{}"])
      expect((await post("runs/log-model", { run_id: id, model_json })).json.error_code).toBe(
        "INVALID_PARAMETER_VALUE",
      );
  });

  test("a run is named by its run_uuid", async () => {
    expect((await get("runs/get", { run_uuid: run })).json.run.info.run_id).toBe(run);
  });
});

test("a run may have a parent that does not exist, as in MLflow", async () => {
  const id = await newRun([{ key: "mlflow.parentRunId", value: "0".repeat(32) }]);
  const child = await newRun([{ key: "mlflow.parentRunId", value: id }]);
  expect((await get("runs/get", { run_id: child })).json.run.data.tags).toContainEqual({
    key: "mlflow.parentRunId",
    value: id,
  });
});

describe("webhooks", () => {
  const webhook = {
    name: "hook",
    url: "https://8.8.8.8/x",
    events: [{ entity: "MODEL_VERSION_TAG", action: "SET" }],
    status: "DISABLED",
  };

  test("are made, read, changed and removed, and their secret is never told", async () => {
    const made = (await post("webhooks", { ...webhook, secret: "s".repeat(16) })).json.webhook;
    expect(made).toMatchObject(webhook);
    expect(JSON.stringify(made)).not.toContain("ssss");
    const path = `${API}/webhooks/${made.webhook_id}`;
    const { json } = await gateway.call("PATCH", path, { description: "more" });
    expect(json.webhook).toMatchObject({ ...webhook, description: "more" });
    expect((await gateway.call("GET", `${API}/webhooks`)).json.webhooks).toHaveLength(1);
    expect((await gateway.send({ method: "DELETE", path })).json).toEqual({});
    expect((await gateway.call("GET", path)).json.error_code).toBe("RESOURCE_DOES_NOT_EXIST");
  });

  test.each([
    ["no name", { name: "" }],
    ["no events", { events: [] }],
    ["an event that is none", { events: [{ entity: "a.b", action: "x" }] }],
    ["a status that is none", { status: "MAYBE" }],
    ["this machine", { url: "https://127.0.0.1/" }],
    ["this machine by name", { url: "https://localhost/" }],
    ["a machine of the cloud's own", { url: "https://169.254.169.254/" }],
    ["a user in the address", { url: "https://u:p@8.8.8.8/" }],
    ["a file", { url: "file:///etc/passwd" }],
  ])("are refused with %s", async (_what, more) => {
    const answer = await post("webhooks", { ...webhook, ...more });
    expect([answer.status, answer.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
