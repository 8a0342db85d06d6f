import type { Deployment as DeploymentMessage } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release as ReleaseMessage } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { parseDigest, resourceName } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import type { Deployment } from "../domain/deployment.ts";
import { releaseUnusable } from "../domain/errors.ts";
import type { ModelNode, Release, ReleaseFeatures } from "../domain/release.ts";

const RELEASE = resourceName("projects/{project}/releases/{release}");

export const deploymentFromProto = (message: DeploymentMessage): Deployment => ({
  name: message.name,
  stickyKey: message.stickyKey,
  shares: message.traffic.map((it) => ({ release: it.release, basisPoints: it.weightBasisPoints })),
});

/** Fails with RELEASE_UNUSABLE for graphs of more than one node, which this version does not serve. */
export function releaseFromProto(message: ReleaseMessage): Release {
  const { name, digest, manifest } = message;
  const features = manifest?.features;
  return {
    name,
    digest,
    project: RELEASE.parse(name).project,
    createTimeMs: message.createTime ? toMs(message.createTime) : 0,
    node: nodeOf(message),
    thresholds: { ...manifest?.thresholds },
    ...(features ? { features: featuresOf(features) } : {}),
  };
}

function nodeOf({ name, manifest }: ReleaseMessage): ModelNode {
  const nodes = manifest?.graph?.nodes ?? [];
  const [node] = nodes;
  if (nodes.length !== 1 || node?.kind.case !== "model") {
    throw releaseUnusable(name, "its graph is not one node that runs a model");
  }
  const model = manifest?.models[node.name];
  if (model === undefined) throw releaseUnusable(name, `the node ${node.name} has no model`);
  const { inputTensor, outputTensor, outputColumn } = node.kind.value;
  const modelDigest = parseDigest(model.digest, `release.manifest.models[${node.name}].digest`);
  return { name: node.name, modelDigest, inputTensor, outputTensor, outputColumn };
}

type FeaturesMessage = NonNullable<NonNullable<ReleaseMessage["manifest"]>["features"]>;

const featuresOf = (message: FeaturesMessage): ReleaseFeatures => ({
  service: message.featureService,
  version: message.featureServiceVersion,
  digest: message.digest,
  viewVersions: { ...message.viewVersions },
  names: message.features,
});
