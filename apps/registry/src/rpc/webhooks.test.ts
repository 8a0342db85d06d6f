import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { WebhookState } from "@throughline/contracts/throughline/registry/v1/webhook_service_pb";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EVENTS } from "../domain/events.ts";
import {
  failureOf,
  makeRelease,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

/** What a receiver was told, as MLflow's receivers see it. */
interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const told: Told[] = [];
let status = 200;
const receiver = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString());
  told.push({
    id: String(request.headers["x-mlflow-delivery-id"]),
    event: `${body.entity}.${body.action}`,
    data: body.data,
  });
  response.writeHead(status).end("seen");
});
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
const { port } = receiver.address() as AddressInfo;
const url = `http://127.0.0.1:${port}/hook`;
afterAll(() => void receiver.close());

for (const database of everyDatabase()) {
  describe(`webhooks on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      const webhooks = { allowedHosts: [{ host: "127.0.0.1", port }] };
      registry = await openRegistry(await surroundings(await database.empty()), { webhooks });
    });
    beforeEach(() => {
      told.length = 0;
      status = 200;
    });
    const create = async (project: string, events: readonly string[], more: object = {}) => {
      const asked = { displayName: "hook", url, events: [...events], secret: "top secret", ...more };
      const { webhook } = await registry.webhooks.createWebhook({ parent: `projects/${project}`, webhook: asked });
      return webhook ?? expect.unreachable();
    };
    const events = () => told.map((it) => it.event);

    test("everything that happens is told, each once while all goes well", async () => {
      const { models, deployments } = registry;
      const expected = EVENTS.filter((it) => !it.startsWith("rollout.") && !it.startsWith("feature_view."));
      const webhook = await create("p", expected);
      expect(webhook).toMatchObject({ state: WebhookState.ACTIVE, secret: "", url, etag: "1" });
      const name = await registerFixture(registry, "m", "tree");
      await models.setModelVersionTags({ name, tags: { team: "a" } });
      await models.setModelVersionTags({ name, removedKeys: ["team", "none"] });
      const model = "projects/p/models/m";
      await models.setModelAlias({ model, alias: "champion", version: 1n });
      await models.setModelAlias({ model, alias: "champion", version: 0n });
      await models.transitionModelVersion({ name, stage: "Staging" });
      const release = await makeRelease(registry, name, 0.5);
      await deployments.createDeployment({
        parent: "projects/p",
        deploymentId: "d",
        deployment: { traffic: [{ release, weightBasisPoints: 10_000 }] },
      });
      await expect.poll(() => events().sort(), PATIENCE).toEqual([...expected].sort());
      expect(told.find((it) => it.event === "model_version_alias.created")?.data).toEqual({
        name: "m",
        alias: "champion",
        version: "1",
      });
      expect(told.find((it) => it.event === "registered_model.created")?.data).toEqual({
        name: "m",
        description: null,
        tags: {},
      });
      expect(new Set(told.map((it) => it.id)).size).toBe(expected.length);
      await registry.webhooks.deleteWebhook({ name: webhook.name });
    });

    test("what becomes of a rollout is told, with where it stands", async () => {
      const { deployments, rollouts } = registry;
      const version = await registerFixture(registry, "n", "line");
      const [old, candidate] = [await makeRelease(registry, version, 0.6), await makeRelease(registry, version, 0.7)];
      const whole = [{ release: old, weightBasisPoints: 10_000 }];
      const parent = "projects/p/deployments/r";
      await deployments.createDeployment({ parent: "projects/p", deploymentId: "r", deployment: { traffic: whole } });
      const ofRollouts = EVENTS.filter((it) => it.startsWith("rollout."));
      const webhook = await create("p", ofRollouts);
      const steps = [{ weightBasisPoints: 100 }, { weightBasisPoints: 200 }];
      const start = async (): Promise<string> => {
        const rollout = { candidate, strategy: Strategy.CANARY, plan: { steps } };
        return (await rollouts.createRollout({ parent, rollout })).rollout?.name ?? "";
      };
      await deployments.setTraffic({ name: parent, traffic: whole });
      const first = await start();
      await rollouts.recordDecision({ name: first, sequence: 1n, etag: "1", verdict: Verdict.PROMOTE });
      await rollouts.pauseRollout({ name: first });
      await rollouts.resumeRollout({ name: first });
      await rollouts.abortRollout({ name: first });
      await start();
      await deployments.setTraffic({ name: parent, traffic: whole });
      await rollouts.promoteRollout({ name: await start() });
      const expected = ["started", "stepped", "paused", "aborted", "started", "superseded", "started", "promoted"];
      await expect.poll(() => events().sort(), PATIENCE).toEqual(expected.map((it) => `rollout.${it}`).sort());
      const data = { name: first, deployment: parent, candidate, baseline: old, strategy: "CANARY", step: 1 };
      expect(told.find((it) => it.event === "rollout.paused")?.data).toEqual({ ...data, state: "PAUSED", revision: 3 });
      await registry.webhooks.deleteWebhook({ name: webhook.name });
    });

    test("what a receiver does not take is told again later, under the same id", async () => {
      const webhook = await create("again", ["registered_model.created"]);
      status = 503;
      await registry.models.createModel({ parent: "projects/again", modelId: "m" });
      await expect.poll(() => told.length, PATIENCE).toBe(1);
      status = 200;
      registry.clock.timeMs += 1_500;
      await expect.poll(() => told.length, PATIENCE).toBe(2);
      expect(told[0]).toEqual(told[1]);
      await registry.webhooks.deleteWebhook({ name: webhook.name });
    });

    test("only what a webhook asks for is told, and only of its project, and nothing while it is disabled", async () => {
      const webhook = await create("mine", ["registered_model.created"]);
      await registry.models.createModel({ parent: "projects/other", modelId: "m" });
      await registry.models.createModel({ parent: "projects/mine", modelId: "a" });
      await registry.models.setModelTags({ name: "projects/mine/models/a", tags: { x: "1" } });
      const disabled = { ...webhook, state: WebhookState.DISABLED };
      await expect.poll(() => told.length, PATIENCE).toBe(1);
      await registry.webhooks.updateWebhook({ webhook: disabled, updateMask: { paths: ["state"] } });
      await registry.models.createModel({ parent: "projects/mine", modelId: "b" });
      const active = { ...webhook, state: WebhookState.ACTIVE, etag: "2" };
      await registry.webhooks.updateWebhook({ webhook: active, updateMask: { paths: ["state"] } });
      await registry.models.createModel({ parent: "projects/mine", modelId: "c" });
      await expect.poll(() => told.map((it) => it.data["name"]), PATIENCE).toEqual(["a", "c"]);
      const late = registry.webhooks.updateWebhook({ webhook: active, updateMask: { paths: ["state"] } });
      expect(await failureOf(late)).toMatchObject({ reason: "REVISION_CONFLICT" });
    });

    test("an example is sent at once, and what came back is told", async () => {
      const name = (await create("tested", ["model_version_stage.changed"])).name;
      expect(await registry.webhooks.testWebhook({ name })).toMatchObject({
        delivered: true,
        status: 200,
        body: "seen",
      });
      expect(events()).toEqual(["model_version_stage.changed"]);
      status = 500;
      const result = await registry.webhooks.testWebhook({ name, event: "release.created" });
      expect(result).toMatchObject({ delivered: false, status: 500 });
    });

    test("addresses that are not allowed, unknown events and masks without meaning are refused", async () => {
      for (const address of ["http://127.0.0.1:1/", "https://169.254.169.254/", "https://u:p@example.com/"])
        expect(await failureOf(create("q", EVENTS, { url: address }))).toEqual({
          reason: "WEBHOOK_ADDRESS",
          paths: ["webhook.url"],
        });
      expect(await failureOf(create("q", ["prompt.created"]))).toMatchObject({ paths: ["webhook.events"] });
      const webhook = await create("q", EVENTS);
      const name = webhook.name;
      const move = registry.webhooks.updateWebhook({
        webhook: { ...webhook, url: "https://10.0.0.1/" },
        updateMask: { paths: ["url"] },
      });
      expect(await failureOf(move)).toMatchObject({ reason: "WEBHOOK_ADDRESS" });
      const masked = registry.webhooks.updateWebhook({ webhook, updateMask: { paths: ["name"] } });
      expect(await failureOf(masked)).toMatchObject({ paths: ["update_mask"] });
      const { webhooks } = await registry.webhooks.listWebhooks({ parent: "projects/q" });
      expect(webhooks).toEqual([webhook]);
      expect((await registry.webhooks.getWebhook({ name })).webhook).toEqual(webhook);
      await registry.webhooks.deleteWebhook({ name });
      expect(await failureOf(registry.webhooks.getWebhook({ name }))).toMatchObject({ reason: "NOT_FOUND" });
    });
  });
}
