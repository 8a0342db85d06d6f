import { create } from "@bufbuild/protobuf";
import {
  type FeatureService as FeatureServiceMessage,
  FeatureServiceSchema,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import { fromMs } from "@throughline/rpc";
import type { Described } from "../domain/description.ts";
import type { FeatureService } from "../domain/feature-service.ts";
import { serviceName, sourceName, viewName } from "../domain/names.ts";
import type { ServiceDefinition } from "../domain/plan-definition.ts";
import { problems } from "../domain/problems.ts";
import { columnsFromProto, columnToProto } from "./convert-columns.ts";
import { otherProject } from "./convert-definitions.ts";

export function serviceFromProto(service: FeatureServiceMessage, project: string): ServiceDefinition {
  const wrong = problems();
  const views = service.views.map(({ view, version, features, keyFields }, i) => {
    const path = `feature_service.views[${i}].view`;
    const parts = viewName.parse(view, path);
    if (parts.project !== project) wrong.add(path, otherProject(project));
    return { view: parts.view, version: Number(version), features, keyFields };
  });
  const requestFeatures = columnsFromProto(service.requestFeatures, "feature_service.request_features", wrong);
  const requestSources = service.requestSources.map((it, i) => {
    const path = `feature_service.request_sources[${i}]`;
    const parts = sourceName.parse(it, path);
    if (parts.project !== project) wrong.add(path, otherProject(project));
    return parts.source;
  });
  wrong.throwIfAny();
  const { features, description, owner, tags } = service;
  return { views, requestFeatures, requestSources, features, description, owner, tags: { ...tags }, costNote: "" };
}

export const serviceToProto = (service: Described<FeatureService>): FeatureServiceMessage =>
  create(FeatureServiceSchema, {
    name: serviceName.format({ project: service.project, service: service.id }),
    version: BigInt(service.version),
    digest: service.digest,
    views: service.views.map(({ view, version, features, digest, keyFields }) => ({
      view: viewName.format({ project: service.project, view }),
      version: BigInt(version),
      features: [...features],
      digest,
      keyFields: { ...keyFields },
    })),
    requestFeatures: service.requestFeatures.map(columnToProto),
    features: [...service.features],
    description: service.description,
    owner: service.owner,
    tags: { ...service.tags },
    createTime: fromMs(service.createTimeMs),
  });
