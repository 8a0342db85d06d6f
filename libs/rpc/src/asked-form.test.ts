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
  [
    "^projects/[^/]+/operations/[a-z-]+[.][^/]+$",
    "projects/{project}/operations/{operation}, operation as [a-z-]+[.][^/]+",
  ],
  ["^projects/[^/]+(/(runs|loggedModels)/[^/]+)?$", undefined],
  ["^projects/[^/]+/(models/[^/]+/versions|releases)/[^/]+$", undefined],
  ["^[a-z][a-z0-9_-]{0,62}$", "1 to 63 characters of a-z 0-9 _ and -, the first of them a-z"],
  ["^([a-z0-9][a-z0-9-]{0,62})?$", "1 to 63 characters of a-z 0-9 and -, the first of them a-z or 0-9, or nothing"],
  [
    "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
    "1 to 128 characters of A-Z a-z 0-9 . _ and -, the first of them A-Z a-z or 0-9",
  ],
  ["^[\\p{L}\\p{N}_-]{1,255}$", "1 to 255 characters of letters digits _ and -"],
  ["^[A-Za-z][A-Za-z0-9 -]{0,9}$", "1 to 10 characters of A-Z a-z 0-9 space and -, the first of them A-Z or a-z"],
  ["^[a-z-]{1,63}$", "1 to 63 characters of a-z and -"],
  ["^([0-9a-f]{40}|[0-9a-f]{64})$", undefined],
  ["^[a-z][a-z]{1,9}$", undefined],
])("%s asks for %s", (pattern, form) => expect(askedForm(pattern)).toBe(form));

test("a wrong name is told with the form that is expected", () => {
  const request = create(RollBackDeploymentRequestSchema, { name: "models/x" });
  expect(() => validate(RollBackDeploymentRequestSchema, request)).toThrow(
    "name: expected projects/{project}/deployments/{deployment}",
  );
});
