import { expect, test } from "vitest";
import type { Necessity } from "./ports.ts";
import type { Release } from "./release.ts";
import { findingsSeen } from "./scorecard-findings.ts";
import { serviceAway } from "./unanswered.ts";

const features = { featureService: "projects/p/featureServices/f", featureServiceVersion: 3 };
const release = { manifest: { features } } as Release;
const REPORT: Necessity = { name: "report", isMeasured: false, needless: [], costsKnown: false, costly: [] };

const seen = async (report: Necessity | Error | undefined) => {
  const findings = {
    evaluation: async () => undefined,
    certificate: async () => undefined,
    training: async () => undefined,
    skew: async () => undefined,
    drift: async () => undefined,
    treatedData: async () => undefined,
    unwatchedViews: async () => undefined,
    viewMadeMs: async () => undefined,
    async necessity(service: string, version: number) {
      if (report instanceof Error) throw report;
      return service === features.featureService && version === features.featureServiceVersion ? report : undefined;
    },
  };
  return (await findingsSeen({ findings }, release, [])).map(([test, it]) => [
    test,
    "unasked" in it ? it.unasked : it.holds,
  ]);
};

test.each<[what: string, report: Necessity | undefined, seen: readonly (readonly [string, boolean])[]]>([
  ["no report", undefined, []],
  ["a report that measured nothing and found nothing", REPORT, []],
  ["importances, and nothing found", { ...REPORT, isMeasured: true }, [["data-2", true]]],
  ["features that a model can do without", { ...REPORT, isMeasured: true, needless: ["a"] }, [["data-2", false]]],
  ["costs, and nothing found", { ...REPORT, costsKnown: true }, [["data-3", true]]],
  ["a costly feature", { ...REPORT, costsKnown: true, costly: ["b"] }, [["data-3", false]]],
])("%s", async (_what, report, expected) => expect(await seen(report)).toEqual(expected));

test("without other services nothing is seen", async () => expect(await findingsSeen({}, release, [])).toEqual([]));

test("what a service that is away could not be asked for is said of each test, and other failures stay failures", async () => {
  const why = "The feature store could not be asked for necessity reports";
  expect(await seen(serviceAway("feature store", "necessity reports", undefined))).toEqual([
    ["data-2", why],
    ["data-3", why],
  ]);
  await expect(seen(new Error("a bug"))).rejects.toThrow("a bug");
});
