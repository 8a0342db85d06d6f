import { BROKEN, type FeastCase, GET_ONLINE_FEATURES, REFUSED } from "./testing-case.ts";

const ONE = { item_id: [1] };

/** Reads that have no answer. */
export const refusals: readonly FeastCase[] = [
  {
    name: "no such view",
    path: GET_ONLINE_FEATURES,
    body: { features: ["nosuch:price"], entities: ONE },
    answer: { status: 404, error: "FeatureViewNotFoundException" },
  },
  {
    name: "no such feature service",
    path: GET_ONLINE_FEATURES,
    body: { feature_service: "nosuch", entities: ONE },
    answer: { status: 404, error: "FeatureServiceNotFoundException" },
  },
  {
    name: "no such feature",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:nosuch"], entities: ONE },
    answer: REFUSED,
    feast: BROKEN,
  },
  {
    name: "a reference without a view",
    path: GET_ONLINE_FEATURES,
    body: { features: ["price"], entities: ONE },
    answer: REFUSED,
    feast: BROKEN,
  },
  { name: "no features", path: GET_ONLINE_FEATURES, body: { entities: ONE }, answer: REFUSED, feast: BROKEN },
  {
    name: "two features of one name",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price", "shops:price"], entities: { ...ONE, shop_id: ["s"] } },
    answer: { status: 422, error: "FeatureNameCollisionError" },
    feast: { status: 500, error: "FeatureNameCollisionError" },
  },
  {
    name: "a key that is no number",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: { item_id: ["x"] } },
    answer: REFUSED,
    feast: BROKEN,
  },
  {
    name: "a key that is cut off by Feast",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: { item_id: [1.5] } },
    answer: REFUSED,
    feast: {
      status: 200,
    },
  },
  {
    name: "no key",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: {} },
    answer: REFUSED,
    feast: BROKEN,
  },
  {
    name: "another key",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: { shop_id: ["s"] } },
    answer: REFUSED,
    feast: BROKEN,
  },
  {
    name: "no rows",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: { item_id: [] } },
    answer: REFUSED,
    feast: BROKEN,
  },
  {
    name: "keys of two lengths",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price", "shops:rating"], entities: { item_id: [1, 2], shop_id: ["s"] } },
    answer: REFUSED,
    feast: BROKEN,
  },
  {
    name: "a key that is no list",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: { item_id: 1 } },
    answer: { status: 422, detail: ["list_type", "body", "entities", "item_id"] },
  },
  {
    name: "entities that are no object",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"], entities: [1] },
    answer: { status: 422, detail: ["dict_type", "body", "entities"] },
  },
  {
    name: "features that are no list",
    path: GET_ONLINE_FEATURES,
    body: { features: "prices:price", entities: ONE },
    answer: { status: 422, detail: ["list_type", "body", "features"] },
  },
  {
    name: "no entities",
    path: GET_ONLINE_FEATURES,
    body: { features: ["prices:price"] },
    answer: { status: 422, detail: ["missing", "body", "entities"] },
  },
  {
    name: "no JSON",
    path: GET_ONLINE_FEATURES,
    body: "{nope",
    answer: { status: 422, detail: ["json_invalid", "body"] },
  },
  { name: "no body", path: GET_ONLINE_FEATURES, body: "", answer: { status: 422, detail: ["missing", "body"] } },
  {
    name: "no object",
    path: GET_ONLINE_FEATURES,
    body: [],
    answer: { status: 422, detail: ["model_attributes_type", "body"] },
  },
];
