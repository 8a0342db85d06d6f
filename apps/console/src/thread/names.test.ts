import { expect, test } from "vitest";
import { actorText, pagePath, pathOfDownload, resourcePath, segmentText } from "./names.ts";

test.each([
  ["projects/p/runs/r1", "/p/p/runs/r1"],
  ["projects/p/models/late/versions/3", "/p/p/models/late/3"],
  ["projects/p/deployments/d/predictions/x", "/p/p/deployments/d/x"],
  ["projects/p/deployments/d/rollouts/2", "/p/p/rollouts/d/2"],
  ["projects/p/trainingSets/00ff", "/p/p/training-sets/00ff"],
  ["projects/p/dataVersions/12", "/p/p/data/12"],
  ["projects/p/necessityReports/00ff", "/p/p/necessity/00ff"],
  ["projects/p/privacyPolicy", "/p/p/policy"],
  ["projects/p/sources/s/privacyPolicy", "/p/p/sources/s/policy"],
  ["projects/p/experiments/e", "/p/p/runs?experiment=projects%2Fp%2Fexperiments%2Fe"],
])("%s has its page at %s", (name, path) => expect(resourcePath(name)).toBe(path));

test.each(["", "projects/p", "projects/p/models", "projects/p/unknown/x", "elsewhere/p/runs/r", "projects//runs/r"])(
  "%j has no page",
  (name) => expect(resourcePath(name)).toBeUndefined(),
);

test("an address holds no dot, which the gateway would take for the end of a file's name", () => {
  const path = resourcePath("projects/p/models/late.v1/versions/2") ?? "";
  expect(path).not.toContain(".");
  expect(path.split("/").map(segmentText)).toEqual(["", "p", "p", "models", "late.v1", "2"]);
});

test("what a project is called cannot leave its place in an address", () => {
  expect(pagePath("../../x?y#z")).toBe("/p/%2E%2E%2F%2E%2E%2Fx%3Fy%23z");
  expect(pathOfDownload("a/b", "sha256:00")).toBe("/v1/projects/a%2Fb/artifacts/sha256:00:download");
});

test("a segment that is not well encoded is shown as it is", () => expect(segmentText("100%")).toBe("100%"));

test.each([
  ["projects/p/deployments/late/rollouts/3", "rollout 3"],
  ["ada", "ada"],
  ["", ""],
])("%j did it: %j", (actor, text) => expect(actorText(actor)).toBe(text));
