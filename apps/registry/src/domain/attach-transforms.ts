import { artifactUnknown } from "./errors.ts";
import { fitInvalid, unsupportedFormat } from "./model-errors.ts";
import { getVersion } from "./model-versions.ts";
import { projectOf } from "./names.ts";
import type { Attaching, Prepared, Registration, RegistrationDeps } from "./registration.ts";
import { FIT_BYTES_MAX } from "./transform-fit.ts";
import { contentOfArtifact } from "./version-content.ts";

/** How a version with transforms in front was made. */
export const ATTACHED = "transforms";

/**
 * What a version will be that has transforms in front of another version's model: the same checks as any other, and the run,
 * training set and metrics of the one that it is made of. Fails with NOT_FOUND, UNSUPPORTED_FORMAT, ARTIFACT_UNKNOWN,
 * FIT_INVALID, TRANSFORMS_NOT_ATTACHABLE, and as `contentOfArtifact` does.
 */
export async function attachedContent(
  deps: RegistrationDeps,
  { version, fitDigest }: Attaching,
  wanted: Pick<Registration, "model" | "description">,
): Promise<Prepared> {
  const original = await getVersion(deps, version, { path: "model_version" });
  if (original.format !== "ONNX") throw unsupportedFormat(`MODEL_FORMAT_${original.format}`, "model_version");
  const path = "transform_fit_digest";
  if (!(await deps.artifacts.find(projectOf(wanted.model), fitDigest))) throw artifactUnknown(fitDigest, path);
  const [stored, fit] = await Promise.all([deps.blobs.stat(original.digest), deps.blobs.stat(fitDigest)]);
  if (!stored) throw artifactUnknown(original.digest, "model_version");
  if (!fit) throw artifactUnknown(fitDigest, path);
  if (fit.size > FIT_BYTES_MAX) throw fitInvalid(`it has ${fit.size} bytes; at most ${FIT_BYTES_MAX} are read`);
  const made = await deps.inspector.attach(
    { digest: original.digest, sizeBytes: stored.size },
    { digest: fitDigest, sizeBytes: fit.size },
  );
  const found = await contentOfArtifact(deps, { digest: made.digest, format: "ONNX" });
  const { run, trainingSet, trainingSetDigest, metrics, runLink, tags } = original;
  return {
    content: {
      ...found,
      run,
      trainingSet,
      trainingSetDigest,
      metrics,
      runLink,
      sourceUri: "",
      copiedFrom: "",
      derivedFrom: original.name,
      derivedFromDigest: original.digest,
      transformFitDigest: fitDigest,
      derivation: ATTACHED,
    },
    description: wanted.description,
    tags,
  };
}
