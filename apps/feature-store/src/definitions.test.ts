import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { reasonOf } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const SOURCE = {
  columns: [
    column("id", ValueType.INT64),
    column("happened", ValueType.TIMESTAMP),
    column("amount", ValueType.INT64),
    column("score", ValueType.FLOAT64),
  ],
  eventTimeColumn: "happened",
  knowledgeTime: { case: "knowledgeDelay" as const, value: { seconds: 60n } },
};
const amount = { name: "amount", kind: { case: "column" as const, value: "amount" } };
const aggregate = (name: string, fn: AggregateFunction, of: string, seconds: bigint) => ({
  name,
  kind: { case: "aggregate" as const, value: { function: fn, column: of, window: { seconds } } },
});
const viewOf = (features: readonly (typeof amount | ReturnType<typeof aggregate>)[], more: object = {}) => ({
  entity: `${PARENT}/entities/thing`,
  source: `${PARENT}/sources/things`,
  features: [...features],
  ...more,
});

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
  const keys = [column("id", ValueType.INT64)];
  await platform.features.createEntity({ parent: PARENT, entityId: "thing", entity: { keys } });
  await platform.features.createSource({ parent: PARENT, sourceId: "things", source: SOURCE });
});
afterAll(() => platform.close());

/** The field violations of a refused call. */
async function violations(call: Promise<unknown>): Promise<readonly string[]> {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  expect(error.code).toBe(Code.InvalidArgument);
  return error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations.map((violation) => violation.field));
}

describe("a definition that is wrong", () => {
  test("is refused as a source with all of its problems", async () => {
    const source = {
      columns: [column("a", ValueType.STRING), column("A", ValueType.LIST), column("__event_time", ValueType.INT64)],
      eventTimeColumn: "a",
      knowledgeTime: { case: "knowledgeTimeColumn" as const, value: "nowhere" },
    };
    const create = platform.features.createSource({ parent: PARENT, sourceId: "wrong", source });
    expect(await violations(create)).toEqual(["source.columns[1].type"]);
    const typed = { ...source, columns: source.columns.map((it) => ({ ...it, type: ValueType.STRING })) };
    expect(
      await violations(platform.features.createSource({ parent: PARENT, sourceId: "wrong", source: typed })),
    ).toEqual([
      "source.columns[1].name",
      "source.columns[2].name",
      "source.event_time_column",
      "source.knowledge_time_column",
    ]);
  });

  test("is refused as an entity whose keys have one name", async () => {
    const entity = { keys: [column("x", ValueType.FLOAT64), column("x", ValueType.INT64)] };
    const create = platform.features.createEntity({ parent: PARENT, entityId: "wrong", entity });
    expect(await violations(create)).toEqual(["entity.keys[1].name"]);
  });

  test("is refused as a view with all of its problems", async () => {
    const featureView = viewOf(
      [
        { name: "x", kind: { case: "column", value: "nowhere" } },
        aggregate("x", AggregateFunction.SUM, "happened", 60n),
        aggregate("n", AggregateFunction.COUNT, "amount", 60n),
        aggregate("w", AggregateFunction.MEAN, "amount", 0n),
      ],
      { keyColumns: { id: "score", other: "id" }, ttl: { seconds: 0n } },
    );
    const apply = platform.features.applyFeatureView({ parent: PARENT, featureViewId: "wrong", featureView });
    expect(await violations(apply)).toEqual([
      'feature_view.key_columns["id"]',
      'feature_view.key_columns["other"]',
      "feature_view.features[1].name",
      "feature_view.features[0].column",
      "feature_view.features[1].aggregate.column",
      "feature_view.features[2].aggregate.column",
      "feature_view.features[3].aggregate.window",
      "feature_view.ttl",
    ]);
  });

  test("is refused as a view without an entity or a source, or of another project", async () => {
    const absent = { ...viewOf([amount]), entity: `${PARENT}/entities/no`, source: `${PARENT}/sources/no` };
    const apply = (featureView: typeof absent) =>
      violations(platform.features.applyFeatureView({ parent: PARENT, featureViewId: "wrong", featureView }));
    expect(await apply(absent)).toEqual(["feature_view.entity", "feature_view.source"]);
    expect(await apply({ ...absent, entity: "projects/q/entities/thing" })).toEqual(["feature_view.entity"]);
  });

  test("is refused as a feature service with all of its problems", async () => {
    await platform.features.applyFeatureView({ parent: PARENT, featureViewId: "known", featureView: viewOf([amount]) });
    const view = `${PARENT}/featureViews/known`;
    const featureService = {
      views: [
        { view, features: ["amount", "nothing"], keyFields: { no: "x" } },
        { view, version: 9n },
      ],
      requestFeatures: [column("r", ValueType.INT64)],
      features: ["r", "known__other"],
    };
    const apply = platform.features.applyFeatureService({ parent: PARENT, featureServiceId: "wrong", featureService });
    expect(await violations(apply)).toEqual([
      "feature_service.views[1].view",
      "feature_service.views[0].features[1]",
      'feature_service.views[0].key_fields["no"]',
      "feature_service.views[1].view",
      "feature_service.features[1]",
      "feature_service.features",
    ]);
  });
});

describe("definitions", () => {
  test("of entities and sources never change", async () => {
    const again = await platform.features.createSource({ parent: PARENT, sourceId: "things", source: SOURCE });
    expect(again.source?.eventTimeColumn).toBe("happened");
    const other = { ...SOURCE, description: "something else" };
    const create = platform.features.createSource({ parent: PARENT, sourceId: "things", source: other });
    await expect(create).rejects.toMatchObject({ code: Code.AlreadyExists });
  });

  test("of a view get the next version with each change, and a service keeps the version that it pinned", async () => {
    const apply = async (seconds: bigint) =>
      (
        await platform.features.applyFeatureView({
          parent: PARENT,
          featureViewId: "windowed",
          featureView: viewOf([aggregate("sum", AggregateFunction.SUM, "amount", seconds)]),
        })
      ).featureView;
    const [first, second, third] = [await apply(60n), await apply(120n), await apply(60n)];
    // The first definition again is the first version again, and the current one.
    expect([first, second, third].map((it) => it?.version)).toEqual([1n, 2n, 1n]);
    const name = `${PARENT}/featureViews/windowed`;
    const featureService = { views: [{ view: name, version: 2n }] };
    const pin = { parent: PARENT, featureServiceId: "pinned", featureService };
    const { featureService: pinned } = await platform.features.applyFeatureService(pin);
    expect(pinned?.views[0]).toMatchObject({ version: 2n, digest: second?.digest });
    expect((await platform.features.getFeatureView({ name, version: 1n })).featureView).toEqual(first);
    expect((await platform.features.getFeatureView({ name })).featureView).toEqual(third);
    await expect(platform.features.getFeatureView({ name, version: 3n })).rejects.toMatchObject({
      code: Code.NotFound,
    });
  });

  test("that say something else of a view change it in place, for all of its versions", async () => {
    const apply = (more: object) =>
      platform.features.applyFeatureView({
        parent: PARENT,
        featureViewId: "said",
        featureView: viewOf([amount], more),
      });
    const name = `${PARENT}/featureViews/said`;
    const first = (await apply({ description: "a", owner: "o", tags: { team: "x" } })).featureView;
    await apply({ ttl: { seconds: 5n }, description: "a", owner: "o" });
    const said = { description: "b", owner: "p", costNote: "one call", freshnessTarget: { seconds: 60n }, tags: {} };
    const last = (await apply({ ttl: { seconds: 5n }, ...said })).featureView;
    expect([first?.version, last?.version]).toEqual([1n, 2n]);
    const there = (await platform.features.getFeatureView({ name, version: 1n })).featureView;
    expect(there).toMatchObject({ version: 1n, digest: first?.digest, description: "b", owner: "p", tags: {} });
    expect(there).toMatchObject({ costNote: "one call", freshnessTarget: { seconds: 60n } });
    expect(there?.ttl).toBeUndefined();
  });

  test("of 50 applied at the same time none is lost", async () => {
    const apply = (i: number) =>
      platform.features.applyFeatureView({
        parent: PARENT,
        featureViewId: "busy",
        featureView: viewOf([amount], { ttl: { seconds: BigInt(i + 1) } }),
      });
    const applied = await Promise.all(Array.from({ length: 50 }, (_, i) => apply(i)));
    const versions = applied.map((it) => Number(it.featureView?.version)).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    const name = `${PARENT}/featureViews/busy`;
    for (const { featureView } of applied) {
      const there = await platform.features.getFeatureView({ name, version: featureView?.version ?? 0n });
      expect(there.featureView?.ttl).toEqual(featureView?.ttl);
    }
  });

  test("are applied once for a request id, which is good for one request", async () => {
    const apply = (owner: string) =>
      platform.features.applyFeatureView({
        parent: PARENT,
        featureViewId: "once",
        featureView: viewOf([amount], { owner }),
        requestId: "r1",
      });
    const first = await apply("a");
    expect(await apply("a")).toEqual(first);
    const other = await apply("b").catch((error: unknown) => error);
    expect(reasonOf(other)).toBe("REQUEST_ID_REUSED");
  });

  test("are listed page by page", async () => {
    const ids: string[] = [];
    let pageToken = "";
    do {
      const page = await platform.features.listFeatureViews({ parent: PARENT, pageSize: 2, pageToken });
      ids.push(...page.featureViews.map((it) => it.name.split("/").at(-1) ?? ""));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(ids).toEqual(["busy", "known", "once", "said", "windowed"]);
  });
});
