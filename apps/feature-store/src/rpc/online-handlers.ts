import type { ServiceImpl } from "@connectrpc/connect";
import type { ViewSelection } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { MaterializeResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  MaterializeViewsRequestSchema,
  type OnlineService,
  type ReadColumnsRequest,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { type FeatureValue, invalidField } from "@throughline/kernel";
import { operationToProto, toNs, valueFromProto } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { projectName, serviceName, viewName } from "../domain/names.ts";
import { readColumns } from "../domain/online-columns.ts";
import type { ServicePlan } from "../domain/service-plans.ts";
import { type NamedSelections, type ViewPlans, viewPlans } from "../domain/view-plans.ts";
import type { SelectionDefinition } from "../domain/view-selection.ts";
import { columnsToProto } from "./convert-read-columns.ts";
import { packed } from "./packed.ts";
import { requestDigest } from "./request-identity.ts";

/** The methods that read by column, and views without a feature service. Convert, call, convert. */
export function onlineHandlers(store: FeatureStore): ServiceImpl<typeof OnlineService> {
  const views = viewPlans(store);
  return {
    async readColumns(request) {
      const found = planOf(store, views, request);
      const { bound, plan } = found instanceof Promise ? await found : found;
      const { fields, asOf, convertValues: convert } = request;
      const asOfNs = asOf ? toNs(asOf) : BigInt(store.clock.now()) * 1_000_000n;
      const given = new Map<string, readonly FeatureValue[]>();
      for (const name in fields) given.set(name, fields[name]?.values.map(valueFromProto) ?? []);
      const answer = readColumns(store.online, { plan }, { fields: given, convert, asOfNs });
      return columnsToProto(bound, answer instanceof Promise ? await answer : answer);
    },
    async materializeViews(request) {
      const { project } = projectName.parse(request.parent, "parent");
      const named = request.views.map((it) => inProject(viewName.parse(it, "views"), project, "views").view);
      const ids = named.length > 0 ? [...new Set(named)] : await allViews(store, project);
      const bound = await views.bound(project, ids.map(wholeView));
      const operation = await store.operations.start({
        project,
        kind: "MaterializeViews",
        target: request.parent,
        requestId: request.requestId,
        requestDigest: requestDigest(MaterializeViewsRequestSchema, request),
        work: async (run) => {
          const { dataVersion, entryCount } = await store.materializer.materialize(bound, run);
          return packed(MaterializeResultSchema, { dataVersion: BigInt(dataVersion), entryCount: BigInt(entryCount) });
        },
      });
      return { operation: operationToProto(operation) };
    },
  };
}

const wholeView = (view: string): SelectionDefinition => ({ view, version: 0, features: [], keyFields: {} });

/** At once if it is known. */
function planOf(
  store: FeatureStore,
  views: ViewPlans,
  request: ReadColumnsRequest,
): ServicePlan | Promise<ServicePlan> {
  const { parent, featureService, version } = request;
  if (featureService === "") return views.get(keyOf(request), () => namedIn(request));
  const { project } = projectName.parse(parent, "parent");
  if (request.views.length > 0) throw invalidField("views", "name a feature service or views, not both");
  const named = inProject(serviceName.parse(featureService, "feature_service"), project, "feature_service");
  return store.plans.get(project, named.service, Number(version));
}

/** What is asked for, in words that nothing else is asked for in. Of one view, as of most, they are put together once. */
function keyOf({ parent, views }: ReadColumnsRequest): string {
  const [only] = views;
  const known = only && views.length === 1 ? keys.get(only) : undefined;
  if (known?.parent === parent) return known.key;
  const key = views.reduce((all, it) => `${all},${textOf(it)}`, JSON.stringify(parent));
  if (only && views.length === 1) keys.set(only, { parent, key });
  return key;
}

const keys = new WeakMap<ViewSelection, { readonly parent: string; readonly key: string }>();

/** Texts of selections: callers who ask for the same have the same object (the gateway, and what reads gRPC, keep them). */
const texts = new WeakMap<ViewSelection, string>();

function textOf(selection: ViewSelection): string {
  const known = texts.get(selection);
  if (known !== undefined) return known;
  const { view, version, features, keyFields } = selection;
  const text = JSON.stringify([view, String(version), features, keyFields]);
  texts.set(selection, text);
  return text;
}

function namedIn({ parent, views }: ReadColumnsRequest): NamedSelections {
  const { project } = projectName.parse(parent, "parent");
  const selections = views.map(
    (it, i): SelectionDefinition => ({
      view: inProject(viewName.parse(it.view, `views[${i}].view`), project, `views[${i}].view`).view,
      version: Number(it.version),
      features: it.features,
      keyFields: it.keyFields,
    }),
  );
  if (selections.length === 0) throw invalidField("views", "name a feature service, or at least one view");
  return { project, selections };
}

function inProject<T extends { readonly project: string }>(named: T, project: string, path: string): T {
  if (named.project !== project) throw invalidField(path, "it is of another project than the parent");
  return named;
}

async function allViews({ catalog }: FeatureStore, project: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let token = ""; ; ) {
    const page = await catalog.views.list(project, { size: 0, token });
    ids.push(...page.items.map((it) => it.id));
    if (page.nextPageToken === "") return ids;
    token = page.nextPageToken;
  }
}
