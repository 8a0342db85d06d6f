import { pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { FreshnessAlert, FreshnessAlerts } from "../domain/freshness-alerts.ts";
import { freshnessAlertStore } from "./freshness-alert-store.ts";

const tokens = pageTokens(Buffer.from("a secret of the tests"));
const NEWEST = { size: 2, token: "" };

const alert = (number: number, more: Partial<FreshnessAlert> = {}): FreshnessAlert => ({
  project: "p",
  number,
  view: "v",
  version: 1,
  kind: number % 2 === 1 ? "stale" : "recovered",
  actor: "a",
  timeMs: number,
  eventAgeNs: 2n ** 62n,
  targetNs: 1n,
  newestEventNs: -1n,
  ...more,
});

/** Checks the laws of FreshnessAlerts. */
function testFreshnessAlerts(adapter: string, empty: () => Promise<Store>): void {
  describe(`FreshnessAlerts laws: ${adapter}`, () => {
    let store: Store;
    let alerts: FreshnessAlerts;
    beforeEach(async () => {
      store = await empty();
      alerts = freshnessAlertStore(store, tokens);
    });
    const add = async (it: FreshnessAlert) => store.batch(await alerts.adding(it));

    test("alerts are listed newest first, of a view alone too, and told behind a number oldest first", async () => {
      await add(alert(1));
      await add(alert(2, { view: "w", targetNs: undefined }));
      await add(alert(3));
      await add(alert(1, { project: "q" }));
      const page = await alerts.list("p", undefined, NEWEST);
      expect(page.items).toEqual([alert(3), alert(2, { view: "w", targetNs: undefined })]);
      const rest = await alerts.list("p", undefined, { size: 2, token: page.nextPageToken });
      expect(rest).toEqual({ items: [alert(1)], nextPageToken: "" });
      expect((await alerts.list("p", "v", NEWEST)).items.map((it) => it.number)).toEqual([3, 1]);
      expect((await alerts.after("p", 1)).map((it) => it.number)).toEqual([2, 3]);
      expect([await alerts.newest("p"), await alerts.newest("r")]).toEqual([3, 0]);
      expect([await alerts.last("p", "v"), await alerts.last("q", "w")]).toEqual([alert(3), undefined]);
    });

    test("of several who add the next alert exactly one succeeds", async () => {
      for (const number of [1, 2]) {
        const outcomes = await Promise.allSettled(["v", "w", "x"].map((view) => add(alert(number, { view }))));
        expect(outcomes.filter((it) => it.status === "fulfilled")).toHaveLength(1);
        expect(await alerts.newest("p")).toBe(number);
      }
    });
  });
}

for (const database of everyDatabase()) testFreshnessAlerts(database.name, () => database.empty());
