import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  ApplyDefinitionsRequestSchema,
  type ApplyDefinitionsResponse,
  type DefinitionService,
  type Definitions as DefinitionsMessage,
  DefinitionsSchema,
  ChangeAction as WireAction,
} from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { parseDigest } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import { applyDefinitions, type Definitions, type Named } from "../domain/apply-definitions.ts";
import type { FeatureStore } from "../domain/feature-store.ts";
import { entityName, onDemandViewName, projectName, serviceName, sourceName, viewName } from "../domain/names.ts";
import type { ChangeAction, DefinitionChange } from "../domain/plan-version.ts";
import { atPath, problems } from "../domain/problems.ts";
import { entityFromProto, sourceFromProto, viewFromProto } from "./convert-definitions.ts";
import { onDemandViewFromProto, onDemandViewToProto } from "./convert-on-demand.ts";
import { serviceFromProto } from "./convert-services.ts";
import { requestIdentity } from "./request-identity.ts";

/** Convert, call, convert. */
export const applyHandlers = (store: FeatureStore): ServiceImpl<typeof DefinitionService> => ({
  async applyDefinitions(request, context) {
    const { project } = projectName.parse(request.parent, "parent");
    const { expectedPlanDigest: expected, dryRun, reason } = request;
    const plan = await applyDefinitions(store, {
      project,
      reason,
      isDryRun: dryRun,
      actor: callerOf(context).actor,
      definitions: definitionsFromProto(request.definitions ?? create(DefinitionsSchema), project),
      expectedDigest: expected === "" ? undefined : parseDigest(expected, "expected_plan_digest"),
      identity: requestIdentity(ApplyDefinitionsRequestSchema, request, { project, context }),
    });
    for (const service of dryRun ? [] : plan.services) {
      const bound = await store.define.bound(service);
      await store.generations.know(bound);
      store.layouts.add(bound);
      store.plans.changed(project, service.id);
    }
    const changes = plan.changes.map(changeToProto);
    return { changes, planDigest: plan.digest, applied: !dryRun };
  },
  async getOnDemandView({ name, version }) {
    const { project, view } = onDemandViewName.parse(name);
    const found = await store.define.onDemandView(project, view, Number(version));
    return { onDemandView: onDemandViewToProto(await store.define.describedOnDemandView(found)) };
  },
  async listOnDemandViews({ parent, pageSize: size, pageToken: token }) {
    const { project } = projectName.parse(parent, "parent");
    const { items, nextPageToken } = await store.catalog.onDemandViews.list(project, { size, token });
    const views = await Promise.all(items.map((it) => store.define.describedOnDemandView(it)));
    return { onDemandViews: views.map(onDemandViewToProto), nextPageToken };
  },
});

function definitionsFromProto(definitions: DefinitionsMessage, project: string): Definitions {
  const wrong = problems();
  const converted = <M extends { readonly name: string }, T>(
    field: string,
    messages: readonly M[],
    { idOf, convert, from, ids = IDS }: Conversion<M, T>,
  ): readonly Named<T>[] =>
    messages.flatMap((message, i) => {
      const to = `definitions.${field}[${i}]`;
      return atPath(wrong, { from, to }, () => {
        const { project: other, id } = idOf(message.name);
        if (other !== project) wrong.add(`${to}.name`, `it is of another project than projects/${project}`);
        if (!ids.test(id)) wrong.add(`${to}.name`, `"${id}" is no id of the form ${ids.source}`);
        return { id, definition: convert(message, id) };
      });
    });
  const entities = converted("entities", definitions.entities, {
    from: "entity",
    idOf: (name) => named(entityName.parse(name, "entity.name"), "entity"),
    convert: entityFromProto,
  });
  const sources = converted("sources", definitions.sources, {
    from: "source",
    idOf: (name) => named(sourceName.parse(name, "source.name"), "source"),
    convert: sourceFromProto,
  });
  const views = converted("feature_views", definitions.featureViews, {
    from: "feature_view",
    idOf: (name) => named(viewName.parse(name, "feature_view.name"), "view"),
    ids: VIEW_IDS,
    convert: (message, id) => viewFromProto(message, project, id),
  });
  const onDemandViews = converted("on_demand_views", definitions.onDemandViews, {
    from: "on_demand_view",
    idOf: (name) => named(onDemandViewName.parse(name, "on_demand_view.name"), "view"),
    ids: VIEW_IDS,
    convert: (message, id) => onDemandViewFromProto(message, project, id),
  });
  const services = converted("feature_services", definitions.featureServices, {
    from: "feature_service",
    idOf: (name) => named(serviceName.parse(name, "feature_service.name"), "service"),
    convert: (message) => serviceFromProto(message, project),
  });
  wrong.throwIfAny();
  return { entities, sources, views, onDemandViews, services };
}

/** What the other methods accept as ids. A view's is part of a name in a training set, where no hyphen can be. */
const IDS = /^[a-z][a-z0-9_-]{0,62}$/;
const VIEW_IDS = /^[a-z][a-z0-9_]{0,62}$/;

interface Conversion<M, T> {
  readonly ids?: RegExp;
  /** How the paths of its problems start. */
  readonly from: string;
  idOf(name: string): { readonly project: string; readonly id: string };
  convert(message: M, id: string): T;
}

const named = <K extends string>(parts: Readonly<Record<K | "project", string>>, key: K) => ({
  project: parts.project,
  id: parts[key],
});

const ACTIONS: Readonly<Record<ChangeAction, WireAction>> = {
  add: WireAction.ADD,
  newVersion: WireAction.NEW_VERSION,
  update: WireAction.UPDATE,
  unchanged: WireAction.UNCHANGED,
};

const changeToProto = ({ name, action, versionBefore, version, fields, digest }: DefinitionChange) =>
  ({
    name,
    digest,
    fields: [...fields],
    action: ACTIONS[action],
    versionBefore: BigInt(versionBefore),
    version: BigInt(version),
  }) satisfies Partial<ApplyDefinitionsResponse["changes"][number]>;
