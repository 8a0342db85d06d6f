import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { createShop, pushSales, SHOP } from "./testing-shop.ts";

interface Told {
  readonly entity: string;
  readonly action: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const told: Told[] = [];
const receiver = createServer(async (request, response) => {
  told.push(JSON.parse(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()));
  response.end();
});
let platform: PlatformForTests;
beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  platform = await platformForTests({ environment: { THROUGHLINE_WEBHOOK_HOSTS: host } });
});
afterAll(async () => {
  await platform?.stop();
  receiver.close();
});

const hoursAgo = (hours: number): bigint => BigInt(Math.floor(Date.now() / 1_000) - hours * 3_600);

test("a webhook is told that a view is stale, and that it has recovered", async () => {
  const { connection } = platform;
  const { parent } = connection;
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const events = ["feature_view.stale", "feature_view.recovered"];
  await connection.webhooks.createWebhook({ parent, webhook: { displayName: "pager", url, events } });
  await createShop(connection);
  await connection.features.applyFeatureView({
    parent,
    featureViewId: SHOP.view,
    featureView: {
      entity: `${parent}/entities/${SHOP.entity}`,
      source: `${parent}/sources/${SHOP.source}`,
      freshnessTarget: { seconds: 3_600n },
      features: [{ name: "amount", kind: { case: "column", value: "amount" } }],
    },
  });
  await pushSales(connection, [{ shop: "a", amount: 1n, timeS: hoursAgo(5) }]);
  await vi.waitFor(() => expect(told.map((it) => it.action)).toEqual(["stale"]), { timeout: 120_000 });
  expect(told[0]).toMatchObject({
    entity: "feature_view",
    data: { name: `${parent}/featureViews/${SHOP.view}`, version: 1, target_seconds: 3_600 },
  });
  await pushSales(connection, [{ shop: "a", amount: 1n, timeS: hoursAgo(0) - 120n }]);
  await vi.waitFor(() => expect(told.map((it) => it.action)).toEqual(["stale", "recovered"]), { timeout: 120_000 });
  const { alerts } = await connection.freshness.listFreshnessAlerts({ parent });
  expect(told.map((it) => it.data["alert"])).toEqual(alerts.map((it) => it.name).reverse());
});
