import { expect, test } from "vitest";
import type { Deployment } from "./deployment.ts";
import type { Release } from "./release.ts";
import { servingSeen } from "./scorecard-serving.ts";
import { serviceAway } from "./unanswered.ts";

const DAY_MS = 86_400_000;
const features = { featureService: "f", featureServiceVersion: 3, viewVersions: { weather: 2, planes: 1 } };
const release = { name: "projects/p/releases/r", project: "projects/p", manifest: { features } } as unknown as Release;

const stateAt = (days: number, weightBasisPoints: number) =>
  ({
    name: "projects/p/deployments/late",
    traffic: [{ release: release.name, weightBasisPoints }],
    change: { timeMs: days * DAY_MS },
  }) as unknown as Deployment;

const seen = async (states: readonly Deployment[], made: (view: string) => Promise<number | undefined>) => {
  const [newest] = states;
  const deployments = {
    list: async () => ({ items: newest ? [newest] : [] }),
    history: async () => states,
  };
  const all = await servingSeen({ deployments, findings: { viewMadeMs: made } }, release);
  return all.filter(([id]) => id === "data-6");
};

const made = async (view: string) => (view.endsWith("/weather") ? 10 : 5) * DAY_MS;

test("the time from the definition of the newest view to the first share of the traffic", async () => {
  const holds = (at: number) => ({
    holds: at - 10 <= 60,
    sentence: `Version 2 of weather, its newest feature view, served in projects/p/deployments/late ${at - 10} days after it was defined; 60 are soon.`,
    evidence: "projects/p/deployments/late",
  });
  expect(await seen([stateAt(40, 9_000), stateAt(30, 500), stateAt(20, 0)], made)).toEqual([["data-6", holds(30)]]);
  expect(await seen([stateAt(71, 500)], made)).toEqual([["data-6", holds(71)]]);
});

test("nothing is claimed of what never served, or of views that nobody knows", async () => {
  expect(await seen([], made)).toEqual([]);
  expect(await seen([stateAt(20, 0)], made)).toEqual([]);
  expect(await seen([stateAt(20, 100)], async () => undefined)).toEqual([]);
  expect(await seen([stateAt(20, 100)], async (view) => (view.endsWith("/planes") ? 5 : undefined))).toEqual([]);
  const away = async () => {
    throw serviceAway("feature store", "feature views", undefined);
  };
  expect(await seen([stateAt(20, 100)], away)).toEqual([
    ["data-6", { unasked: "The feature store could not be asked for feature views" }],
  ]);
});
