import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { uploadTable } from "./testing-parquet.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";

const BIN = join(import.meta.dirname, "../bin/throughline.mjs");

let platform: PlatformForTests;
const names: string[] = [];
beforeAll(async () => {
  platform = await platformForTests();
  const { parent, registry } = platform.connection;
  for (let i = 0; i < 120; i++) {
    const { model } = await registry.createModel({ parent, modelId: `model-${String(i).padStart(3, "0")}` });
    names.push(model?.name ?? "");
  }
});
afterAll(() => platform?.stop());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs the command as a user does. */
const run = (...args: readonly string[]): Promise<Ran> => node(BIN, ...args);
const node = (...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, (error, out, errors) => {
      resolve({ code: error ? Number(error.code) : 0, out, errors });
    });
  });
const read = (...args: readonly string[]) => run(...args, "--grpc", platform.grpcTarget);

test("status tells a platform that is ready from one that is not there", async () => {
  const [up, json, down, nonsense] = await Promise.all([
    run("status", "--url", platform.httpUrl),
    run("status", "--url", platform.httpUrl, "--json"),
    run("status", "--url", "http://127.0.0.1:9"),
    run("status", "--url", "here"),
  ]);
  expect(up).toEqual({ code: 0, out: `${platform.httpUrl}: ready\n`, errors: "" });
  expect(JSON.parse(json.out)).toEqual({ url: platform.httpUrl, ready: true, message: "ready" });
  expect(down).toMatchObject({ code: 1, out: expect.stringContaining('start it with "throughline up"') });
  expect(nonsense).toMatchObject({ code: 1, errors: expect.stringContaining("--url here is not a URL") });
});

test("--version tells the version of the package", async () => {
  expect(await run("--version")).toEqual({ code: 0, out: `${manifest.version}\n`, errors: "" });
});

test.each(["20.20.2", "22.23.3"])("an older Node is told with the way to the right one: %s", async (version) => {
  const pretended = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const preloaded = `data:text/javascript,${encodeURIComponent(pretended)}`;
  const { code, out, errors } = await node("--import", preloaded, BIN, "list", "models");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(errors.startsWith(`This is Node ${version}, `)).toBe(true);
  expect(errors).toMatch(/ npm run throughline -- list models\n$/);
});

test("list shows a page, or every page", async () => {
  const [page, all, empty] = await Promise.all([
    read("list", "models"),
    read("list", "models", "--all", "--json"),
    read("list", "deployments"),
  ]);
  const lines = page.out.split("\n");
  expect(page.out).toContain("│ models/model-000 ");
  expect(lines.filter((it) => it.startsWith("├"))).toEqual([]);
  expect(lines).toContain("All are in projects/default/: names leave it out.");
  expect(page.out).toContain("There are more: --all shows them.");
  expect((JSON.parse(all.out) as { name: string }[]).map((it) => it.name).sort()).toEqual(names);
  expect(empty.out.trim()).toBe("projects/default has no deployments.");
});

test("get shows one resource, by its whole name or as a table shows it", async () => {
  const answers = await Promise.all([
    read("get", names[7] ?? ""),
    read("get", "models/model-007"),
    read("get", "models/model-007", "--project", "other"),
    read("list", "versions", "--parent", "models/model-007", "--project", "other"),
    read("run", "replay", "runs/01m82nnx8b9mq5t264e2j0mn5v", "--project", "other"),
  ]);
  expect(answers.map((it) => it.code)).toEqual([0, 0, 1, 1, 1]);
  for (const { out } of answers.slice(0, 2)) expect(JSON.parse(out)).toMatchObject({ name: names[7] });
  for (const it of answers.slice(2, 4)) expect(it.errors).toContain("[not_found] projects/other/models/model-007");
  expect(answers[4]?.errors).toContain("[not_found] projects/other/runs/01m82nnx8b9mq5t264e2j0mn5v");
});

test("a table tells names of fields and values of enums in words", async () => {
  const { parent, tracking } = platform.connection;
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "first steps" } });
  await tracking.createRun({ parent, run: { experiment: experiment?.name ?? "" } });
  const { out } = await read("list", "runs");
  expect(out).toMatch(/│ running +│/);
  expect(out).toMatch(/│ start time +│ lifecycle stage +│/);
  expect(out).not.toMatch(/RUN_STATE|startTime/);
});

test("a file is loaded, joined to a spine and certified, with its progress told meanwhile", async () => {
  const { definitions, parent } = platform.connection;
  const [source, view] = [`${parent}/sources/readings`, `${parent}/featureViews/readings`];
  const column = (name: string, type: ValueType) => ({ name, type });
  const columns = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];
  const entity = `${parent}/entities/meter`;
  const n = { name: "n", kind: { case: "column" as const, value: "n" } };
  await definitions.applyDefinitions({
    parent,
    definitions: {
      entities: [{ name: entity, keys: columns.slice(0, 1) }],
      sources: [{ name: source, columns, eventTimeColumn: "at", knowledgeTime: { case: "knowledgeDelay", value: {} } }],
      featureViews: [{ name: view, entity, source, features: [n] }],
      featureServices: [{ name: `${parent}/featureServices/readings`, views: [{ view }] }],
    },
  });
  const spineColumns = [
    { name: "id", type: "int64" as const },
    { name: "at", type: "timestamp" as const },
  ];
  const rows = [1n, 2n].map((id) => [id, { ns: 2_000_000_000n }] as const);
  await uploadTable(platform.connection, platform.dir, { columns: spineColumns, rows });
  const csv = join(platform.dir, "readings.csv");
  await writeFile(csv, "id,at,n\n1,1970-01-01T00:00:01Z,7\n2,1970-01-01T00:00:03Z,8\n");
  // A whole name says itself whose it is, also to where the bytes go.
  const loaded = await read("load", source, csv, "--project", "other");
  expect(loaded).toMatchObject({ code: 0, out: `${source}: 2 rows, data version 1\n` });
  expect(loaded.errors).toContain("% ");
  const spine = join(platform.dir, "table.parquet");
  const made = await read("training-set", "featureServices/readings", "--spine", spine, "--cutoff", "at");
  expect(made.errors).toContain("100 % done");
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/: 2 rows, sha256:[0-9a-f]{64}\n/) });
  expect(made.out).toContain("certificate passed: 2 rows joined again by plain loops, 0 values differ");
  const { operations } = await platform.connection.operations.listOperations({ parent, service: "feature-store" });
  const watched = await read("watch", operations[0]?.name ?? "");
  expect(watched).toMatchObject({ code: 0, errors: expect.stringContaining("100 % done") });
  const other = await read("load", "sources/readings", spine.replace("table.parquet", "readings"));
  expect(other).toMatchObject({ code: 1, errors: expect.stringContaining("ends neither in .parquet nor in .csv") });
  const model = await read("load", "models/readings", csv);
  expect(model).toMatchObject({ code: 1, errors: expect.stringContaining("is not a name such as sources/flights") });
});

test("what is wrong is told with what to do", async () => {
  const said = async (ran: Promise<Ran>): Promise<string> => {
    const { code, errors } = await ran;
    expect(code).toBe(1);
    return errors;
  };
  const [collection, parent, name, absent, away, decided, verb] = await Promise.all([
    said(read("list", "modles")),
    said(read("list", "versions", "--parent", "projects/default")),
    said(read("get", "projects/default/modles/x")),
    said(read("get", "projects/default/models/x")),
    said(run("list", "models", "--grpc", "127.0.0.1:9")),
    said(run("roll-back", "deployments/x", "--grpc", "127.0.0.1:9")),
    said(run("upp")),
  ]);
  expect(collection).toMatch(/^there are no modles. There are .*, models, /);
  expect(parent).toContain("list versions wants to know whose: give a --parent of the form models/*");
  expect(name).toContain("It is one such as models/late-flights; names look like\n  artifacts/*");
  expect(absent).toContain("[not_found] projects/default/models/x");
  for (const it of [away, decided]) expect(it).toContain('"throughline up" starts one');
  expect(verb).toContain("Did you mean up?");
});

test("an import that stops without a report is a failure", async () => {
  const silent = createServer((socket) => void socket.resume().on("error", () => {})).listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  // A call that is never answered, and holds nothing: Node ends when nothing holds it.
  const letGo = "net.Socket.prototype.ref = function () { return this.unref(); }";
  const connecting = "const { connect } = net.Socket.prototype";
  const connected = "net.Socket.prototype.connect = function (...to) { return connect.apply(this, to).unref(); }";
  const program = `import net from "node:net"; ${letGo}; ${connecting}; ${connected};`;
  const grpc = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const preload = ["--import", `data:text/javascript,${encodeURIComponent(program)}`];
  const folder = join(platform.dir, "installation");
  await mkdir(join(folder, "mlruns/1"), { recursive: true });
  await writeFile(join(folder, "mlruns/1/meta.yaml"), "experiment_id: '1'\nname: one\nlifecycle_stage: active\n");
  const { code, out } = await node(...preload, BIN, "import", "mlflow", "--from", folder, "--grpc", grpc);
  expect([code, out]).toEqual([13, ""]);
});

test("a second platform is told which flag to change", async () => {
  const free = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
  const port = new URL(platform.httpUrl).port;
  const [http, folder, split] = await Promise.all([
    run("up", ...free, "--http", `127.0.0.1:${port}`, "--data", `${platform.dir}-other`),
    run("up", ...free, "--data", platform.dir),
    run("up", ...free, "--data", platform.dir, "--split"),
  ]);
  expect(http).toMatchObject({ code: 1, errors: expect.stringContaining(`--http 127.0.0.1:${port}: another program`) });
  expect(folder).toMatchObject({ code: 1, errors: expect.stringContaining("use another data folder") });
  expect(split).toMatchObject({ code: 1, errors: expect.stringContaining("Leave --split out") });
});
