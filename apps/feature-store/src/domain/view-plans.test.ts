import { notFound } from "@throughline/kernel";
import { expect, test } from "vitest";
import { onlineLayouts } from "./online-layouts.ts";
import { type ViewPlansDeps, viewPlans } from "./view-plans.ts";

const SELECTION = { view: "v", version: 0, features: [], keyFields: {} };

/** Plans where no feature view is, and a look for an on-demand view fails so. */
const plansWithout = (error: Error) => {
  const define: ViewPlansDeps["define"] = {
    view: async () => Promise.reject(notFound("projects/p/featureViews/v")),
    onDemandView: async () => Promise.reject(error),
    bound: async () => Promise.reject(error),
  };
  return viewPlans({
    define,
    clock: { now: () => 0 },
    generations: { know: async () => {} },
    layouts: onlineLayouts(),
    materializer: { catchUp: async () => {} },
  });
};

test("of an id that is neither the feature view is told to be absent, but a failure to look is no absence", async () => {
  const absent = plansWithout(notFound("projects/p/onDemandViews/v")).bound("p", [SELECTION]);
  await expect(absent).rejects.toMatchObject({
    reason: "NOT_FOUND",
    message: expect.stringContaining("featureViews/v"),
  });
  await expect(plansWithout(new Error("the disk is gone")).bound("p", [SELECTION])).rejects.toThrow("the disk is gone");
});
