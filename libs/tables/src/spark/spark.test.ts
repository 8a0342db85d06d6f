import { randomInt } from "node:crypto";
import { access, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { type SparkServer, sparkToTest, startSparkServer } from "@throughline/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JoinPlan, ViewInput } from "../join-plan.ts";
import { checkTimelines } from "../laws/timeline-law.ts";
import { openTables } from "../open-tables.ts";
import type { TableEngine } from "../port.ts";
import type { Column, Row } from "../table.ts";
import { openSparkTables, type SparkTables, type SparkTablesConfig } from "./open-spark-tables.ts";

const home = sparkToTest(process.env);
/** Each job of Spark takes seconds, and the first ones more. */
const TIME_LIMIT_MS = 600_000;

let folder: string;
let server: SparkServer;
let duck: TableEngine;
let spark: SparkTables;
const limits = { memoryLimitMiB: 512, threads: 2, processes: 2 };

const at = (name: string): string => join(folder, name);
const openOnSpark = (config: Partial<SparkTablesConfig> = {}): Promise<SparkTables> =>
  openSparkTables({ url: server.url, embedded: duck, exchangeDir: at("exchange"), ...config });

beforeAll(async () => {
  if (home === undefined) return;
  // Names that URLs write otherwise are those of a folder here, and so of all files.
  folder = await mkdtemp(join(tmpdir(), "tables é%'+ "));
  server = await startSparkServer(home);
  duck = await openTables({ ...limits, dataDir: at("duck-data") });
  spark = await openOnSpark();
}, TIME_LIMIT_MS);
afterAll(async () => {
  if (home === undefined) return;
  await spark.close();
  await duck.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
/** Writes rows to some files. */
async function segmentsOf(columns: readonly Column[], rows: readonly Row[], count: number): Promise<readonly string[]> {
  const size = Math.ceil(rows.length / count);
  const parts = Array.from({ length: count }, (_, i) => rows.slice(i * size, (i + 1) * size));
  const written = parts.map((it) => duck.importRows({ columns, output: at(`rows-${files++}.parquet`) }, it));
  return (await Promise.all(written)).map((it) => it.path);
}

const START = 1_600_000_000_000_000_000n;
const EVENT_COLUMNS: Column[] = [
  { name: "line", type: "int64" },
  { name: "key", type: "string" },
  { name: "part", type: "int64" },
  { name: "event_time", type: "timestamp" },
  { name: "knowledge_time", type: "timestamp" },
  { name: "amount", type: "int64" },
  { name: "score", type: "float64" },
  { name: "flag", type: "bool" },
  { name: "raw", type: "bytes" },
  { name: "times", type: "list<timestamp>" },
];
const SPINE_COLUMNS: Column[] = [
  { name: "id", type: "int64" },
  { name: "line", type: "int64" },
  { name: "who", type: "string" },
  { name: "part", type: "int64" },
  { name: "cutoff", type: "timestamp" },
];

const time = (steps: number | null) => (steps === null ? null : { ns: START + BigInt(steps) });
const keyArb = fc.option(fc.constantFrom("a", "b", "ä'\"\\"), { freq: 8 });
const partArb = fc.option(fc.constantFrom(1n, -2n), { freq: 8 });
// Few steps of one nanosecond, so that ties and the edges of TTL and windows happen all the time.
const stepArb = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 15 });
const eventArb = fc
  .record({
    key: keyArb,
    part: partArb,
    event: stepArb,
    delay: fc.option(fc.integer({ min: -3, max: 6 }), { freq: 15 }),
    amount: fc.option(fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 53n + 1n, -(2n ** 55n) - 3n))),
    score: fc.option(fc.double()),
    flag: fc.option(fc.boolean()),
    raw: fc.option(fc.uint8Array({ maxLength: 3 })),
    times: fc.option(fc.array(stepArb.map(time), { maxLength: 2 })),
  })
  .map(({ key, part, event, delay, amount, score, flag, raw, times }): Row => {
    const known = event === null || delay === null ? null : time(event + delay);
    return [key, part, time(event), known, amount, score, flag, raw, times];
  });
const spineArb = fc.tuple(keyArb, partArb, stepArb).map(([who, part, step]): Row => [who, part, time(step)]);
const timelineArb = fc.record({
  spine: fc.array(spineArb, { maxLength: 6 }),
  events: fc.array(eventArb, { maxLength: 10 }),
});

const keys = ["line:line", "who:key", "part:part"].map((it) => {
  const [spineColumn = "", viewColumn = ""] = it.split(":");
  return { spineColumn, viewColumn };
});
const times = { eventTimeColumn: "event_time", knowledgeTimeColumn: "knowledge_time" };
const latest = (name: string, segments: readonly string[], ttlNs: bigint | undefined): ViewInput => ({
  kind: "latest",
  name,
  segments,
  keys,
  ...times,
  ttlNs,
  columns: EVENT_COLUMNS.slice(1).map((it) => ({ name: it.name, as: `${name}_${it.name}` })),
});
const aggregate = (name: string, segments: readonly string[], windowNs: bigint): ViewInput => ({
  kind: "aggregate",
  name,
  segments,
  keys,
  ...times,
  windowNs,
  aggregations: [
    { function: "count", column: undefined, as: `${name}_rows` },
    { function: "count", column: "score", as: `${name}_scores` },
    { function: "sum", column: "amount", as: `${name}_sum` },
    { function: "mean", column: "amount", as: `${name}_mean` },
    { function: "mean", column: "flag", as: `${name}_share` },
    { function: "min", column: "amount", as: `${name}_min` },
    { function: "max", column: "flag", as: `${name}_max` },
  ],
});

const states = (name: string, segments: readonly string[], windowNs: bigint): ViewInput => ({
  kind: "window",
  name,
  segments,
  keys,
  ...times,
  windowNs,
  aggregates: [
    { aggregate: { function: "sum" }, column: "score", as: `${name}_sum` },
    { aggregate: { function: "variance" }, column: "amount", as: `${name}_variance` },
    { aggregate: { function: "last", k: 1 }, column: "event_time", as: `${name}_last` },
    { aggregate: { function: "first", k: 2 }, column: "raw", as: `${name}_second` },
    { aggregate: { function: "distinct" }, column: "key", as: `${name}_distinct` },
    { aggregate: { function: "top", k: 1 }, column: "flag", as: `${name}_top` },
  ],
});

/** A join of all timelines at once: each is a world of its own by the key `line`. */
async function planOf(timelines: readonly { readonly spine: readonly Row[]; readonly events: readonly Row[] }[]) {
  const spine = timelines.flatMap((it, line) => it.spine.map((row): Row => [BigInt(line), ...row]));
  const events = timelines.flatMap((it, line) => it.events.map((row): Row => [BigInt(line), ...row]));
  const segments = await segmentsOf(EVENT_COLUMNS, events, 3);
  const numbered = spine.map((row, i): Row => [BigInt(i), ...row]);
  const plan: JoinPlan = {
    spine: {
      segments: await segmentsOf(SPINE_COLUMNS, numbered, 2),
      cutoffColumn: "cutoff",
      columns: ["id", "cutoff"],
    },
    views: [
      latest("any", segments, undefined),
      latest("at_once", segments, 0n),
      latest("young", segments, 4n),
      { ...latest("line", segments, 6n), keys: keys.slice(0, 1) },
      // A file that is given twice is two times its rows.
      { ...latest("nobody", [...segments, ...segments.slice(0, 1)], undefined), keys: [] },
      aggregate("point", segments, 1n),
      aggregate("window", segments, 5n),
      { ...aggregate("line_window", segments, 3n), keys: keys.slice(0, 1) },
      states("states", segments, 4n),
    ],
  };
  return { plan, segments };
}

const digestsOf = async (engine: TableEngine, segments: readonly string[]) =>
  (await Array.fromAsync(engine.rowDigests({ segments }))).flat();

describe.skipIf(home === undefined)("Spark", { timeout: TIME_LIMIT_MS }, () => {
  const seed = randomInt(2 ** 31);
  test(`3,000 timelines joined give the rows that DuckDB gives, byte for byte (seed ${seed})`, async () => {
    const { plan, segments } = await planOf(fc.sample(timelineArb, { numRuns: 3_000, seed }));
    const progress: number[] = [];
    const onProgress = (it: number): void => void progress.push(it);
    const ours = await spark.pointInTimeJoin({ ...plan, output: at("spark.parquet") }, { onProgress });
    const theirs = await duck.pointInTimeJoin({ ...plan, output: at("duck.parquet") });
    expect({ ...ours, path: "" }).toEqual({ ...theirs, path: "" });
    expect(ours.views.map((it) => it.matchedRows).every((it) => it > 0)).toBe(true);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(1);
    const identity = await duck.rowsIdentity({ segments: [theirs.path] });
    expect(await spark.rowsIdentity({ segments: [ours.path] })).toEqual(identity);
    const certificate = await spark.certify(plan, ours, { seed: 7, sampleRows: 300 });
    expect(certificate).toMatchObject({ mismatchedRows: 0, rowsWithLaterKnowledge: 0 });
    expect(await digestsOf(spark, segments)).toEqual(await digestsOf(duck, segments));
    expect(await readdir(at("exchange"))).toEqual([]);
  });

  test(`10,000 timelines joined give what a loop over their events finds (seed ${seed})`, async () => {
    let tried = 0;
    await checkTimelines(
      { engine: spark, path: at },
      { count: 10_000, perCase: 2_500, seed, onCase: (timelines) => (tried += timelines) },
    );
    expect(tried).toBe(10_000);
  });

  test("a plan of windows alone, without keys or rows, is joined as well", async () => {
    const { plan } = await planOf([{ spine: [["a", 1n, time(3)]], events: [] }]);
    const alone: JoinPlan = {
      spine: { ...plan.spine, columns: [] },
      views: [
        { ...states("one", plan.views[0]?.segments ?? [], 1n), keys: [] },
        states("two", plan.views[0]?.segments ?? [], 9n),
      ],
    };
    const ours = await spark.pointInTimeJoin({ ...alone, output: at("spark.parquet") });
    const theirs = await duck.pointInTimeJoin({ ...alone, output: at("duck.parquet") });
    expect({ ...ours, path: "" }).toEqual({ ...theirs, path: "" });
    const none = await planOf([{ spine: [], events: [] }]);
    const empty = await spark.pointInTimeJoin({ ...none.plan, output: at("spark.parquet") });
    expect(empty.rowCount).toBe(0);
  });

  test("values of every type at their edges have the same digests", async () => {
    const columns: Column[] = (["bool", "int64", "float64", "string", "bytes", "timestamp"] as const).flatMap(
      (type) => [
        { name: type, type },
        { name: `of \`${type}.'"`, type: `list<${type}>` as const },
      ],
    );
    const edges = [
      [true, false],
      [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
      [0, -0, 1.5, Number.NaN, Number.MIN_VALUE, -Number.MAX_VALUE, Number.POSITIVE_INFINITY, 5e-310],
      ["", "é", "e\u0301", "😀", "\u0000", "'\\\"`"],
      [Uint8Array.of(), Uint8Array.of(0, 255)],
      [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 62n)].map((ns) => ({ ns })),
    ];
    const rows = Array.from(
      { length: 9 },
      (_, i): Row => edges.flatMap((values) => [values[i] ?? null, i === 0 ? null : [...values.slice(0, i), null]]),
    );
    const segments = await segmentsOf(columns, [...rows, columns.map(() => null)], 2);
    expect(await spark.rowsIdentity({ segments })).toEqual(await duck.rowsIdentity({ segments }));
    expect(await digestsOf(spark, segments)).toEqual(await digestsOf(duck, segments));
    const empty = await segmentsOf(columns, [], 1);
    expect(await spark.rowsIdentity({ segments: empty })).toEqual(await duck.rowsIdentity({ segments: empty }));
  });

  test("narrower types of files of others widen alike, also where the files differ", async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const select = (int: string, float: string, moment: string): string =>
      `SELECT 7::${int} AS i, [1, NULL]::${int}[] AS l, 0.1::${float} AS x, '2020-02-29 12:34:56'::${moment} AS t,
         ['2020-02-29 12:34:56'::${moment}] AS lt, 'a'::ENUM('a', 'b') AS s`;
    const kinds = [
      select("TINYINT", "FLOAT", "TIMESTAMP"),
      select("UINTEGER", "DOUBLE", "TIMESTAMPTZ"),
      select("UBIGINT", "DECIMAL(9, 3)", "DATE"),
      select("BIGINT", "FLOAT", "TIMESTAMP_NS"),
    ];
    await connection.run("SET TimeZone = 'UTC'");
    for (const [i, it] of kinds.entries())
      await connection.run(`COPY (${it}) TO '${at(`foreign-${i}.parquet`).replaceAll("'", "''")}' (FORMAT parquet)`);
    const segments = kinds.map((_, i) => at(`foreign-${i}.parquet`));
    const single = await Promise.all(segments.map((it) => digestsOf(duck, [it])));
    expect(await digestsOf(spark, segments)).toEqual(single.flat());
    expect(await digestsOf(duck, segments)).toEqual(single.flat());
    instance.closeSync();
  });

  test("statistics are those of DuckDB, with weights and slices", async () => {
    const rows = fc
      .sample(eventArb, { numRuns: 400, seed: 3 })
      // Sums of numbers near the largest are not comparable: the order of addition decides whether they are finite.
      .map(
        (row, i): Row => [BigInt(i % 5), ...row.map((it) => (typeof it === "number" && Math.abs(it) > 1e9 ? 1e9 : it))],
      );
    const segments = await segmentsOf(EVENT_COLUMNS, rows, 2);
    const plan = { segments, weightColumn: "line", sliceBy: ["part", "flag"], slicesMax: 3, topValues: 4 };
    expect(close(await spark.statistics(plan))).toEqual(close(await duck.statistics(plan)));
    const empty = { segments: await segmentsOf(EVENT_COLUMNS, [], 1) };
    expect(await spark.statistics(empty)).toEqual(await duck.statistics(empty));
  });

  /** Floats to nine digits; what is nothing but rounding is 0. */
  const close = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (_, it: unknown) => {
        if (typeof it === "bigint") return `${it}n`;
        return typeof it === "number" ? Number((Math.abs(it) < 1e-9 ? 0 : it).toPrecision(9)) : it;
      }),
    );

  test("plans that no data could make right fail as they do on DuckDB", async () => {
    const { plan } = await planOf([{ spine: [], events: [] }]);
    const [view] = plan.views as [ViewInput];
    const wrong: JoinPlan[] = [
      { ...plan, spine: { ...plan.spine, columns: ["nope"] } },
      { ...plan, spine: { ...plan.spine, cutoffColumn: "who" } },
      { ...plan, spine: { ...plan.spine, segments: [] } },
      { ...plan, spine: { ...plan.spine, segments: [at("absent.parquet")] } },
      { ...plan, views: [view, view] },
      { ...plan, views: [{ ...view, keys: [{ spineColumn: "who", viewColumn: "part" }] }] },
      { ...plan, views: [aggregate("none", view.segments, 0n)] },
    ];
    for (const it of wrong) {
      const reasonOn = (engine: TableEngine) =>
        engine.pointInTimeJoin({ ...it, output: at("wrong.parquet") }).then(String, (error) => error.reason);
      expect(await reasonOn(spark)).toBe(await reasonOn(duck));
    }
  });

  test("a sum beyond 64 bits says so", async () => {
    const event = (amount: bigint): Row => ["a", 1n, time(0), time(0), amount, null, null, null, null];
    const timeline = { spine: [["a", 1n, time(1)]], events: [event(2n ** 63n - 1n), event(1n)] };
    const { plan } = await planOf([timeline]);
    const call = spark.pointInTimeJoin({ ...plan, output: at("sum.parquet") });
    await expect(call).rejects.toMatchObject({ reason: "TABLE_VALUE_RANGE" });
  });

  test("what Spark does not see is said, copied if it is small, or left to the embedded engine", async () => {
    const unshared = { kind: "precondition", reason: "TABLE_NOT_SHARED" };
    const { plan } = await planOf([{ spine: [["a", 1n, time(1)]], events: [] }]);
    await using lost = await openOnSpark({ shared: [{ folder: "/", url: "file:/nowhere" }] });
    await expect(lost.ready()).rejects.toMatchObject(unshared);
    await expect(lost.rowsIdentity({ segments: plan.spine.segments })).rejects.toMatchObject(unshared);
    // Nothing but the exchange folder is shared.
    await using alone = await openOnSpark({ shared: [] });
    await alone.ready();
    const theirs = await duck.pointInTimeJoin({ ...plan, output: at("duck.parquet") });
    expect(await alone.pointInTimeJoin({ ...plan, output: at("spark.parquet") })).toMatchObject({
      fileDigest: theirs.fileDigest,
    });
    const digests = { segments: [at("spark.parquet")] };
    expect(await alone.rowsIdentity(digests)).toEqual(await duck.rowsIdentity(digests));
    // A folder that is called otherwise there: the folder of this test by a link, which Spark does not know of.
    await symlink(folder, `${folder}-link`);
    const linked = plan.spine.segments.map((it) => it.replace(folder, `${folder}-link`));
    await using elsewhere = await openOnSpark({ shared: [{ folder: `${folder}-link`, url: `file:${folder}` }] });
    expect(await elsewhere.rowsIdentity({ segments: linked })).toMatchObject({ rowCount: 1 });
    const missing = [
      { folder: at("exchange"), url: `file:${at("exchange")}` },
      { folder, url: "file:/nowhere" },
    ];
    await using half = await openOnSpark({ shared: missing });
    await expect(half.rowsIdentity({ segments: plan.spine.segments })).rejects.toMatchObject(unshared);
    await rm(`${folder}-link`);
    expect(await readdir(at("exchange"))).toEqual([]);
  });

  test("a call that is stopped leaves nothing behind, and the next one works", async () => {
    const { plan } = await planOf([{ spine: [["a", 1n, time(1)]], events: [] }]);
    const reasons = [undefined, new DOMException("late", "TimeoutError")];
    const found: unknown[] = [];
    for (const reason of reasons) {
      const leaving = new AbortController();
      const options = { signal: leaving.signal, onProgress: () => leaving.abort(reason) };
      const call = spark.pointInTimeJoin({ ...plan, output: at("stopped.parquet") }, options);
      found.push(await call.then(String, (error) => error.reason));
    }
    expect(found).toEqual(["TABLE_CANCELLED", "TABLE_DEADLINE"]);
    expect(await readdir(at("exchange"))).toEqual([]);
    await expect(access(at("stopped.parquet"))).rejects.toThrow("ENOENT");
    expect(await spark.rowsIdentity({ segments: plan.spine.segments })).toMatchObject({ rowCount: 1 });
  });

  test("a server that halts does not keep a call that is stopped", async () => {
    const { plan } = await planOf([{ spine: [["a", 1n, time(1)]], events: [] }]);
    const leaving = new AbortController();
    const onProgress = (): void => {
      process.kill(server.pid, "SIGSTOP");
      leaving.abort();
    };
    const options = { signal: leaving.signal, onProgress };
    try {
      const call = spark.pointInTimeJoin({ ...plan, output: at("halted.parquet") }, options);
      await expect(call).rejects.toMatchObject({ reason: "TABLE_CANCELLED" });
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
  });

  test("closing fails what runs, and so does the end of the server", async () => {
    const { plan } = await planOf([{ spine: [["a", 1n, time(1)]], events: [] }]);
    const closing = await openOnSpark();
    const onProgress = (): void => void closing.close();
    const call = closing.pointInTimeJoin({ ...plan, output: at("closed.parquet") }, { onProgress });
    await expect(call).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
    const killing = (): void => void server.kill9();
    const killed = spark.pointInTimeJoin({ ...plan, output: at("killed.parquet") }, { onProgress: killing });
    await expect(killed).rejects.toMatchObject({ kind: "unavailable", reason: "TABLE_ENGINE_DIED" });
  });
});
