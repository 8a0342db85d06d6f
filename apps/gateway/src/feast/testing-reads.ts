import { all, type Column, type FeastCase, key, read, type Times } from "./testing-case.ts";

const MISSING = all([null], "NOT_FOUND");
const IDS = Array.from({ length: 100 }, (_, i) => 1_000 + i);

/** Reads of what the pushes have brought. */
export const reads = (times: Times): readonly FeastCase[] => [
  ...readsOfValues(times),
  ...readsOfRows(times),
  ...readsByNames(times),
  ...readsByOthers(times),
];

const priceAt =
  (fresh: string) =>
  (value: unknown): Column =>
    all([value], "PRESENT", fresh);

function readsOfValues({ fresh, old }: Times): readonly FeastCase[] {
  const price = priceAt(fresh);
  return [
    read({
      name: "features of all types",
      body: {
        features: ["prices:price", "prices:stock", "prices:label", "prices:open"],
        entities: { item_id: [1, 4] },
      },
      columns: {
        item_id: key(1, 4),
        price: all([1.5, 2], "PRESENT", fresh),
        stock: all([3, 9_007_199_254_740_991], "PRESENT", fresh),
        label: all(["x", 'é"\\'], "PRESENT", fresh),
        open: all([true, false], "PRESENT", fresh),
      },
    }),
    read({
      name: "a null is present",
      body: { features: ["prices:price", "prices:label"], entities: { item_id: [3] } },
      columns: { item_id: key(3), price: price(null), label: all([null], "PRESENT", fresh) },
    }),
    read({
      name: "an entity that nobody knows",
      body: { features: ["prices:price"], entities: { item_id: [99] } },
      columns: { item_id: key(99), price: MISSING },
    }),
    read({
      name: "what is older than the ttl has no value here, and Feast serves it",
      body: { features: ["prices:price"], entities: { item_id: [2] } },
      columns: { item_id: key(2), price: all([null], "OUTSIDE_MAX_AGE", old) },
      feast: { item_id: key(2), price: all([1.5], "PRESENT", old) },
    }),
  ];
}

function readsOfRows({ fresh, old }: Times): readonly FeastCase[] {
  return [
    read({
      name: "a ttl of 0 is none",
      body: { features: ["shops:rating", "shops:price"], entities: { shop_id: ["s", "w"] } },
      columns: {
        shop_id: key("s", "w"),
        rating: [
          [0.1, 0.75],
          ["PRESENT", "PRESENT"],
          [old, fresh],
        ],
        price: [
          [1e300, 1.25],
          ["PRESENT", "PRESENT"],
          [old, fresh],
        ],
      },
    }),
    read({
      name: "100 entities",
      body: { features: ["prices:price"], entities: { item_id: IDS } },
      columns: {
        item_id: key(...IDS),
        price: all(
          IDS.map((_, i) => i / 8),
          "PRESENT",
          fresh,
        ),
      },
    }),
    read({
      name: "one entity several times",
      body: { features: ["prices:price"], entities: { item_id: [1, 99, 1] } },
      columns: {
        item_id: key(1, 99, 1),
        price: [
          [1.5, null, 1.5],
          ["PRESENT", "NOT_FOUND", "PRESENT"],
          [fresh, "", fresh],
        ],
      },
    }),
  ];
}

function readsByNames({ fresh, old }: Times): readonly FeastCase[] {
  const price = priceAt(fresh);
  return [
    read({
      name: "full names",
      body: {
        features: ["prices:price", "shops:price"],
        entities: { item_id: [1], shop_id: ["s"] },
        full_feature_names: true,
      },
      columns: {
        item_id: key(1),
        shop_id: key("s"),
        prices__price: price(1.5),
        shops__price: all([1e300], "PRESENT", old),
      },
    }),
    read({
      name: "a feature service",
      body: { feature_service: "ranking", entities: { item_id: [1], shop_id: ["s"] } },
      columns: {
        item_id: key(1),
        shop_id: key("s"),
        price: price(1.5),
        stock: all([3], "PRESENT", fresh),
        rating: all([0.1], "PRESENT", old),
      },
    }),
    read({
      name: "a feature service goes before references, and has full names",
      body: {
        feature_service: "ranking",
        features: ["prices:label"],
        entities: { item_id: [1], shop_id: ["s"] },
        full_feature_names: true,
      },
      columns: {
        item_id: key(1),
        shop_id: key("s"),
        prices__price: price(1.5),
        prices__stock: all([3], "PRESENT", fresh),
        shops__rating: all([0.1], "PRESENT", old),
      },
    }),
  ];
}

function readsByOthers({ fresh }: Times): readonly FeastCase[] {
  const price = priceAt(fresh);
  return [
    read({
      name: "fields that nobody knows are passed over",
      body: { features: ["prices:price"], entities: { item_id: [1], other: [2] }, request_context: { a: [1] } },
      columns: { item_id: key(1), price: price(1.5) },
    }),
    read({
      name: "a key as a text",
      body: { features: ["prices:price"], entities: { item_id: ["1"] } },
      columns: { item_id: key(1), price: price(1.5) },
    }),
    read({
      name: "a text key as a number",
      body: { features: ["shops:rating"], entities: { shop_id: [7] } },
      columns: { shop_id: key("7"), rating: MISSING },
    }),
  ];
}
