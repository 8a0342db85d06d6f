import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connect } from "@throughline/client";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { type Python, preparePython, type ServerProcess, startServer } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type PlatformForTests, platformForTests } from "../testing-platform.ts";
import { importMlflow } from "./import-mlflow.ts";
import { openSource } from "./open-source.ts";
import type { ImportReport } from "./report.ts";

const SCRIPTS = join(import.meta.dirname, "scripts");
const ROOT = join(import.meta.dirname, "../../../..");
/** The environment of the gateway's tests of MLflow's clients. */
const REQUIREMENTS = join(ROOT, "apps/gateway/src/mlflow/scripts/requirements.txt");
const INSTALL_MS_MAX = 900_000;
const SCRIPT_MS_MAX = 900_000;

/** What `scripts/installation.py` makes, less what it deletes for good. */
const COUNTS = {
  experiments: 4,
  runs: 8,
  params: 5,
  "metric points": 1_515,
  "data sets": 2,
  files: 7,
  "logged models": 3,
  models: 3,
  versions: 4,
  aliases: 2,
};

let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform?.stop());

let projects = 0;
const newProject = (): string => `import-${++projects}`;

async function imported(from: string, project: string): Promise<ImportReport> {
  const source = await openSource(from, undefined);
  const connection = connect({ baseUrl: `http://${platform.grpcTarget}`, project });
  try {
    return await importMlflow({ connection, source, progress: () => {} });
  } finally {
    source.close();
  }
}

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "throughline-import-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

describe.skipIf(process.env["THROUGHLINE_TEST_SERVERS"] !== "1")("an installation of MLflow", () => {
  let python: Python;
  let server: ServerProcess;
  /** Folder in which MLflow has kept everything in files. */
  let files: string;
  const url = (): string => `http://127.0.0.1:${server.port}`;

  const play = (script: string, uri: string, cwd = tmpdir()): Promise<string> =>
    python.run(join(SCRIPTS, script), {
      cwd,
      environment: { MLFLOW_TRACKING_URI: uri, MLFLOW_ALLOW_FILE_STORE: "true" },
    });

  beforeAll(async () => {
    python = await preparePython(REQUIREMENTS, join(ROOT, ".cache/mlflow-clients"));
    const program = {
      name: "mlflow",
      command: python.program("mlflow"),
      args: (port: number, dir: string) => [
        ...["server", "--backend-store-uri", `sqlite:///${join(dir, "mlflow.db")}`, "--workers", "1"],
        ...["--artifacts-destination", join(dir, "mlartifacts"), "--host", "127.0.0.1", "--port", String(port)],
      ],
      env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", PATH: `${python.program("")}:${process.env["PATH"]}` },
      ready: async (port: number) => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
      timeoutMs: 300_000,
    };
    server = await startServer(program);
    files = await mkdtemp(join(tmpdir(), "throughline-mlruns-"));
    await play("installation.py", url());
    await play("installation.py", `file://${join(files, "mlruns")}`, files);
  }, INSTALL_MS_MAX);
  afterAll(async () => {
    await server?.stop();
    if (files) await rm(files, { recursive: true, force: true });
  });

  const expectWhole = (report: ImportReport): void => {
    expect(report.problems).toEqual([]);
    expect(report.found).toMatchObject(COUNTS);
    expect(report.equal).toEqual(report.found);
  };

  test("comes over its REST API, and its own client sees the same afterwards", { timeout: SCRIPT_MS_MAX }, async () => {
    expectWhole(await imported(url(), "default"));
    const [theirs = "", ours = ""] = [
      await play("read_installation.py", url()),
      await play("read_installation.py", platform.httpUrl),
    ];
    expect(JSON.parse(ours)).toEqual(JSON.parse(theirs));
  });

  test("comes from its database and files, and again without a change", { timeout: SCRIPT_MS_MAX }, async () => {
    const project = newProject();
    expectWhole(await imported(server.dir, project));
    expectWhole(await imported(server.dir, project));
    expectWhole(await imported(join(server.dir, "mlflow.db"), project));
  });

  test("comes from its folder, also a moved one, and again without a change", { timeout: SCRIPT_MS_MAX }, async () => {
    const project = newProject();
    expectWhole(await imported(files, project));
    const moved = await folder();
    await cp(files, moved, { recursive: true });
    await rename(files, `${files}-away`);
    onTestFinished(() => rename(`${files}-away`, files));
    expectWhole(await imported(moved, newProject()));
    expectWhole(await imported(join(moved, "mlruns"), project));
  });

  test("is not merged with another one of the same ids", { timeout: SCRIPT_MS_MAX }, async () => {
    const project = newProject();
    const connection = connect({ baseUrl: `http://${platform.grpcTarget}`, project });
    const { parent, tracking } = connection;
    await tracking.createExperiment({ parent, experimentId: "1", experiment: { displayName: "mine" } });
    const report = await imported(server.dir, project);
    expect(report.problems).toEqual(
      expect.arrayContaining([expect.stringContaining('experiments/1 is called "mine" here, and "churn')]),
    );
    expect(report.equal.experiments).toBe(COUNTS.experiments - 1);
    expect((await tracking.listRuns({ parent, experiment: `${parent}/experiments/1` })).runs).toEqual([]);
  });

  test("does not bring files from outside of its folder, whatever its records say", {
    timeout: SCRIPT_MS_MAX,
  }, async () => {
    const copy = await folder();
    await cp(server.dir, copy, { recursive: true });
    const outside = await folder();
    await writeFile(join(outside, "secret.txt"), "secret");
    const [experiment = ""] = await readdir(join(copy, "mlartifacts"));
    const [run = ""] = (await readdir(join(copy, "mlartifacts", experiment))).filter((it) => it !== "models");
    await symlink(join(outside, "secret.txt"), join(copy, "mlartifacts", experiment, run, "artifacts", "link.txt"));
    const database = new DatabaseSync(join(copy, "mlflow.db"));
    const others = database.prepare("SELECT run_uuid FROM runs WHERE run_uuid <> ?").all(run) as { run_uuid: string }[];
    const hostile = [outside, `file://${outside}`, "mlflow-artifacts:/../../../../../etc", "s3://bucket/path"];
    for (const [i, uri] of hostile.entries())
      database.prepare("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?").run(uri, others[i]?.run_uuid ?? "");
    database.close();
    const report = await imported(copy, newProject());
    expect(report.problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/link\.txt is neither a file nor a folder/)]),
    );
    for (const uri of [outside, "s3://bucket/path"])
      expect(report.problems).toEqual(expect.arrayContaining([expect.stringContaining(`at ${uri} cannot be read`)]));
    expect(report.equal.files).toBe(COUNTS.files);
  });
});

describe("a source that is none", () => {
  const answering = async (answer: (path: string, query: URLSearchParams) => unknown): Promise<string> => {
    const server = createServer((request, response) => {
      const [path = "", query] = (request.url ?? "").replace(/^\/api\/2\.0\/mlflow\//, "").split("?");
      const body = answer(path, new URLSearchParams(query));
      if (body instanceof URL) response.writeHead(302, { location: body.href }).end();
      else response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const experiment = { experiment_id: "1", name: "one", lifecycle_stage: "active" };
  const run = { info: { run_id: "r1", status: "FINISHED", artifact_uri: "mlflow-artifacts:/1/r1/artifacts" } };
  const nothing = { experiments: [], runs: [], models: [], registered_models: [], files: [] };

  test.each([
    ["a page of something else", () => "<html>hello</html>", 'did not answer with JSON, but with "<html>hello</html>"'],
    ["another API", () => ({ experiments: "none" }), "experiments of experiments/search are not a list of records"],
    [
      "pages without an end",
      () => ({ experiments: [], next_page_token: "x" }),
      "the pages of experiments/search come round again",
    ],
    ["somewhere else", () => new URL("http://169.254.169.254/latest/meta-data"), "answered 302"],
  ])("%s is said to be none", async (_, answer, message) => {
    await expect(imported(await answering(answer), newProject())).rejects.toThrow(message);
  });

  test("with files that lead nowhere, or out of their folder, keeps the rest", async () => {
    const lists = [
      [{ path: "loop", is_dir: true }],
      [{ path: "../outside", file_size: 1 }],
      [{ path: "a/../../outside", file_size: 1 }],
    ];
    for (const files of lists) {
      const url = await answering((path) => {
        if (path === "experiments/search") return { experiments: [experiment] };
        if (path === "runs/search") return { runs: [run] };
        if (path === "runs/get") return { run };
        if (path === "artifacts/list") return { files };
        return path.startsWith("/api/2.0/mlflow-artifacts") ? "bytes" : nothing;
      });
      const report = await imported(url, newProject());
      expect(report.problems).toHaveLength(1);
      expect(report.problems[0]).toContain("r1");
      expect(report.equal).toMatchObject({ experiments: 1, runs: 1, files: 0 });
    }
  });

  test("with records without ids, or with impossible ones, keeps the rest", async () => {
    let gets = 0;
    const url = await answering((path) => {
      if (path === "experiments/search") return { experiments: [experiment, { ...experiment, experiment_id: "../2" }] };
      if (path === "runs/search") return { runs: [run, {}, { info: { run_id: "../../r" } }] };
      if (path === "runs/get") return gets++ === 0 ? { run } : { run: { info: { run_id: "../../r" } } };
      if (path === "registered-models/search")
        return { registered_models: [{ name: "m", aliases: [{ alias: "a", version: "x" }] }, {}] };
      if (path === "model-versions/search") return { model_versions: [{ version: "1e999" }] };
      return nothing;
    });
    const report = await imported(url, newProject());
    expect(report.equal).toMatchObject({ experiments: 1, runs: 1, models: 1, versions: 0, aliases: 0 });
    expect(report.found).toMatchObject({ experiments: 2, runs: 3, models: 2, versions: 1, aliases: 1 });
    expect(report.problems).toHaveLength(6);
  });

  test("keeps what runs are part of, and which ones go on", async () => {
    const listed = [
      { info: { run_id: "part", status: "FINISHED", start_time: 5, end_time: 6 }, parent: "whole" },
      { info: { run_id: "whole", status: "RUNNING", start_time: 5, end_time: 6 } },
      { info: { run_id: "lost", status: "FINISHED", start_time: 5, end_time: 6 }, parent: "nowhere" },
      { info: { run_id: "circle", status: "FINISHED", start_time: 5, end_time: 6 }, parent: "circle" },
    ];
    const runs = listed.map(({ info, parent }) => ({
      info: { ...info, artifact_uri: `mlflow-artifacts:/1/${info.run_id}/artifacts` },
      data: { tags: parent === undefined ? [] : [{ key: "mlflow.parentRunId", value: parent }] },
    }));
    const url = await answering((path, query) => {
      if (path === "experiments/search") return { experiments: [experiment] };
      if (path === "runs/get") return { run: runs.find(({ info }) => info.run_id === query.get("run_id")) };
      return path === "runs/search" ? { runs } : nothing;
    });
    const project = newProject();
    expect(await imported(url, project)).toMatchObject({ problems: [], equal: { runs: 4 } });
    const { tracking, parent } = connect({ baseUrl: `http://${platform.grpcTarget}`, project });
    const named = new Map((await tracking.listRuns({ parent })).runs.map((it) => [it.name.split("/").at(-1), it]));
    const parts = [...named].map(([id, it]) => [id, it.parentRun.split("/").at(-1)]);
    expect(Object.fromEntries(parts)).toEqual({ part: "whole", whole: "", lost: "", circle: "" });
    expect([named.get("whole")?.state, named.get("whole")?.endTime]).toEqual([RunState.RUNNING, undefined]);
  });

  test.each([
    ["ftp://127.0.0.1/mlruns", "only http, https, a folder or a SQLite file can be read"],
    ["/nowhere/at/all", "there is no such folder or file"],
    [import.meta.dirname, "there is neither mlflow.db nor mlruns in it"],
  ])("%s is refused in words", async (from, message) => {
    await expect(openSource(from, undefined)).rejects.toThrow(message);
  });

  test("a folder with damaged records keeps the rest, and says which", async () => {
    const top = await folder();
    for (const run of ["good", "damaged", "linked"]) mkdirSync(join(top, "mlruns/1", run), { recursive: true });
    await writeFile(join(top, "mlruns/1/meta.yaml"), "experiment_id: '1'\nname: one\nlifecycle_stage: active\n");
    const meta =
      "run_id: good\nrun_name: good\nstatus: 3\nstart_time: 1700000000000\nlifecycle_stage: active\n" +
      "artifact_uri: /elsewhere/mlruns/1/good/artifacts\n";
    await writeFile(join(top, "mlruns/1/good/meta.yaml"), meta);
    await writeFile(join(top, "mlruns/1/damaged/meta.yaml"), "run_id: [\n");
    await symlink(join(import.meta.dirname, "import.test.ts"), join(top, "mlruns/1/linked/meta.yaml"));
    mkdirSync(join(top, "mlruns/1/good/params"));
    await writeFile(join(top, "mlruns/1/good/params/depth"), "3");
    await symlink("/etc/hostname", join(top, "mlruns/1/good/params/host"));
    const report = await imported(top, newProject());
    expect(report.equal).toMatchObject({ experiments: 1, runs: 1, params: 1 });
    expect(report.problems).toEqual([expect.stringMatching(/damaged\/meta\.yaml cannot be read/)]);
    expect(await readFile(join(top, "mlruns/1/good/meta.yaml"), "utf8")).toBe(meta);
  });
});
