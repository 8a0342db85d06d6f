import { timeOrderedIds } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { Webhook, WebhookStore } from "../domain/webhook-store.ts";
import type { Telling, WebhookSender } from "../domain/webhooks.ts";
import { webhookStore } from "../store/webhook-store.ts";
import { retryDelayMs, startWebhookDelivery } from "./delivery.ts";

const PROJECT = "projects/p";
const webhook: Webhook = {
  name: `${PROJECT}/webhooks/w`,
  project: PROJECT,
  displayName: "w",
  description: "",
  url: "https://example.com/",
  events: ["registered_model.created"],
  active: true,
  secret: "",
  createTimeMs: 0,
  updateTimeMs: 0,
};

for (const database of everyDatabase()) {
  describe(`the delivery of events on ${database.name}`, () => {
    const clock = { timeMs: 1_000, now: () => clock.timeMs };
    let store: Store;
    let webhooks: WebhookStore;
    let sent: Telling[];
    let status: number;
    beforeEach(async () => {
      store = await database.empty();
      webhooks = webhookStore(store, { clock, newId: timeOrderedIds(clock) });
      await store.batch(await webhooks.insert(webhook));
      [sent, status] = [[], 200];
    });
    const sender: WebhookSender = {
      problemOf: async () => undefined,
      seal: (secret) => secret,
      async send(telling) {
        sent.push(telling);
        return { status, body: "" };
      },
    };
    const write = async (name: string) =>
      store.batch(await webhooks.events(PROJECT, [{ event: "registered_model.created", data: { name } }]));

    test("several processes send each event once", async () => {
      const processes = [1, 2, 3].map(() => startWebhookDelivery({ webhooks, sender, clock }));
      for (const name of ["a", "b", "c", "d"]) await write(name);
      await Promise.all(processes.map((it) => it.flush()));
      expect(sent.map((it) => it.data["name"]).sort()).toEqual(["a", "b", "c", "d"]);
      await Promise.all(processes.map((it) => it.close()));
      expect(await webhooks.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
    });

    test("what a process took and did not bring to an end is sent by the next one", async () => {
      await write("a");
      const [taken] = await webhooks.due(clock.now(), 9);
      if (!taken) return expect.unreachable();
      await webhooks.postpone(taken, { ...taken.delivery, attempts: 1, dueTimeMs: clock.now() + 1_000 });
      const next = startWebhookDelivery({ webhooks, sender, clock });
      await next.flush();
      expect(sent).toEqual([]);
      clock.timeMs += 1_000;
      await next.flush();
      expect(sent.map((it) => it.deliveryId)).toEqual([taken.id]);
      await next.close();
    });

    test("an event that nobody takes is given up in the end", async () => {
      status = 500;
      await write("a");
      const delivery = startWebhookDelivery({ webhooks, sender, clock });
      for (let i = 0; i < 25; i++) {
        await delivery.flush();
        clock.timeMs += 3_600_000;
      }
      expect(sent).toHaveLength(20);
      expect(await webhooks.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
      await delivery.close();
    });

    test("what waits for a webhook that is gone is dropped, and events of a failed batch never wait", async () => {
      await write("a");
      const writes = await webhooks.events(PROJECT, [{ event: "registered_model.created", data: {} }]);
      await expect(store.batch([...writes, ...(await webhooks.insert(webhook))])).rejects.toThrow();
      expect(await webhooks.due(clock.now(), 9)).toHaveLength(1);
      await store.batch(await webhooks.remove({ revision: 1, webhook }));
      const delivery = startWebhookDelivery({ webhooks, sender, clock });
      await delivery.flush();
      expect(sent).toEqual([]);
      expect(await webhooks.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
      expect(await webhooks.events(PROJECT, [{ event: "registered_model.created", data: {} }])).toEqual([]);
      await delivery.close();
    });
  });
}

test("the pause before another attempt doubles up to an hour", () => {
  expect([1, 2, 3, 12, 13, 20].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 2_048_000, 3_600_000, 3_600_000]);
});
