import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type GraphSchema,
  type ReleaseManifest as ManifestMessage,
  ReleaseManifestSchema,
  type Release as ReleaseMessage,
  ReleaseSchema,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import {
  DifferenceKind,
  type ReleaseDifference as DifferenceMessage,
  ReleaseDifferenceSchema,
} from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { type Graph, graphFromMessage, graphToMessage } from "@throughline/graphs";
import { fromMs } from "@throughline/rpc";
import type { Release, ReleaseFeatures, ReleaseManifest, ReleaseModel } from "../domain/release.ts";
import type { ReleaseDifference } from "../domain/release-difference.ts";
import { int64s, numbers, safeNumber, signatureFromProto, signatureToProto } from "./convert-model.ts";

export const releaseToProto = ({ name, digest, manifest, description, actor, createTimeMs }: Release): ReleaseMessage =>
  create(ReleaseSchema, {
    name,
    digest,
    manifest: manifestToProto(manifest),
    description,
    actor,
    createTime: fromMs(createTimeMs),
  });

export const differenceToProto = ({ kind, ...rest }: ReleaseDifference): DifferenceMessage =>
  create(ReleaseDifferenceSchema, { ...rest, kind: DifferenceKind[kind] });

export const manifestToProto = ({
  models,
  graph,
  features,
  thresholds,
  ...digests
}: ReleaseManifest): ManifestMessage =>
  create(ReleaseManifestSchema, {
    models: Object.fromEntries(Object.entries(models).map(([node, it]) => [node, modelToMessage(it)])),
    graph: graphInit(graph),
    ...(features && { features: featuresToMessage(features) }),
    thresholds: { ...thresholds },
    ...digests,
  });

const modelToMessage = ({ modelVersion, digest, signature, transformFitDigest = "" }: ReleaseModel) => ({
  $typeName: "throughline.registry.v1.ReleaseModel" as const,
  modelVersion,
  digest,
  ...(signature && { signature: signatureToProto(signature) }),
  transformFitDigest,
});

/** Generated types want arrays that can be changed; nobody changes them. */
const graphInit = (graph: Graph) => graphToMessage(graph) as MessageInitShape<typeof GraphSchema>;

const featuresToMessage = ({
  viewVersions,
  features,
  requestFeatures,
  featureServiceVersion,
  ...rest
}: ReleaseFeatures) => ({
  ...rest,
  featureServiceVersion: BigInt(featureServiceVersion),
  viewVersions: int64s(viewVersions),
  features: [...features],
  requestFeatures: [...requestFeatures],
});

/** Fails with INVALID_FIELD. */
export function manifestFromProto(message: ManifestMessage): ReleaseManifest {
  const { models, graph, features, thresholds } = message;
  return {
    models: Object.fromEntries(
      Object.entries(models).map(([node, { modelVersion, digest, signature, transformFitDigest }]) => [
        node,
        {
          modelVersion,
          digest,
          ...(signature && { signature: signatureFromProto(signature) }),
          ...(transformFitDigest !== "" && { transformFitDigest }),
        },
      ]),
    ),
    graph: graph ? graphFromMessage(graph) : { nodes: [], outputNode: "" },
    ...(features && {
      features: {
        featureService: features.featureService,
        featureServiceVersion: safeNumber(features.featureServiceVersion, "manifest.features.feature_service_version"),
        digest: features.digest,
        viewVersions: numbers(features.viewVersions, "manifest.features.view_versions"),
        features: features.features,
        requestFeatures: features.requestFeatures,
      },
    }),
    schemaDigest: message.schemaDigest,
    baselineStatisticsDigest: message.baselineStatisticsDigest,
    certificateDigest: message.certificateDigest,
    calibrationDigest: message.calibrationDigest,
    thresholds: { ...thresholds },
  };
}
