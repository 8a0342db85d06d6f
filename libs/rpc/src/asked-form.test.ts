import { create } from "@bufbuild/protobuf";
import { RollBackDeploymentRequestSchema } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { expect, test } from "vitest";
import { askedForm } from "./asked-form.ts";
import { validate } from "./validation.ts";

test.each([
  ["^projects/[^/]+/deployments/[^/]+$", "projects/{project}/deployments/{deployment}"],
  ["^(projects/[^/]+/featureServices/[^/]+)?$", "projects/{project}/featureServices/{featureService}, or nothing"],
  ["^projects/[^/]+/entities/[^/]+$", "projects/{project}/entities/{entity}"],
  [
    "^projects/[^/]+/deployments/[^/]+/rollouts/[1-9][0-9]{0,9}$",
    "projects/{project}/deployments/{deployment}/rollouts/{rollout}, rollout as [1-9][0-9]{0,9}",
  ],
  [
    "^projects/[^/]+/studies/[^/]+/trials/[0-9]+$",
    "projects/{project}/studies/{study}/trials/{trial}, trial as [0-9]+",
  ],
  [
    "^(projects/[a-z-]+/rollouts/[1-9][0-9]{0,9})?$",
    "projects/{project}/rollouts/{rollout}, project as [a-z-]+, rollout as [1-9][0-9]{0,9}, or nothing",
  ],
  ["^projects/[^/]+/artifacts/sha256:[0-9a-f]{64}$", "projects/{project}/artifacts/sha256:{64 hexadecimal digits}"],
  ["^projects/[a-z0-9][a-z0-9-]{0,62}$", "projects/{project}, project as [a-z0-9][a-z0-9-]{0,62}"],
  [
    "^projects/[^/]+/calibrations/[0-9a-f]{64}$",
    "projects/{project}/calibrations/{calibration}, calibration as [0-9a-f]{64}",
  ],
  ["^projects/[^/]+/dataRetention$", "projects/{project}/dataRetention"],
  ["^sha256:[0-9a-f]{64}$", "a digest: sha256: and 64 hexadecimal digits"],
  ["^(sha256:[0-9a-f]{64})?$", "a digest: sha256: and 64 hexadecimal digits, or nothing"],
  ["^projects/[^/]+/operations/[a-z-]+[.][^/]+$", undefined],
  ["^projects/[^/]+(/(runs|loggedModels)/[^/]+)?$", undefined],
  ["^projects/[^/]+/(models/[^/]+/versions|releases)/[^/]+$", undefined],
  ["^[a-z][a-z0-9_-]{0,62}$", undefined],
])("%s asks for %s", (pattern, form) => expect(askedForm(pattern)).toBe(form));

test("a wrong name is told with the form that is expected", () => {
  const request = create(RollBackDeploymentRequestSchema, { name: "models/x" });
  expect(() => validate(RollBackDeploymentRequestSchema, request)).toThrow(
    "name: expected projects/{project}/deployments/{deployment}",
  );
});
