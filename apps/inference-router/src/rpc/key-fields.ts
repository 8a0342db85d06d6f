import { Code, ConnectError, type createClient } from "@connectrpc/connect";
import type { FeatureService, ViewSelection } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";

type Client = Pick<ReturnType<typeof createClient<typeof FeatureStoreService>>, "getFeatureView" | "getEntity">;

/** The fields of requests by which the views of a feature service find their rows, each once. */
export async function keyFields(client: Client, { views }: Pick<FeatureService, "views">): Promise<readonly string[]> {
  const fields = await Promise.all(views.map((it) => keyFieldsOf(client, it)));
  return [...new Set(fields.flat())];
}

async function keyFieldsOf(
  client: Client,
  { view: name, version, keyFields: fields }: ViewSelection,
): Promise<string[]> {
  try {
    const { featureView } = await client.getFeatureView({ name, version });
    const { entity } = await client.getEntity({ name: featureView?.entity ?? "" });
    return (entity?.keys ?? []).map((it) => fields[it.name] ?? it.name);
  } catch (error) {
    // A pinned version serves on, whatever became of its definition: then requests are not checked.
    if (ConnectError.from(error).code === Code.NotFound) return [];
    throw error;
  }
}
