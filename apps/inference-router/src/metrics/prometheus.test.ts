import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measuring } from "../domain/analysis/measuring.ts";
import type { ObservedRollout } from "../domain/analysis/observed-rollout.ts";
import { prometheus } from "./prometheus.ts";

const closings: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const it of closings.reverse()) await it();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listen(answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closings.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return server;
}

const ROLLOUT = {
  name: "projects/p/deployments/shop/rollouts/1",
  deployment: "projects/p/deployments/shop",
  candidate: "projects/p/releases/new",
  baseline: "projects/p/releases/old",
} as ObservedRollout;

const askingFor = (query: string): ObservedRollout => ({
  ...ROLLOUT,
  plan: {
    isPaired: false,
    steps: [],
    alpha: 0.05,
    power: 0.9,
    analyses: [
      {
        name: "depth",
        role: "GUARDRAIL",
        source: { kind: "PROMETHEUS", query },
        lowerIsBetter: true,
        minEffect: 1,
        labelDelayMs: 0,
        horizonObservations: 0,
      },
    ],
  },
});

const LIMITS = { timeoutMs: 5_000, answerBytesMax: 20_000 };

/** What one query comes to, with what was reported as a problem. */
async function measured(url: string, query: string, nowMs = Date.now()) {
  const problems: string[] = [];
  const server = prometheus({ url, ...LIMITS });
  const asking = measuring({ server, everyMs: 10_000, onProblem: (_, error) => problems.push(String(error)) });
  const found = await asking.measure(askingFor(query), nowMs);
  return { measurement: found.get("depth"), problems };
}

describe("a server that answers as its contract says", () => {
  /** Queries that were asked, and what the next one is answered with. */
  const asked: string[] = [];
  let answer: RequestListener = () => {};
  let url = "";
  beforeAll(async () => {
    const server = await listen((request, response) => {
      let body = "";
      request.on("data", (it) => {
        body += it;
      });
      request.on("end", () => {
        asked.push(`${request.url} ${new URLSearchParams(body).get("query")}`);
        answer(request, response);
      });
    });
    url = `http://127.0.0.1:${portOf(server)}/`;
  });
  const vector = (...result: readonly object[]): RequestListener =>
    says(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  const says =
    (text: string, status = 200): RequestListener =>
    (_, response) =>
      void response.writeHead(status).end(text);
  const value = (text: string, metric = {}) => ({ metric, value: [1, text] });

  test("is asked once for a number by release, and once for each release that the query names", async () => {
    answer = vector(value("2", { release: "new" }), value("1.5", { release: "old" }), value("9", { release: "x" }));
    asked.length = 0;
    const both = await measured(url, 'depth{deployment="$deployment"}');
    expect(both.measurement).toMatchObject({ candidate: 2, baseline: 1.5, missingSinceMs: undefined });
    expect(asked).toEqual(['/api/v1/query depth{deployment="shop"}']);
    answer = vector(value("3", { job: "router" }));
    const each = await measured(url, 'depth{release="$release"}');
    expect(each.measurement).toMatchObject({
      candidate: 3,
      baseline: 3,
      candidateQuery: 'depth{release="new"}',
      baselineQuery: 'depth{release="old"}',
    });
  });

  test.each<readonly [what: string, answering: RequestListener]>([
    ["nothing", vector()],
    ["another release alone", vector(value("1", { release: "x" }))],
    ["not a number", vector(value("NaN", { release: "new" }), value("+Inf", { release: "old" }))],
    ["two numbers of one release", vector(value("1", { release: "new" }), value("2", { release: "new" }))],
    ["a matrix", says('{"status":"success","data":{"resultType":"matrix","result":[]}}')],
    ["an error", says('{"status":"error","errorType":"bad_data","error":"parse error"}', 400)],
    ["no JSON", says("<html>")],
    ["too much", says(" ".repeat(30_000))],
    ["another place", (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
    ["half of an answer", (_, response) => void response.writeHead(200, { "content-length": 50 }).write("{")],
  ])("is missing where it gives %s", async (_, answering) => {
    answer = answering;
    const { measurement } = await measured(url, "depth", 5_000);
    expect(measurement?.missingSinceMs).toBe(5_000);
    expect([measurement?.candidate, measurement?.baseline]).toContain(undefined);
  });
});

test("without a server nothing is measured, and the problem says what to do", async () => {
  const problems: string[] = [];
  const asking = measuring({ server: undefined, everyMs: 10, onProblem: (_, error) => problems.push(String(error)) });
  const first = await asking.measure(askingFor("depth"), 1_000);
  expect(first.get("depth")).toMatchObject({ missingSinceMs: 1_000, candidate: undefined });
  expect((await asking.measure(askingFor("depth"), 2_000)).get("depth")).toMatchObject({ missingSinceMs: 1_000 });
  expect(problems[0]).toContain("THROUGHLINE_PROMETHEUS");
});

const PROGRAM = ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].find((it) => existsSync(it)) ?? "";

// It is a package of the system (apt-get install prometheus), which need not be there.
describe.skipIf(PROGRAM === "")("Prometheus itself", () => {
  let url = "";
  let child: ChildProcess;
  beforeAll(async () => {
    const target = await listen((_, response) => {
      const lines = ['depth{release="new",shard="1"} 7', 'depth{release="old",shard="1"} 4'];
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(`${lines.join("\n")}\n`);
    });
    const folder = await mkdtemp(join(tmpdir(), "throughline-prometheus-"));
    const port = portOf(await listen(() => {}));
    await closings.pop()?.();
    const config = join(folder, "prometheus.yml");
    await writeFile(
      config,
      `{"global": {"scrape_interval": "200ms"}, "scrape_configs": [{"job_name": "router", "static_configs": [{"targets": ["127.0.0.1:${portOf(target)}"]}]}]}`,
    );
    const flags = [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`];
    child = spawn(PROGRAM, [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
    closings.push(async () => {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      await rm(folder, { recursive: true, force: true });
    });
    url = `http://127.0.0.1:${port}`;
    const scraped = async () => (await measured(url, "sum by (release) (depth)")).measurement?.candidate;
    while ((await scraped()) !== 7) await delay(100);
  });

  test("answers by label, by release and as a scalar, and what it has not is missing", async () => {
    expect((await measured(url, "sum by (release) (depth)")).measurement).toMatchObject({ candidate: 7, baseline: 4 });
    expect((await measured(url, 'depth{release="$release"}')).measurement).toMatchObject({ candidate: 7, baseline: 4 });
    const scalar = await measured(url, 'scalar(depth{release="$release"}) * 2');
    expect(scalar.measurement).toMatchObject({ candidate: 14, baseline: 8 });
    for (const query of ['depth{release="$release",shard="2"}', "depth[1m]", "depth{", "depth / 0"]) {
      const { measurement } = await measured(url, query);
      expect(measurement).toMatchObject({ candidate: undefined, baseline: undefined });
      expect(measurement?.missingSinceMs).toBe(measurement?.timeMs);
    }
  });
});
