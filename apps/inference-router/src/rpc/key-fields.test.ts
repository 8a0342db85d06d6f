import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { inMemoryTransport, mount } from "@throughline/rpc";
import { expect, test } from "vitest";
import { keyFields } from "./key-fields.ts";

const ENTITIES: Readonly<Record<string, readonly string[]>> = { shop: ["shop"], shelf: ["shop", "shelf"] };

const store = inMemoryTransport([
  mount(FeatureStoreService, {
    getFeatureView({ name, version }: { name: string; version: bigint }) {
      if (name.endsWith("/away")) throw new ConnectError("away", Code.Unavailable);
      if (version !== 2n) throw new ConnectError("deleted", Code.NotFound);
      return { featureView: { name, version, entity: name.replace("/featureViews/", "/entities/") } };
    },
    getEntity: ({ name }: { name: string }) => ({
      entity: { name, keys: ENTITIES[name.slice(name.lastIndexOf("/") + 1)]?.map((it) => ({ name: it })) ?? [] },
    }),
  } as never),
]);

const view = (id: string, more: object = {}) =>
  ({ view: `projects/p/featureViews/${id}`, version: 2n, features: [], digest: "", keyFields: {}, ...more }) as never;
const fieldsOf = (...views: never[]) => keyFields(createClient(FeatureStoreService, store), { views });

test("a row is found by the keys of all views, by the names that the service gives them, each once", async () => {
  expect(await fieldsOf()).toEqual([]);
  expect(await fieldsOf(view("shop"), view("shelf", { keyFields: { shelf: "place" } }))).toEqual(["shop", "place"]);
});

test("a view that is not there any more asks for nothing, and a store that is away says so", async () => {
  expect(await fieldsOf(view("shelf", { version: 1n }), view("shop"))).toEqual(["shop"]);
  await expect(fieldsOf(view("away"))).rejects.toThrow("away");
});
