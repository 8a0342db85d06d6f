import { type Digest, digestOfBytes, isDigest } from "@throughline/kernel";
import type { ArtifactKind, LineageArtifact, LineageEvent, LineageRecord } from "@throughline/lineage";
import type { Deployment } from "./deployment.ts";
import type { VersionContent } from "./model.ts";
import { projectOf } from "./names.ts";
import type { PinnedFeatureService, PinnedView } from "./ports.ts";
import type { Release } from "./release.ts";
import type { Rollout } from "./rollout.ts";

/**
 * Ids follow from the work, so that a repetition is the same record. They begin with its time, so that records of one time
 * are neighbours wherever they are kept by id: ids that jump about cost each record pages of its own.
 */
const idOf = (kind: string, work: string, timeMs: number): string =>
  `${timeMs.toString(16).padStart(12, "0")}.${kind}.${digestOfBytes(work).slice(7, 39)}`;

const isKnown = (digest: string): digest is Digest => isDigest(digest);

const input = (digest: Digest, role: string): LineageEvent => ({ digest, type: "INPUT", role });

/** Tells that a version was registered, and by which run its bytes were made, if one is named. */
export function registered(version: VersionContent): readonly LineageRecord[] {
  const { model, digest, run, actor, createTimeMs: timeMs } = version;
  // The size of a version of files is that of its files, and its digest that of their list.
  const isList = version.format !== "ONNX" && version.files.length > 0;
  const artifact: LineageArtifact = {
    digest,
    kind: "MODEL",
    resource: version.name,
    sizeBytes: isList ? 0 : version.sizeBytes,
    mediaType: version.format === "ONNX" ? "application/onnx" : "application/octet-stream",
  };
  const trained = version.trainingSetDigest !== "" ? [input(version.trainingSetDigest, "training_set")] : [];
  const { derivedFromDigest, transformFitDigest } = version;
  const derived = [
    ...(derivedFromDigest ? [input(derivedFromDigest, "model")] : []),
    ...(transformFitDigest ? [input(transformFitDigest, "transform_fit")] : []),
  ];
  const events: readonly LineageEvent[] = [...trained, ...derived, { digest, type: "OUTPUT", role: "model" }];
  const project = projectOf(model);
  const registration: LineageRecord = {
    execution: {
      id: idOf("register", version.name, timeMs),
      project,
      kind: "REGISTER",
      resource: version.name,
      actor,
      timeMs,
    },
    artifacts: [artifact],
    events,
  };
  if (run === "") return [registration];
  // One record for each registration: the same bytes may be registered again, by somebody else.
  const id = idOf("run", `${run} ${version.name}`, timeMs);
  return [
    { execution: { id, project, kind: "RUN", resource: run, actor, timeMs }, artifacts: [artifact], events },
    registration,
  ];
}

/** A part of a release that is on the thread. */
export interface ReleasePart {
  readonly digest: Digest;
  readonly role: string;
  readonly kind: ArtifactKind;
  readonly resource: string;
  readonly sizeBytes: number;
}

/** The parts that come with a feature service: its own definition and those of its views. */
export const featureParts = (name: string, service: PinnedFeatureService): readonly ReleasePart[] =>
  [
    { digest: service.digest, role: "feature_service", resource: name },
    ...service.views.map((it) => viewPart("feature_view", it)),
    ...(service.onDemandViews ?? []).map((it) => viewPart("on_demand_view", it)),
  ].flatMap(({ digest, ...rest }) =>
    isKnown(digest) ? [{ digest, ...rest, kind: "FEATURE_VIEW", sizeBytes: 0 }] : [],
  );

const viewPart = (role: string, { view, version, digest }: PinnedView) => ({
  digest,
  role: `${role}.${view.split("/").at(-1)}.${version}`.slice(0, 255),
  resource: view,
});

/** Tells what a release was made of. */
export function released(release: Release, parts: readonly ReleasePart[], sizeBytes: number): LineageRecord {
  const { name, digest, actor, createTimeMs: timeMs } = release;
  const described = parts.map(({ role: _, ...part }): LineageArtifact => ({ ...part, mediaType: "" }));
  const made: LineageArtifact = { digest, kind: "RELEASE", resource: name, sizeBytes, mediaType: "application/json" };
  return {
    execution: {
      id: idOf("release", name, timeMs),
      project: release.project,
      kind: "RELEASE",
      resource: name,
      actor,
      timeMs,
    },
    // Models were described when they were registered.
    artifacts: [...described.filter((it) => it.kind !== "MODEL"), made],
    events: [...parts.map((it) => input(it.digest, it.role)), { digest, type: "OUTPUT", role: "release" }],
  };
}

/** Tells which releases serve since a change of a deployment. */
export function deployed(deployment: Deployment, releases: readonly Release[]): LineageRecord {
  const { name, project, change } = deployment;
  const id = idOf("deploy", `${name} ${change.revision}`, change.timeMs);
  return {
    execution: { id, project, kind: "DEPLOY", resource: name, actor: change.actor, timeMs: change.timeMs },
    artifacts: [],
    events: releases.map((it) => input(it.digest, "release")),
  };
}

/** Tells that a rollout of a candidate against a baseline changed, and who or what changed it. */
export function rolledOut(rollout: Rollout, releases: readonly Release[]): LineageRecord {
  const { name, project, change, candidate } = rollout;
  const id = idOf("rollout", `${name} ${change.revision}`, change.timeMs);
  return {
    execution: { id, project, kind: "DEPLOY", resource: name, actor: change.actor, timeMs: change.timeMs },
    artifacts: [],
    events: releases.map((it) => input(it.digest, it.name === candidate ? "candidate" : "baseline")),
  };
}
