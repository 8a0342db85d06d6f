import type {
  RepositoryModelLoadRequest,
  RepositoryModelUnloadRequest,
} from "@throughline/contracts/inference/open_inference_pb";
import { DomainError } from "@throughline/kernel";

type Parameters = RepositoryModelLoadRequest["parameters"] | RepositoryModelUnloadRequest["parameters"];

const RELEASE = /^[^/]{1,128}$/;

/**
 * The release that a request to load or unload names: by the parameter `release` (its id), or by a `config` of Triton's form,
 * `{"version_policy": {"specific": {"versions": [id]}}}`. Undefined if it names none. Fails with PARAMETER_REFUSED.
 */
export function releaseAsked(parameters: Parameters): string | undefined {
  let asked: string | undefined;
  for (const [name, { parameterChoice: choice }] of Object.entries(parameters)) {
    if (name === "release" && choice.case === "stringParam") asked = choice.value;
    else if (name === "config" && choice.case === "stringParam") asked = inConfig(choice.value);
    // Nothing hangs on a model here that other models would need.
    else if (name !== "unload_dependents") throw refused(name, "a release never changes: register a version instead");
  }
  if (asked !== undefined && !RELEASE.test(asked)) throw refused("release", "expected the id of a release");
  return asked;
}

function inConfig(text: string): string {
  const found = versionsIn(text);
  if (found?.length === 1 && typeof found[0] === "string") return found[0];
  throw refused(
    "config",
    'how a model is run is the release\'s: only {"version_policy": {"specific": {"versions": ["release id"]}}} is taken',
  );
}

/** The versions of a configuration that says nothing but its versions. */
function versionsIn(text: string): readonly unknown[] | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const field of ["version_policy", "specific", "versions"]) {
    if (typeof found !== "object" || found === null || Object.keys(found).join() !== field) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[field];
  }
  return Array.isArray(found) ? found : undefined;
}

const refused = (name: string, why: string): DomainError =>
  new DomainError("invalid", "PARAMETER_REFUSED", `The parameter ${name.slice(0, 100)} is not taken: ${why}.`, {
    metadata: { parameter: name.slice(0, 100) },
    violations: [{ path: `parameters.${name.slice(0, 100)}`, description: why }],
  });
