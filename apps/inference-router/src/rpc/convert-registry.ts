import type { Deployment as DeploymentMessage } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type {
  ReleaseModel as ModelMessage,
  Release as ReleaseMessage,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { graphFromMessage } from "@throughline/graphs";
import { parseDigest, resourceName } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import type { Deployment } from "../domain/deployment.ts";
import { releaseUnusable } from "../domain/errors.ts";
import { logPolicy } from "../domain/log-policy.ts";
import type { Release, ReleaseFeatures, ReleaseModel } from "../domain/release.ts";
import { executionFromProto } from "./convert-execution.ts";
import { contextualFromProto, shadowFromProto } from "./convert-rollout.ts";

const RELEASE = resourceName("projects/{project}/releases/{release}");

export function deploymentFromProto(message: DeploymentMessage): Deployment {
  const shadow = message.rollout && shadowFromProto(message.rollout);
  const contextual = message.rollout && contextualFromProto(message.rollout);
  return {
    name: message.name,
    stickyKey: message.stickyKey,
    shares: message.traffic.map((it) => ({ release: it.release, basisPoints: it.weightBasisPoints })),
    ...(message.log && {
      log: logPolicy(
        { sampleBasisPoints: message.log.sampleBasisPoints, inlineBytesMax: Number(message.log.inlineBytesMax) },
        message.rollout !== undefined,
      ),
    }),
    ...(message.execution && { execution: executionFromProto(message.execution) }),
    ...(shadow && { shadow }),
    ...(contextual && { contextual }),
  };
}

/** Fails with RELEASE_UNUSABLE for a release without a graph. */
export function releaseFromProto(message: ReleaseMessage): Release {
  const { name, digest, manifest } = message;
  if (manifest?.graph === undefined) throw releaseUnusable(name, "it has no graph");
  const { features, models, thresholds, graph, calibrationDigest, baselineStatisticsDigest: statistics } = manifest;
  return {
    name,
    digest,
    project: RELEASE.parse(name).project,
    createTimeMs: message.createTime ? toMs(message.createTime) : 0,
    graph: graphFromMessage(graph),
    models: Object.fromEntries(Object.entries(models).map(([node, it]) => [node, modelOf(node, it)])),
    thresholds: { ...thresholds },
    ...(calibrationDigest !== "" && {
      calibrationDigest: parseDigest(calibrationDigest, "release.manifest.calibration_digest"),
    }),
    ...(statistics !== "" && {
      baselineStatisticsDigest: parseDigest(statistics, "release.manifest.baseline_statistics_digest"),
    }),
    ...(features ? { features: featuresOf(features) } : {}),
  };
}

const modelOf = (node: string, { modelVersion, digest }: ModelMessage): ReleaseModel => ({
  version: modelVersion,
  digest: parseDigest(digest, `release.manifest.models[${node}].digest`),
});

type FeaturesMessage = NonNullable<NonNullable<ReleaseMessage["manifest"]>["features"]>;

const featuresOf = (message: FeaturesMessage): ReleaseFeatures => ({
  service: message.featureService,
  version: message.featureServiceVersion,
  digest: message.digest,
  viewVersions: { ...message.viewVersions },
  names: message.features,
});
