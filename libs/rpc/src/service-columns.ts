import type { Client } from "@connectrpc/connect";
import type { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import type { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { type Column, ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";

/** A column by what expressions call its type; `other` has values that none can refer to. */
export interface FoundColumn {
  readonly name: string;
  readonly type: "double" | "int" | "bool" | "string" | "timestamp" | "other";
}

/** The types of what a version of a feature service gives, and of the entity fields that it reads. */
export interface FoundServiceColumns {
  /** All features, in the order of the model's input. */
  readonly features: readonly FoundColumn[];
  /** Keys of the entities, and what else comes with the request; each once. */
  readonly keys: readonly FoundColumn[];
}

/** Where definitions are asked for. */
export interface DefinitionClients {
  readonly features: Client<typeof FeatureStoreService>;
  readonly definitions: Client<typeof DefinitionService>;
}

/** Asks for the views and entities of a feature service, all at once. Undefined if the service, or one of its features, is gone. */
export async function serviceColumns(
  { features: client, definitions }: DefinitionClients,
  { name, version }: { readonly name: string; readonly version: number },
  call: { readonly timeoutMs: number },
): Promise<FoundServiceColumns | undefined> {
  const { featureService: service } = await client.getFeatureService({ name, version: BigInt(version) }, call);
  if (!service) return undefined;
  const request = service.requestFeatures.map(foundColumn);
  const types = new Map(request.map((it) => [it.name, it]));
  const keys = new Map(request.map((it) => [it.name, it]));
  const views = await Promise.all(
    service.views.map(async (selection) => {
      const { featureView } = await client.getFeatureView({ name: selection.view, version: selection.version }, call);
      const { entity } = await client.getEntity({ name: featureView?.entity ?? "" }, call);
      return { selection, featureView, entity };
    }),
  );
  for (const { selection, featureView, entity } of views) {
    const id = selection.view.split("/").at(-1);
    for (const it of featureView?.features ?? []) {
      const full = `${id}__${it.name}`;
      types.set(full, { name: full, type: TYPES[it.type] });
    }
    for (const it of entity?.keys ?? []) {
      const field = selection.keyFields[it.name] ?? it.name;
      keys.set(field, { name: field, type: TYPES[it.type] });
    }
  }
  const onDemand = await Promise.all(
    service.onDemandViews.map(async ({ view, version }) => {
      const { onDemandView } = await definitions.getOnDemandView({ name: view, version }, call);
      return { id: view.split("/").at(-1), outputs: onDemandView?.outputs ?? [] };
    }),
  );
  for (const { id, outputs } of onDemand)
    for (const it of outputs) types.set(`${id}__${it.name}`, { name: `${id}__${it.name}`, type: TYPES[it.type] });
  const features = service.features.map((it) => types.get(it));
  return features.every((it) => it !== undefined) ? { features, keys: [...keys.values()] } : undefined;
}

const foundColumn = ({ name, type }: Column): FoundColumn => ({ name, type: TYPES[type] });

const TYPES: Readonly<Record<ValueType, FoundColumn["type"]>> = {
  [ValueType.UNSPECIFIED]: "other",
  [ValueType.BOOL]: "bool",
  [ValueType.INT64]: "int",
  [ValueType.FLOAT64]: "double",
  [ValueType.STRING]: "string",
  [ValueType.BYTES]: "other",
  [ValueType.TIMESTAMP]: "timestamp",
  [ValueType.LIST]: "other",
};
