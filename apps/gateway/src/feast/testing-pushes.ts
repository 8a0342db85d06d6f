import { BROKEN, type FeastCase, REFUSED, type Times } from "./testing-case.ts";

const PUSH = "/push";

/** Rows as the columns of a data frame. */
const frame = (rows: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown[]> =>
  Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, rows.map((it) => it[name])]));

/** Rows that go in, which the reads ask for, and such that do not. */
export const pushes = (times: Times): readonly FeastCase[] => [...rowsThatGoIn(times), ...rowsThatDoNot(times)];

const shopAt = (old: string) => ({ shop_id: ["s"], at: [old], rating: [0.1], price: [1e300] });

function rowsThatGoIn({ fresh, old }: Times): readonly FeastCase[] {
  const full = { price: 1.5, stock: 3, label: "x", open: true };
  const prices = [
    { item_id: 1, at: fresh, ...full },
    { item_id: 2, at: old, ...full },
    { item_id: 3, at: fresh, price: null, stock: null, label: null, open: null },
    { item_id: 4, at: fresh, price: 2, stock: 9_007_199_254_740_991, label: 'é"\\', open: false },
  ];
  const many = Array.from({ length: 100 }, (_, i) => ({ item_id: 1_000 + i, at: fresh, ...full, price: i / 8 }));
  const shop = shopAt(old);
  return [
    {
      name: "a push of rows",
      path: PUSH,
      body: { push_source_name: "prices", df: frame(prices), to: "online" },
      answer: { status: 200 },
    },
    {
      name: "a push of 100 rows",
      path: PUSH,
      body: { push_source_name: "prices", df: frame(many) },
      answer: { status: 200 },
    },
    {
      name: "a push to both stores",
      path: PUSH,
      body: { push_source_name: "shops", df: shop, to: "online_and_offline" },
      answer: { status: 200 },
    },
    { name: "a push without rows", path: PUSH, body: { push_source_name: "shops", df: {} }, answer: { status: 200 } },
    {
      name: "a push with a column that nobody knows",
      path: PUSH,
      body: { push_source_name: "shops", df: { ...shop, extra: [4] } },
      answer: { status: 200 },
    },
    {
      name: "a write to the online store",
      path: "/write-to-online-store",
      body: { feature_view_name: "shops", df: { shop_id: ["w"], at: [fresh], rating: [0.75], price: [1.25] } },
      answer: { status: 200 },
    },
  ];
}

function rowsThatDoNot({ old }: Times): readonly FeastCase[] {
  const shop = shopAt(old);
  return [
    {
      name: "a push to no source",
      path: PUSH,
      body: { push_source_name: "nosuch", df: shop },
      answer: { status: 422, error: "PushSourceNotFoundException" },
    },
    {
      name: "a push without a source",
      path: PUSH,
      body: { df: {} },
      answer: { status: 422, detail: ["missing", "body", "push_source_name"] },
    },
    {
      name: "a push to nowhere",
      path: PUSH,
      body: { push_source_name: "shops", df: shop, to: "both" },
      answer: REFUSED,
      feast: BROKEN,
    },
    {
      name: "a push of a text as number",
      path: PUSH,
      body: { push_source_name: "shops", df: { ...shop, rating: ["no"] } },
      answer: REFUSED,
      feast: BROKEN,
    },
    {
      name: "a push of lists of two lengths",
      path: PUSH,
      body: { push_source_name: "shops", df: { ...shop, price: [] } },
      answer: REFUSED,
      feast: BROKEN,
    },
    {
      name: "a write to no view",
      path: "/write-to-online-store",
      body: { feature_view_name: "nosuch", df: shop },
      answer: { status: 404, error: "FeatureViewNotFoundException" },
      feast: { status: 404, error: "FeastObjectNotFoundException" },
    },
  ];
}
