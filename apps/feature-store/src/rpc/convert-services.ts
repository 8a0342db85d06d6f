import { create } from "@bufbuild/protobuf";
import {
  type FeatureService as FeatureServiceMessage,
  FeatureServiceSchema,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import { fromMs } from "@throughline/rpc";
import type { Described } from "../domain/description.ts";
import type { FeatureService } from "../domain/feature-service.ts";
import { serviceName } from "../domain/names.ts";
import type { ServiceDefinition } from "../domain/plan-definition.ts";
import { problems } from "../domain/problems.ts";
import { columnsFromProto, columnToProto } from "./convert-columns.ts";
import {
  onDemandFromProto,
  onDemandToProto,
  requestSourcesFromProto,
  selectionsFromProto,
  selectionToProto,
} from "./convert-selections.ts";

export function serviceFromProto(service: FeatureServiceMessage, project: string): ServiceDefinition {
  const wrong = problems();
  const at = { project, of: "feature_service", wrong };
  const views = selectionsFromProto(service.views, at);
  const onDemandViews = onDemandFromProto(service.onDemandViews, at);
  const requestFeatures = columnsFromProto(service.requestFeatures, "feature_service.request_features", wrong);
  const requestSources = requestSourcesFromProto(service.requestSources, at);
  wrong.throwIfAny();
  const { features, description, owner, tags } = service;
  const said = { description, owner, tags: { ...tags }, costNote: "" };
  const onDemand = onDemandViews.length > 0 && { onDemandViews };
  return { views, requestFeatures, requestSources, ...onDemand, features, ...said };
}

export const serviceToProto = (service: Described<FeatureService>): FeatureServiceMessage =>
  create(FeatureServiceSchema, {
    name: serviceName.format({ project: service.project, service: service.id }),
    version: BigInt(service.version),
    digest: service.digest,
    views: service.views.map((it) => selectionToProto(service.project, it)),
    requestFeatures: service.requestFeatures.map(columnToProto),
    onDemandViews: (service.onDemandViews ?? []).map((it) => onDemandToProto(service.project, it)),
    features: [...service.features],
    description: service.description,
    owner: service.owner,
    tags: { ...service.tags },
    createTime: fromMs(service.createTimeMs),
  });
