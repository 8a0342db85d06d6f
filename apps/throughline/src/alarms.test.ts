import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { startServer } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { deploy, type FixtureModel, registerModel } from "./testing-shop.ts";

let platform: PlatformForTests;
let good: Release;
let bad: Release;

beforeAll(async () => {
  platform = await platformForTests();
  [good, bad] = [await release("answers_a"), await release("answers_b")];
});
afterAll(() => platform.stop());

async function release(fixture: FixtureModel): Promise<Release> {
  const { parent, releases } = platform.connection;
  const version = await registerModel(platform.connection, { id: fixture.replace("_", "-"), fixture });
  const value = { inputTensor: "input", outputTensor: "score", outputColumn: 0 };
  const made = await releases.createRelease({
    parent,
    manifest: {
      models: { score: { modelVersion: version.name } },
      graph: { nodes: [{ name: "score", kind: { case: "model", value } }], outputNode: "score" },
    },
  });
  if (!made.release) throw new Error("the platform answered without the release");
  return made.release;
}

const idOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** A deployment that served the good release and serves the bad one. */
async function deployed(id: string): Promise<string> {
  const name = await deploy(platform.connection, id, good);
  const traffic = [{ release: bad.name, weightBasisPoints: 10_000 }];
  await platform.connection.deployments.setTraffic({ name, traffic });
  return name;
}

const serving = async (name: string) => {
  const { deployment } = await platform.connection.deployments.getDeployment({ name });
  return deployment?.traffic.map((it) => it.release);
};

/** A notification as Alertmanager sends it, but for what nobody reads. */
const alert = (labels: Readonly<Record<string, string>>, more: object = {}) => ({
  status: "firing",
  labels: { alertname: "ReleaseFails", ...labels },
  annotations: { summary: "half fail" },
  startsAt: new Date().toISOString(),
  endsAt: "0001-01-01T00:00:00Z",
  fingerprint: "c0ffee",
  ...more,
});

async function notify(body: unknown, { path = "/alertmanager/roll-back", method = "POST" } = {}) {
  const response = await fetch(`${platform.httpUrl}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(method === "POST" && { body: JSON.stringify(body) }),
  });
  const json = (await response.json()) as { readonly results?: readonly { readonly outcome: string }[] };
  return { status: response.status, outcomes: json.results?.map((it) => it.outcome), json };
}

const told = (...alerts: readonly object[]) =>
  notify({ version: "4", status: "firing", receiver: "throughline", alerts });

describe("an alert", () => {
  test("rolls back the deployment of its labels, once, and is the reason in its history", async () => {
    const name = await deployed("shop");
    const firing = alert({ deployment: "shop", release: idOf(bad.name) });
    const later = { ...firing, startsAt: new Date(Date.now() + 60_000).toISOString() };
    expect(await told(firing, firing)).toMatchObject({ status: 200, outcomes: ["ROLLED_BACK", "RELEASE_NOT_SERVING"] });
    expect(await serving(name)).toEqual([good.name]);
    const { deployment } = await platform.connection.deployments.getDeployment({ name });
    expect(deployment?.change).toMatchObject({ revision: 3n, reason: "alarm ReleaseFails: half fail" });
    expect(await told(firing, later)).toMatchObject({ outcomes: ["RELEASE_NOT_SERVING", "RELEASE_NOT_SERVING"] });
    expect(await serving(name)).toEqual([good.name]);
  });

  test("without a release is about the one that came last, and told again rolls nothing back", async () => {
    const name = await deployed("last");
    const firing = alert({ deployment: "last" });
    expect(await told(firing)).toMatchObject({ outcomes: ["ROLLED_BACK"] });
    expect(await told(firing)).toMatchObject({ outcomes: ["ALARM_OUTDATED"] });
    expect(await serving(name)).toEqual([good.name]);
    const again = alert({ deployment: "last" });
    expect(await told(again)).toMatchObject({ status: 200, outcomes: ["NO_EARLIER_STATE"] });
  });

  test("moves nothing if it fires no more, began before, or names no deployment that there is", async () => {
    const name = await deployed("still");
    const early = { startsAt: new Date(Date.now() - 86_400_000).toISOString() };
    const quiet = [
      alert({ deployment: "still" }, { status: "resolved" }),
      alert({ deployment: "still" }, early),
      alert({ deployment: "still", release: idOf(bad.name) }, early),
      alert({ deployment: "still", release: "another" }),
      alert({}),
      alert({ deployment: "none" }),
      alert({ deployment: "../still" }),
    ];
    expect((await told(...quiet)).outcomes).toEqual([
      ...["RESOLVED", "ALARM_OUTDATED", "ALARM_OUTDATED", "RELEASE_NOT_SERVING", "DEPLOYMENT_MISSING"],
      ...["NOT_FOUND", "INVALID_FIELD"],
    ]);
    expect(await serving(name)).toEqual([bad.name]);
  });

  test.each([
    ["no list", {}, "alerts"],
    ["an empty list", { alerts: [] }, "alerts"],
    ["too many", { alerts: Array.from({ length: 1_001 }, () => alert({})) }, "alerts"],
    ["another status", { alerts: [alert({}, { status: "odd" })] }, "alerts[0].status"],
    ["no time", { alerts: [alert({}, { startsAt: "soon" })] }, "alerts[0].startsAt"],
    ["labels that are no object", { alerts: [alert({}, { labels: [] })] }, "alerts[0].labels"],
    ["a label that is no text", { alerts: [alert({}, { labels: { deployment: 1 } })] }, "alerts[0].labels.deployment"],
  ])("is refused with the field: %s", async (_, body, field) => {
    const { status, json } = await notify(body);
    expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining(`"field":"${field}"`)]);
  });

  test("comes by POST, and to the project of its address", async () => {
    expect(await notify({}, { method: "GET" })).toMatchObject({ status: 405 });
    const elsewhere = { path: "/projects/other/alertmanager/roll-back" };
    expect(await notify({ alerts: [alert({ deployment: "shop" })] }, elsewhere)).toMatchObject({
      outcomes: ["NOT_FOUND"],
    });
  });

  test("was no bug", () => expect(platform.bugs).toEqual([]));
});

test("what releases do is in the metrics, by the labels that alerts have", async () => {
  await deployed("measured");
  const { openInference } = platform.connection;
  const input = { name: "input", datatype: "FP32", shape: [1n, 3n] };
  const rawInputContents = [new Uint8Array(new Float32Array(3).buffer)];
  const asked = { modelName: "measured", inputs: [input], rawInputContents };
  const scored = async () => (await openInference.modelInfer(asked)).rawOutputContents.some((it) => isB(it));
  const isB = (bytes: Uint8Array) =>
    bytes.byteLength === 4 && new DataView(bytes.slice().buffer).getFloat32(0, true) === 0.75;
  await vi.waitUntil(scored, { timeout: 30_000, interval: 10 });
  for (let i = 0; i < 2; i++) expect(await scored()).toBe(true);
  const metrics = await (await fetch(`${platform.httpUrl}/metrics`)).text();
  const labels = `project="default",deployment="measured",release="${idOf(bad.name)}"`;
  const value = (name: string) => new RegExp(`^${name}\\{${labels}[^}]*\\} (\\S+)`, "m").exec(metrics)?.[1];
  expect(value("throughline_deployment_share")).toBe("1");
  expect(value("throughline_predictions_total")).toBe("3");
  expect(Number(value("throughline_prediction_seconds_total"))).toBeGreaterThan(0);
});

const PROGRAM = ["/usr/bin/prometheus-alertmanager", "/usr/local/bin/alertmanager"].find((it) => existsSync(it)) ?? "";

// It is a package of the system (apt-get install prometheus-alertmanager), which need not be there.
test.skipIf(PROGRAM === "")("Alertmanager itself brings an alert here", async () => {
  const name = await deployed("told");
  const folder = await mkdtemp(join(tmpdir(), "throughline-alertmanager-"));
  const config = join(folder, "alertmanager.yml");
  const url = `${platform.httpUrl}/alertmanager/roll-back`;
  await writeFile(
    config,
    JSON.stringify({
      route: { receiver: "throughline", group_wait: "0s", group_interval: "1s", repeat_interval: "1s" },
      receivers: [{ name: "throughline", webhook_configs: [{ url }] }],
    }),
  );
  const alertmanager = await startServer({
    name: "alertmanager",
    command: PROGRAM,
    args: (port) => [
      ...[`--config.file=${config}`, `--storage.path=${folder}/data`, "--cluster.listen-address="],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ready: async (port) => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
    timeoutMs: 60_000,
  });
  onTestFinished(async () => {
    await alertmanager.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { labels, annotations, startsAt } = alert({ deployment: "told", release: idOf(bad.name) });
  await fetch(`http://127.0.0.1:${alertmanager.port}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ labels, annotations, startsAt }]),
  });
  await vi.waitUntil(async () => (await serving(name))?.[0] === good.name, { timeout: 60_000, interval: 50 });
  const { deployment } = await platform.connection.deployments.getDeployment({ name });
  expect(deployment?.change?.reason).toBe("alarm ReleaseFails: half fail");
});
