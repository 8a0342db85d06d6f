import { describe, expect, test } from "vitest";
import type { MonitoringFindings } from "./monitoring-findings.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import type { Release } from "./release.ts";
import { type LiveStores, liveSeen } from "./scorecard-live.ts";
import { someVersion } from "./testing-gate-facts.ts";
import { serviceAway } from "./unanswered.ts";
import type { Webhook } from "./webhook-store.ts";

const features = { featureService: "f", featureServiceVersion: 3, viewVersions: { weather: 2, planes: 1 } };
const manifest = { features, baselineStatisticsDigest: "sha256:baseline" };
const release = { name: "projects/p/releases/r", project: "projects/p", manifest } as unknown as Release;
const trained = someVersion(2, { trainingSet: "projects/p/trainingSets/t" });
const promotedOf = (version: typeof trained): PromotedVersion => ({
  project: "projects/p",
  model: version.model,
  name: version.name,
  version,
  certificateDigest: "",
});
const promoted = [promotedOf(trained)];

const NOTHING: MonitoringFindings = {
  skew: async () => undefined,
  drift: async () => undefined,
  treatedData: async () => undefined,
  unwatchedViews: async () => undefined,
};

/** What is seen with some findings, in a project with these webhooks. */
const seen = async (
  found: Partial<MonitoringFindings>,
  webhooks: readonly Partial<Webhook>[] = [],
  of: readonly PromotedVersion[] = promoted,
) => {
  const stores: LiveStores = {
    rollouts: { list: async () => ({ items: [] }) },
    rolloutDecisions: { list: async () => ({ items: [] }) },
    webhooks: { list: async () => ({ items: webhooks.map((it) => ({ revision: 1, webhook: it as Webhook })) }) },
  };
  const deps = { findings: { ...NOTHING, ...found }, ...stores } as unknown as Parameters<typeof liveSeen>[0];
  return (await liveSeen(deps, release, of)).map(([id, it]) =>
    "unasked" in it
      ? { seen: [id], sentence: it.unasked }
      : { seen: [id, it.holds, it.evidence], sentence: it.sentence },
  );
};

describe("what is watched after training", () => {
  test("nothing is claimed where nothing was found", async () => expect(await seen({})).toEqual([]));

  test("what services that are away could not be asked for is said, test by test", async () => {
    const away = async () => {
      throw serviceAway("validation service", "reports", undefined);
    };
    const sentence = "The validation service could not be asked for reports";
    const asked = { skew: away, drift: away, treatedData: away, unwatchedViews: away };
    expect(await seen(asked)).toEqual(
      ["monitoring-3", "monitoring-2", "data-5", "monitoring-1"].map((it) => ({ seen: [it], sentence })),
    );
  });

  test.each([
    [0, true, "Of 50 predictions all served values"],
    [2, false, "In 2 of 50 predictions served values are not those that the join for training gives: wind."],
  ])("skew: %d predictions differ", async (differingRowCount, holds, text) => {
    const report = { name: "skew", rowCount: 50, differingRowCount, features: differingRowCount > 0 ? ["wind"] : [] };
    const [first] = await seen({ skew: async (name) => (name === release.name ? report : undefined) });
    expect(first?.seen).toEqual(["monitoring-3", holds, "skew"]);
    expect(first?.sentence).toContain(text);
  });

  test("a skew report on no prediction says nothing", async () => {
    expect(await seen({ skew: async () => ({ name: "s", rowCount: 0, differingRowCount: 0, features: [] }) })).toEqual(
      [],
    );
  });

  const driftFound =
    (comparedCount: number, wrong: readonly string[], warned: readonly string[]): MonitoringFindings["drift"] =>
    async (project, baseline) =>
      project === "projects/p" && baseline === "sha256:baseline"
        ? { name: "report", comparedCount, wrong, warned }
        : undefined;

  test.each([
    [
      [],
      [],
      true,
      "Of 3 columns that were compared with the statistics that the release was made on none has drifted,",
    ],
    [[], [], true, ", and nothing else was found."],
    [[], ["new"], true, ", and there are warnings about new."],
    [["origin", "the whole data set"], ["new"], false, ", or is not as expected: origin, the whole data set."],
  ])("drift of %j, with warnings about %j", async (wrong, warned, holds, text) => {
    const [found] = await seen({ drift: driftFound(3, wrong, warned) });
    expect(found?.seen).toEqual(["monitoring-2", holds, "report"]);
    expect(found?.sentence).toContain(text);
  });

  test("of a report in which no column was compared only what is wrong is told", async () => {
    expect(await seen({ drift: driftFound(0, [], ["new"]) })).toEqual([]);
    const [found] = await seen({ drift: driftFound(0, ["tail"], []) });
    expect(found?.seen).toEqual(["monitoring-2", false, "report"]);
  });

  test("a policy that spoke about the training set is named", async () => {
    const treatedData: MonitoringFindings["treatedData"] = async (name) =>
      name === trained.trainingSet
        ? { purpose: "delays", policies: ["people"], columnCount: 3, sensitiveColumns: [] }
        : undefined;
    expect((await seen({ treatedData })).map((it) => it.seen)).toEqual([["data-5", true, "people"]]);
  });

  test("of several training sets each is told of, with its policies and its purpose", async () => {
    const other = someVersion(3, { trainingSet: "projects/p/trainingSets/other" });
    const treatedData: MonitoringFindings["treatedData"] = async (name) =>
      name === trained.trainingSet
        ? { purpose: "delays", policies: ["people"], columnCount: 3, sensitiveColumns: [] }
        : { purpose: "prices", policies: ["money"], columnCount: 1, sensitiveColumns: [] };
    const [found] = await seen({ treatedData }, [], [trained, other].map(promotedOf));
    expect(found?.seen).toEqual(["data-5", true, "people"]);
    expect(found?.sentence).toBe(
      "people had a say about 3 columns of projects/p/trainingSets/t, for the purpose delays. " +
        "money had a say about 1 columns of projects/p/trainingSets/other, for the purpose prices.",
    );
  });

  test("views are watched if each has a target and somebody is told", async () => {
    const views: string[][] = [];
    const unwatched =
      (left: readonly string[]): MonitoringFindings["unwatchedViews"] =>
      async (_, asked) => {
        views.push([...asked]);
        return left;
      };
    const hook = { name: "hook", displayName: "pager", active: true, events: ["feature_view.stale"] as const };
    const all = (left: readonly string[], webhooks: readonly Partial<Webhook>[]) =>
      seen({ unwatchedViews: unwatched(left) }, webhooks).then((it) => it.map((one) => one.seen));
    expect(await all(["projects/p/featureViews/planes"], [hook])).toEqual([
      ["monitoring-1", false, "projects/p/featureViews/planes"],
    ]);
    expect(await all([], [{ ...hook, active: false }])).toEqual([]);
    expect(await all([], [{ ...hook, events: ["release.created"] }])).toEqual([]);
    expect(await all([], [hook])).toEqual([["monitoring-1", true, "hook"]]);
    const named = async (displayName: string) =>
      (await seen({ unwatchedViews: unwatched([]) }, [{ ...hook, displayName }]))[0]?.sentence;
    expect(await named("pager")).toContain(", and pager is told");
    expect(await named("")).toContain(", and hook is told");
    expect(views[0]).toEqual(["projects/p/featureViews/weather", "projects/p/featureViews/planes"]);
  });
});
