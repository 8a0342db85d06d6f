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
    "projects/{project}/deployments/{deployment}/rollouts/{rollout}",
  ],
  ["^projects/[^/]+/artifacts/sha256:[0-9a-f]{64}$", "projects/{project}/artifacts/{artifact}"],
  ["^projects/[a-z0-9][a-z0-9-]{0,62}$", "projects/{project}"],
  ["^projects/[^/]+/dataRetention$", "projects/{project}/dataRetention"],
  ["^sha256:[0-9a-f]{64}$", "a digest: sha256: and 64 hexadecimal digits"],
  ["^(sha256:[0-9a-f]{64})?$", "a digest: sha256: and 64 hexadecimal digits, or nothing"],
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
