import { timeOrderedIds } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { FreshnessAlert, FreshnessAlerts } from "../domain/ports.ts";
import type { Webhook, WebhookStore } from "../domain/webhook-store.ts";
import { toldFreshnessStore } from "../store/told-freshness-store.ts";
import { webhookStore } from "../store/webhook-store.ts";
import { followFreshness } from "./follow-freshness.ts";

const PROJECT = "projects/p";
const webhook: Webhook = {
  name: `${PROJECT}/webhooks/w`,
  project: PROJECT,
  displayName: "w",
  description: "",
  url: "https://example.com/",
  events: ["feature_view.stale", "feature_view.recovered"],
  active: true,
  secret: "",
  createTimeMs: 1_000,
  updateTimeMs: 1_000,
};

for (const database of everyDatabase()) {
  describe(`webhooks that are told of freshness on ${database.name}`, () => {
    const clock = { timeMs: 1_000, now: () => clock.timeMs };
    const kept: FreshnessAlert[] = [];
    const alerts: FreshnessAlerts = {
      async newest(project, isNew) {
        const known = kept.findLastIndex((it) => !isNew(it));
        return project === PROJECT ? kept.slice(known + 1) : [];
      },
    };
    let store: Store;
    let webhooks: WebhookStore;
    const following = (of = alerts) =>
      followFreshness({
        alerts: of,
        webhooks,
        events: webhooks.events,
        toldFreshness: toldFreshnessStore(store),
        apply: (writes) => store.batch(writes),
      });
    const happen = (timeMs: number): void => {
      const number = kept.length + 1;
      kept.push({
        name: `${PROJECT}/freshnessAlerts/${number}`,
        number,
        view: `${PROJECT}/featureViews/v`,
        version: 2,
        kind: number % 2 === 1 ? "stale" : "recovered",
        timeMs,
        newestEventMs: 500,
        eventAgeSeconds: 1.5,
        targetSeconds: number % 2 === 1 ? 1 : undefined,
      });
    };
    /** What waits to be told, as event and number, in their order. */
    const told = async (): Promise<readonly string[]> =>
      (await webhooks.due(Number.MAX_SAFE_INTEGER, 100)).map(
        ({ delivery }) => `${delivery.event} ${String(delivery.data["alert"]).split("/").at(-1)}`,
      );
    beforeEach(async () => {
      [store, kept.length, clock.timeMs] = [await database.empty(), 0, 1_000];
      webhooks = webhookStore(store, { clock, newId: timeOrderedIds(clock) });
    });

    test("are told of each alert once, by however many processes, from when they wanted it", async () => {
      happen(999);
      await store.batch(await webhooks.insert(webhook));
      const processes = [following(), following(), following()];
      await Promise.all(processes.map((it) => it.look()));
      expect(await told()).toEqual([]);
      for (let i = 0; i < 20; i++) happen(1_000 + i);
      await Promise.all(processes.map((it) => it.look()));
      const expected = Array.from({ length: 20 }, (_, i) => `feature_view.${i % 2 ? "stale" : "recovered"} ${i + 2}`);
      expect([...(await told())].sort()).toEqual([...expected].sort());
      happen(1_100);
      await Promise.all(processes.map((it) => it.look()));
      expect(await told()).toHaveLength(21);
      await Promise.all(processes.map((it) => it.close()));
    });

    test("learn which view, when, how old, and what was asked", async () => {
      await store.batch(await webhooks.insert(webhook));
      happen(61_000);
      happen(62_000);
      const one = following();
      await one.look();
      const [stale, recovered] = (await webhooks.due(Number.MAX_SAFE_INTEGER, 9)).map((it) => it.delivery.data);
      expect(stale).toEqual({
        name: `${PROJECT}/featureViews/v`,
        version: 2,
        alert: `${PROJECT}/freshnessAlerts/1`,
        time: "1970-01-01T00:01:01.000Z",
        newest_event_time: "1970-01-01T00:00:00.500Z",
        event_age_seconds: 1.5,
        target_seconds: 1,
      });
      expect(recovered?.["target_seconds"]).toBeNull();
      await one.close();
    });

    test("are told though the alerts of another project cannot be read, and looks do not queue up meanwhile", async () => {
      const other = "projects/a";
      const broken = { ...webhook, name: `${other}/webhooks/w`, project: other };
      for (const it of [broken, webhook]) await store.batch(await webhooks.insert(it));
      happen(1_001);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
      onTestFinished(() => void vi.useRealTimers());
      const asked: string[] = [];
      const away = Promise.withResolvers<never>();
      const one = following({
        newest: (project, isNew) =>
          asked.push(project) && project === other ? away.promise : alerts.newest(project, isNew),
      });
      vi.advanceTimersByTime(60_000);
      await vi.waitFor(() => expect(asked).toEqual([other]));
      vi.advanceTimersByTime(60_000);
      away.reject(new Error("it is away"));
      await one.look().catch(() => undefined);
      expect(await told()).toEqual(["feature_view.stale 1"]);
      expect(asked).toEqual([other, PROJECT, other, PROJECT]);
      await one.close();
    });

    test("that stop listening are not told later of what came in between", async () => {
      await store.batch(await webhooks.insert(webhook));
      happen(1_001);
      const one = following();
      await one.look();
      const stored = (await webhooks.get(webhook.name)) ?? expect.unreachable();
      await store.batch(await webhooks.replace(stored, { ...webhook, active: false, updateTimeMs: 2_000 }));
      happen(2_001);
      await one.look();
      const paused = (await webhooks.get(webhook.name)) ?? expect.unreachable();
      await store.batch(await webhooks.replace(paused, { ...webhook, updateTimeMs: 3_000 }));
      happen(3_001);
      await one.look();
      expect([...(await told())].sort()).toEqual(["feature_view.stale 1", "feature_view.stale 3"]);
      await one.close();
    });
  });
}
