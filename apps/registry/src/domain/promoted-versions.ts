import { notFound } from "@throughline/kernel";
import type { Promotion } from "./gate.ts";
import type { ModelVersion } from "./model.ts";
import { projectOf, RELEASE } from "./names.ts";
import type { ReleaseStore } from "./release-store.ts";
import { getRelease } from "./releases.ts";

/** A version that a promotion would put somewhere. */
export interface PromotedVersion {
  readonly project: string;
  readonly model: string;
  /** With its number. */
  readonly name: string;
  /** Absent if the release brought it and it is not registered here. */
  readonly version?: ModelVersion;
  /** Of the leakage certificate that the release pins; empty if there is none. */
  readonly certificateDigest: string;
}

interface Sources {
  readonly releases: ReleaseStore;
  readonly findVersion: (name: string) => Promise<ModelVersion | undefined>;
}

/** The versions of a promotion: the one that it names, or those of the release. Fails with NOT_FOUND. */
export async function promotedVersions(
  { releases, findVersion }: Sources,
  { subject }: Pick<Promotion, "subject">,
): Promise<readonly PromotedVersion[]> {
  if (!RELEASE.matches(subject)) {
    const version = await findVersion(subject);
    if (!version) throw notFound(subject);
    return [
      { project: projectOf(version.model), model: version.model, name: version.name, version, certificateDigest: "" },
    ];
  }
  const release = await getRelease({ releases }, subject);
  const promoted = Object.values(release.manifest.models).map(async ({ modelVersion, digest }) => {
    const found = await findVersion(modelVersion);
    // A release that was imported names versions of another installation: the bytes tell whether this is the same one.
    const isSame = found?.digest === digest;
    const model = modelVersion.slice(0, modelVersion.lastIndexOf("/versions/"));
    const { certificateDigest } = release.manifest;
    return {
      project: release.project,
      model,
      name: modelVersion,
      certificateDigest,
      ...(isSame && { version: found }),
    };
  });
  return Promise.all(promoted);
}
