import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { SourceKind } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ChangeAction } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { reasonOf, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
});
afterAll(() => platform.close());

const entity = (id: string, more: object = {}) => ({
  name: `${PARENT}/entities/${id}`,
  keys: COLUMNS.slice(0, 1),
  ...more,
});
const source = (id: string, more: object = {}) => ({
  name: `${PARENT}/sources/${id}`,
  columns: COLUMNS,
  eventTimeColumn: "at",
  knowledgeTime: { case: "knowledgeDelay" as const, value: {} },
  ...more,
});
const view = (id: string, of: string, more: object = {}) => ({
  name: `${PARENT}/featureViews/${id}`,
  entity: `${PARENT}/entities/${of}`,
  source: `${PARENT}/sources/${of}`,
  features: [{ name: "n", kind: { case: "column" as const, value: "n" } }],
  ...more,
});
const service = (id: string, views: readonly string[], more: object = {}) => ({
  name: `${PARENT}/featureServices/${id}`,
  views: views.map((it) => ({ view: `${PARENT}/featureViews/${it}` })),
  ...more,
});
const everything = (id: string, ofView: object = {}) => ({
  featureServices: [service(id, [id])],
  featureViews: [view(id, id, ofView)],
  sources: [source(id)],
  entities: [entity(id)],
});

type Definitions = Parameters<TestPlatform["definitions"]["applyDefinitions"]>[0]["definitions"];
const apply = (definitions: Definitions, more: object = {}) =>
  platform.definitions.applyDefinitions({ parent: PARENT, definitions, ...more } as Parameters<
    TestPlatform["definitions"]["applyDefinitions"]
  >[0]);
const actionsOf = async (applied: ReturnType<typeof apply>) =>
  (await applied).changes.map((it) => [it.name.slice(PARENT.length + 1), it.action, it.version]);
const caught = (call: Promise<unknown>) => call.catch((it: unknown) => it);

describe("definitions that are applied together", () => {
  test("are planned by a dry run, which changes nothing, and made as planned", async () => {
    const planned = await apply(everything("a"), { dryRun: true });
    expect(await actionsOf(Promise.resolve(planned))).toEqual([
      ["entities/a", ChangeAction.ADD, 0n],
      ["sources/a", ChangeAction.ADD, 1n],
      ["featureViews/a", ChangeAction.ADD, 1n],
      ["featureServices/a", ChangeAction.ADD, 1n],
    ]);
    expect(planned.applied).toBe(false);
    const name = `${PARENT}/featureServices/a`;
    expect(reasonOf(await caught(platform.features.getFeatureService({ name })))).toBe("NOT_FOUND");
    const made = await apply(everything("a"), { expectedPlanDigest: planned.planDigest });
    expect([made.applied, made.planDigest]).toEqual([true, planned.planDigest]);
    expect((await platform.features.getFeatureService({ name })).featureService?.views[0]).toMatchObject({
      version: 1n,
    });
    // What is pushed is online at once: the new feature service takes part.
    const values = { id: valueToProto(1n), at: valueToProto({ ns: 1n }), n: valueToProto(7n) };
    await platform.features.pushRows({ source: `${PARENT}/sources/a`, rows: [{ values }] });
    const rows = [{ values: { id: valueToProto(1n) } }];
    const { vectors } = await platform.features.getOnlineFeatures({ featureService: name, rows });
    expect(vectors[0]?.values[0]?.value?.kind).toEqual({ case: "int64Value", value: 7n });
  });

  test("that are applied again change nothing, and a change of one makes versions where they are needed", async () => {
    await apply(everything("b"));
    const unchanged = (await apply(everything("b"))).changes.map((it) => it.action);
    expect(unchanged).toEqual(Array(4).fill(ChangeAction.UNCHANGED));
    const changed = await apply(everything("b", { ttl: { seconds: 60n } }));
    expect(changed.changes.map((it) => [it.action, it.versionBefore, it.version, it.fields])).toEqual([
      [ChangeAction.UNCHANGED, 0n, 0n, []],
      [ChangeAction.UNCHANGED, 1n, 1n, []],
      [ChangeAction.NEW_VERSION, 1n, 2n, ["ttl"]],
      [ChangeAction.NEW_VERSION, 1n, 2n, ["views[0].version", "views[0].digest"]],
    ]);
    const name = `${PARENT}/featureServices/b`;
    const pinned = async (version: bigint) =>
      (await platform.features.getFeatureService({ name, version })).featureService?.views[0]?.version;
    expect([await pinned(1n), await pinned(2n)]).toEqual([1n, 2n]);
    const back = await apply(everything("b"));
    expect(back.changes.map((it) => it.version)).toEqual([0n, 1n, 1n, 1n]);
  });

  test("change what is said of things in place", async () => {
    await apply(everything("c"));
    const said = { owner: "someone", tags: { team: "x" }, description: "what it is" };
    const definitions = {
      entities: [entity("c", said)],
      sources: [source("c", said)],
      featureServices: [service("c", ["c"], said)],
      featureViews: [view("c", "c", { ...said, freshnessTarget: { seconds: 60n }, costNote: "dear" })],
    };
    const { changes } = await apply(definitions);
    expect(changes.map((it) => it.action)).toEqual(Array(4).fill(ChangeAction.UPDATE));
    expect(changes.map((it) => it.version)).toEqual([0n, 1n, 1n, 1n]);
    expect(changes[2]?.fields).toEqual(["description", "owner", "tags.team", "cost_note", "freshness_target"]);
    const { source: found } = await platform.features.getSource({ name: `${PARENT}/sources/c` });
    expect(found).toMatchObject(said);
    expect((await apply(definitions)).changes.map((it) => it.action)).toEqual(Array(4).fill(ChangeAction.UNCHANGED));
  });

  test("are refused with everything that is wrong with any of them, and none of them is made", async () => {
    await apply(everything("d"));
    const wrong = {
      entities: [entity("d", { keys: COLUMNS.slice(1, 2) }), entity("new"), entity("new")],
      sources: [source("d", { eventTimeColumn: "n", columns: COLUMNS.toReversed() })],
      featureViews: [
        view("e", "d", { ttl: {} }),
        view("f", "nothing"),
        { ...view("g", "d"), name: "projects/q/featureViews/g" },
      ],
      featureServices: [service("d", ["nothing"])],
    };
    const refused = ConnectError.from(await caught(apply(wrong)));
    // The names are looked at first.
    expect(refused.findDetails(BadRequestSchema)[0]?.fieldViolations.map((it) => it.field)).toEqual([
      "definitions.feature_views[2].name",
    ]);
    const others = ConnectError.from(await caught(apply({ ...wrong, featureViews: wrong.featureViews.slice(0, 2) })));
    expect(others.findDetails(BadRequestSchema)[0]?.fieldViolations.map((it) => it.field)).toEqual([
      "definitions.entities[2].name",
      "definitions.entities[0].keys",
      "definitions.sources[0].event_time_column",
      "definitions.feature_views[0].ttl",
      "definitions.feature_views[1].entity",
      "definitions.feature_views[1].source",
      "definitions.feature_services[0].views[0].view",
      "definitions.feature_services[0].views",
    ]);
    const name = `${PARENT}/entities/new`;
    expect(reasonOf(await caught(platform.features.getEntity({ name })))).toBe("NOT_FOUND");
  });

  test("are not made if the plan is not the one that was looked at", async () => {
    await apply(everything("h"));
    const { planDigest } = await apply(everything("h", { ttl: { seconds: 1n } }), { dryRun: true });
    await apply(everything("h", { ttl: { seconds: 2n } }));
    const late = apply(everything("h", { ttl: { seconds: 1n } }), { expectedPlanDigest: planDigest });
    expect(reasonOf(await caught(late))).toBe("PLAN_CHANGED");
  });

  test("lose nothing when 50 are applied at the same time", async () => {
    await apply({ entities: [entity("busy")], sources: [source("busy")] });
    const applied = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        apply({
          featureViews: [view("busy", "busy", { ttl: { seconds: BigInt(i + 1) } }), view(`own_${i}`, "busy")],
          featureServices: [service(`busy-${i}`, ["busy", `own_${i}`])],
        }),
      ),
    );
    const versions = applied.map((it) => Number(it.changes[0]?.version)).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    for (const [i, { changes }] of applied.entries()) {
      const name = `${PARENT}/featureServices/busy-${i}`;
      const { featureService } = await platform.features.getFeatureService({ name });
      // Each pinned the version that its own call made: the two are of one commit.
      expect(featureService?.views.map((it) => it.version)).toEqual([changes[0]?.version, 1n]);
      const made = await platform.features.getFeatureView({
        name: `${PARENT}/featureViews/busy`,
        version: changes[0]?.version ?? 0n,
      });
      expect(made.featureView?.ttl?.seconds).toBe(BigInt(i + 1));
    }
  });
});

describe("a source", () => {
  test("of kind request gives its columns to feature services, and has no rows", async () => {
    const request = {
      name: `${PARENT}/sources/asked`,
      kind: SourceKind.REQUEST,
      columns: [column("hour", ValueType.INT64)],
    };
    await apply({
      ...everything("i"),
      sources: [source("i"), request],
      featureServices: [service("i", ["i"], { requestSources: [request.name] })],
    });
    const name = `${PARENT}/featureServices/i`;
    const { featureService } = await platform.features.getFeatureService({ name });
    expect(featureService?.features).toEqual(["i__n", "hour"]);
    const push = platform.features.pushRows({ source: request.name, rows: [{ values: { hour: valueToProto(1n) } }] });
    expect(reasonOf(await caught(push))).toBe("SOURCE_KIND");
    const refused = ConnectError.from(
      await caught(apply({ featureViews: [view("j", "i", { source: request.name })] })),
    );
    expect(refused.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe(
      "definitions.feature_views[0].source",
    );
  });

  test("takes rows in the ways of its kind alone", async () => {
    const kinds = { parquet: SourceKind.PARQUET, pushed: SourceKind.PUSH };
    await apply({ sources: Object.entries(kinds).map(([id, kind]) => source(`only-${id}`, { kind })) });
    const values = { id: valueToProto(1n), at: valueToProto({ ns: 1n }), n: valueToProto(7n) };
    const push = (id: string) => platform.features.pushRows({ source: `${PARENT}/sources/${id}`, rows: [{ values }] });
    expect(reasonOf(await caught(push("only-parquet")))).toBe("SOURCE_KIND");
    expect((await push("only-pushed")).segment?.rowCount).toBe(1n);
  });
});
