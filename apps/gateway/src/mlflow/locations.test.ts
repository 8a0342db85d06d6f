import { isDomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { checkedArtifactLocation, locationOf, loggedModelUri, runUri, sourceOf, versionUri } from "./locations.ts";

const PROJECT = "projects/p";
const experiment = `${PROJECT}/experiments/0`;

describe("the addresses that are given out", () => {
  test.each([
    [runUri({ name: `${PROJECT}/runs/r1`, experiment }), "mlflow-artifacts:/0/r1/artifacts", `${PROJECT}/runs/r1`],
    [
      loggedModelUri({ name: `${PROJECT}/loggedModels/m-1`, experiment }),
      "mlflow-artifacts:/0/models/m-1/artifacts",
      `${PROJECT}/loggedModels/m-1`,
    ],
    [
      versionUri(`${PROJECT}/models/iris/versions/3`),
      "mlflow-artifacts:/registered-models/iris/3",
      `${PROJECT}/models/iris/versions/3`,
    ],
  ])("%s leads back to what it is of", (uri, expected, parent) => {
    expect(uri).toBe(expected);
    const path = uri.slice("mlflow-artifacts:/".length);
    expect(locationOf(PROJECT, path)).toEqual({ parent, path: "" });
    expect(locationOf(PROJECT, `${path}/a/b.txt`)).toEqual({ parent, path: "a/b.txt" });
    expect(sourceOf(PROJECT, `${uri}/a`)).toEqual({ kind: "files", location: { parent, path: "a" } });
  });

  test("any other path is of the project's own files", () => {
    expect(locationOf(PROJECT, "a/b/c")).toEqual({ parent: PROJECT, path: "a/b/c" });
    expect(locationOf(PROJECT, "")).toEqual({ parent: PROJECT, path: "" });
  });
});

describe("sources of model versions", () => {
  test.each([
    ["runs:/r1/model", { kind: "files", location: { parent: `${PROJECT}/runs/r1`, path: "model" } }],
    ["models:/m-0af", { kind: "files", location: { parent: `${PROJECT}/loggedModels/m-0af`, path: "" } }],
    ["models:/Iris v1.0 ü/12", { kind: "version", model: "Iris v1.0 ü", version: "12" }],
    ["models:/Iris@champion", { kind: "alias", model: "Iris", alias: "champion" }],
  ])("%s", (uri, source) => expect(sourceOf(PROJECT, uri)).toEqual(source));

  test.each([
    "file:///etc/passwd",
    "/etc/passwd",
    "../up",
    "s3://bucket/x",
    "http://169.254.169.254/latest",
    "https://u:p@host/x",
    "ftp://x",
    "dbfs:/x",
    "runs://host/x",
    "models://host/x",
    "mlflow-artifacts://host:5000/0/r/artifacts",
    "mlflow-artifacts:/../../etc",
    "mlflow-artifacts:/0/r/artifacts/../../../x",
    "mlflow-artifacts:/0/r/artifacts/%2e%2e/x",
    "mlflow-artifacts:/0/r/artifacts/%252e%252e/x",
    "mlflow-artifacts:/0/r/artifacts/a\\..\\x",
    "mlflow-artifacts:/0/r/artifacts/a\u0000",
    "mlflow-artifacts:/0/r/artifacts?x=1",
    "mlflow-artifacts:/0/r/artifacts#x",
    "mlflow-artifacts:/loose/file",
    "MLFLOW-ARTIFACTS:/0/r/artifacts",
    "runs:/../x",
    "runs:/r1",
    "models:/name/../1",
    "models:/name/latest",
    "models:/",
    "",
    " runs:/r1/model",
  ])("%j is refused, with the field", (uri) => {
    let thrown: unknown;
    try {
      sourceOf(PROJECT, uri);
    } catch (error) {
      thrown = error;
    }
    expect(isDomainError(thrown) && thrown.violations[0]?.path).toBe("source");
  });
});

test.each(["", "mlflow-artifacts:/x"])("an experiment may have the artifact location %j", (uri) =>
  expect(() => checkedArtifactLocation(uri)).not.toThrow(),
);

test.each(["file:///x", "/x", "s3://b", "mlflow-artifacts://host/x", "mlflow-artifacts:/a/../b", "x"])(
  "an experiment may not have the artifact location %j",
  (uri) => expect(() => checkedArtifactLocation(uri)).toThrow(/artifact_location/),
);
