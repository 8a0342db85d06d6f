import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preparePython, type ServerProcess, startServer } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
// By path: the whole platform, which only tests of this app put behind it.
import { type PlatformForTests, platformForTests } from "../../../throughline/src/testing-platform.ts";
import type { Answered, Column } from "./testing-case.ts";
import { materializations } from "./testing-materializations.ts";
import { pushes } from "./testing-pushes.ts";
import { reads } from "./testing-reads.ts";
import { refusals } from "./testing-refusals.ts";

const SCRIPTS = join(import.meta.dirname, "scripts");
const ENVIRONMENT = join(import.meta.dirname, "../../../../.cache/feast-server");
const INSTALL_MS_MAX = 900_000;

const secondsAgo = (seconds: number): string =>
  new Date(Math.floor(Date.now() / 1_000 - seconds) * 1_000).toISOString().replace(".000Z", "Z");
const TIMES = { fresh: secondsAgo(300), old: secondsAgo(3 * 86_400) };
const CASES = [...pushes(TIMES), ...reads(TIMES), ...refusals, ...materializations];

/** As many features of one view as a body may name: they are counted in no more time than they are read in. */
const MANY = Array.from({ length: 200_000 }, (_, i) => `prices:p${i}`);

let platform: PlatformForTests;

beforeAll(async () => {
  platform = await platformForTests();
  await define("default");
});

afterAll(() => platform.stop());

describe("the gateway", () => {
  test.each(CASES)("$path: $name", async ({ path, body, answer }) => {
    expect(await ask(platform.httpUrl, path, body)).toEqual(answer);
  });

  test("the address chooses the project", async () => {
    const url = `${platform.httpUrl}/projects/other`;
    const body = { features: ["prices:price"], entities: { item_id: [1] } };
    expect(await ask(url, "/get-online-features", body)).toMatchObject({ status: 404 });
    await define("other");
    expect(await ask(url, "/get-online-features", body)).toEqual({
      status: 200,
      columns: { item_id: [[1], ["PRESENT"], [""]], price: [[null], ["NOT_FOUND"], [""]] },
    });
  });

  test("features are told in the order of the views, behind the entities as they were given", async () => {
    const entities = { shop_id: ["s"], item_id: [1] };
    const { json } = await post(platform.httpUrl, "/get-online-features", {
      features: ["prices:stock", "shops:rating", "prices:label"],
      entities,
    });
    expect(json.metadata).toEqual({ feature_names: ["shop_id", "item_id", "stock", "label", "rating"] });
  });

  test("floats keep their point, and whole numbers all of their digits", async () => {
    const at = secondsAgo(60);
    const df = `{"item_id":[9223372036854775807],"at":["${at}"],"price":[2],"stock":[-9223372036854775808]}`;
    expect(await post(platform.httpUrl, "/push", `{"push_source_name":"prices","df":${df}}`)).toMatchObject({
      status: 200,
    });
    const body = `{"features":["prices:price","prices:stock"],"entities":{"item_id":[9223372036854775807]}}`;
    const { text } = await post(platform.httpUrl, "/get-online-features", body);
    expect(text).toContain(`{"values":[9223372036854775807],`);
    expect(text).toContain(`{"values":[2.0],`);
    expect(text).toContain(`{"values":[-9223372036854775808],`);
  });

  test("versions are told, and chosen", async () => {
    const entities = { item_id: [1] };
    const versions = { include_feature_view_version_metadata: true };
    const read = (features: readonly string[]) =>
      post(platform.httpUrl, "/get-online-features", { features, entities, ...versions });
    for (const reference of ["prices:price", "prices@v1:price", "prices@latest:price"]) {
      const { json } = await read([reference]);
      expect(json.metadata.feature_view_metadata).toEqual([{ name: "prices", version: 1 }]);
    }
    expect(await read(["prices@v7:price"])).toMatchObject({ status: 404 });
  });

  const KEYS = { item_id: [1], shop_id: ["s"] };
  test.each([
    ["no such feature", ["shops:rating", "prices:price", "shops:nosuch"], KEYS, /^features\[2\]: .*"nosuch"$/],
    ["no name of a view", ["prices:price", "a b:price"], KEYS, /^features\[1\]: /],
    ["a key that is no number", ["prices:price"], { item_id: [1, "x"] }, /^entities\.item_id\[1\]: it is /],
    ["no key", ["prices:price"], {}, /^entities\.item_id: values of this field are needed/],
    ["too many features", MANY, KEYS, /^features\[0\]: .*1000/],
  ])("a refusal names the field that the caller sent: %s", async (_, features, entities, told) => {
    const { status, json } = await post(platform.httpUrl, "/get-online-features", { features, entities });
    expect([status, json]).toEqual([422, expect.stringMatching(told)]);
  });

  test("so do refusals of what is written", async () => {
    const told = async (path: string, body: unknown) => (await post(platform.httpUrl, path, body)).json;
    const push = (df: unknown, source = "prices") => told("/push", { push_source_name: source, df });
    expect(await push({ item_id: Array(10_001).fill(1) })).toMatch(/^df: .*10000/);
    const label = ["a", "b".repeat(70_000)];
    expect(await push({ item_id: [1, 2], at: [TIMES.fresh, TIMES.fresh], label })).toMatch(/^df.label\[1\]: .*65536/);
    expect(await push({ item_id: [1] }, "a b")).toMatch(/^push_source_name: /);
    const views = { end_ts: TIMES.fresh, feature_views: ["a b"] };
    expect(await told("/materialize-incremental", views)).toMatch(/^feature_views: /);
  });

  test("other verbs are refused, and other paths are not taken", async () => {
    const get = await fetch(`${platform.httpUrl}/get-online-features`);
    expect([get.status, get.headers.get("allow"), await get.json()]).toEqual([
      405,
      "POST",
      { detail: "Method Not Allowed" },
    ]);
    for (const base of ["", "/projects/default"]) {
      expect((await fetch(`${platform.httpUrl}${base}/health`)).status).toBe(200);
      expect((await fetch(`${platform.httpUrl}${base}/push/`, { method: "POST" })).status).not.toBe(200);
    }
  });

  test("a materialization goes on behind an answer that does not wait for it", async () => {
    const body = { disable_event_timestamp: true };
    const { status, json } = await post(platform.httpUrl, "/materialize?async=true", body);
    expect([status, json]).toEqual([202, { status: "accepted", feature_views: ["prices", "shops"] }]);
  });

  test("nothing of it was a bug", () => expect(platform.bugs).toEqual([]));
});

describe.skipIf(process.env["THROUGHLINE_TEST_SERVERS"] !== "1")("Feast's own server", () => {
  let server: ServerProcess;
  let folder: string;

  beforeAll(async () => {
    const python = await preparePython(join(SCRIPTS, "requirements.txt"), ENVIRONMENT);
    folder = await mkdtemp(join(tmpdir(), "throughline-feast-"));
    const environment = { FEAST_USAGE: "False" };
    expect(await python.run(join(SCRIPTS, "make_repository.py"), { cwd: folder, environment })).toMatch(/^ok$/m);
    server = await startServer({
      name: "feast",
      command: python.program("feast"),
      args: (port) => ["-c", folder, "serve", "--host", "127.0.0.1", "--port", String(port), "--no-access-log"],
      env: environment,
      ready: async (port) => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
      timeoutMs: 300_000,
    });
  }, INSTALL_MS_MAX);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(CASES)("$path: $name", async ({ path, body, answer, feast }) => {
    expect(await ask(`http://127.0.0.1:${server.port}`, path, body)).toMatchObject(feast ?? answer);
  });
});

/** The definitions of `make_repository.py`. */
async function define(project: string): Promise<void> {
  const parent = `projects/${project}`;
  const make = async (path: string, body: unknown): Promise<void> => {
    const { status, text } = await post(platform.httpUrl, `/v1/${parent}/${path}`, body);
    expect(status, text).toBe(200);
  };
  const column = (name: string, type: string) => ({ name, type: `VALUE_TYPE_${type}` });
  const kept = (...columns: readonly unknown[]) => ({
    columns: [...columns, column("at", "TIMESTAMP")],
    eventTimeColumn: "at",
    knowledgeDelay: "0s",
    kind: "SOURCE_KIND_PUSH",
  });
  const view = (entity: string, source: string, features: readonly string[]) => ({
    entity: `${parent}/entities/${entity}`,
    source: `${parent}/sources/${source}`,
    features: features.map((name) => ({ name, column: name })),
  });
  const item = column("item_id", "INT64");
  const shop = column("shop_id", "STRING");
  await make("entities", { entityId: "item", entity: { keys: [item] } });
  await make("entities", { entityId: "shop", entity: { keys: [shop] } });
  const price = column("price", "FLOAT64");
  const others = [column("stock", "INT64"), column("label", "STRING"), column("open", "BOOL")];
  await make("sources", { sourceId: "prices", source: kept(item, price, ...others) });
  await make("sources", { sourceId: "shops", source: kept(shop, column("rating", "FLOAT64"), price) });
  const prices = { ...view("item", "prices", ["price", "stock", "label", "open"]), ttl: "86400s" };
  await make("featureViews:apply", { featureViewId: "prices", featureView: prices });
  await make("featureViews:apply", { featureViewId: "shops", featureView: view("shop", "shops", ["rating", "price"]) });
  const views = [
    { view: `${parent}/featureViews/prices`, features: ["price", "stock"] },
    { view: `${parent}/featureViews/shops`, features: ["rating"] },
  ];
  await make("featureServices:apply", { featureServiceId: "ranking", featureService: { views } });
}

async function post(base: string, path: string, body: unknown) {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.startsWith("application/json") && text !== "";
  return { status: answer.status, text, json: isJson ? JSON.parse(text) : undefined };
}

/** What of an answer can be compared. */
async function ask(base: string, path: string, body: unknown): Promise<Answered> {
  const { status, json } = await post(base, path, body);
  const columns = json?.results && columnsOf(json);
  const error = typeof json === "string" && json.startsWith("{") ? JSON.parse(json).class : undefined;
  const first = json?.detail?.[0];
  // Where in a text its parser gave up is nobody's business.
  const loc = first?.type === "json_invalid" ? ["body"] : first?.loc;
  return {
    status,
    ...(columns && { columns }),
    ...(error && { error }),
    ...(first && { detail: [first.type, ...loc] }),
  };
}

interface Results {
  readonly results: readonly { values: unknown[]; statuses: string[]; event_timestamps: string[] }[];
  readonly metadata: { readonly feature_names: readonly string[] };
}

function columnsOf({ results, metadata }: Results): Record<string, Column> {
  const timeOf = (time: string): string => (time.startsWith("1970") ? "" : time);
  return Object.fromEntries(
    metadata.feature_names.map((name, i) => {
      const { values = [], statuses = [], event_timestamps = [] } = results[i] ?? {};
      return [name, [values, statuses, event_timestamps.map(timeOf)]];
    }),
  );
}
