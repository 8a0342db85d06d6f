/**
 * Reverting a poisoned load under reads: how long until it is acknowledged, and what readers see meanwhile.
 *
 * `--rows N` of the source (1,000,000), `--bad N` of the load (66,000), `--entities N` (100,000). Two loads are reverted: one
 * that is newer than all other rows, and one that half of them came after, which must be joined anew for its entities.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { loadResult } from "../src/testing-operations.ts";
import { testPlatform } from "../src/testing-platform.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    bad: { type: "string", default: "66000" },
    entities: { type: "string", default: "100000" },
  },
});
const [rows, bad, entities] = [flags.rows, flags.bad, flags.entities].map(Number) as [number, number, number];
const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const SERVICE = `${PARENT}/featureServices/f`;
const DAY_S = 86_400;
/** No sum of good rows comes near it. */
const POISON = 1_000_000_000;

const folder = await mkdtemp(join(tmpdir(), "revert-"));
const platform = await testPlatform();
const { features, dataVersions, ended, tables } = platform;
try {
  await define();
  const seed = join(folder, "one.parquet");
  await tables.importRows({ columns: [{ name: "one", type: "int64" }], output: seed }, [[1n]]);
  await load(seed, { count: rows, fromDay: 100, days: 100, value: "i % 100" });
  const newest = await load(seed, { count: bad, fromDay: 200, days: 1, value: String(POISON) });
  const old = await load(seed, { count: bad, fromDay: 150, days: 1, value: String(POISON) });
  const start = performance.now();
  await ended((await features.materialize({ featureService: SERVICE })).operation);
  console.log(`materialised ${rows + 2 * bad} rows in ${ms(start)}`);
  await reverting("the newest load", newest);
  await reverting("a load before half of the rows", old);
} finally {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
}

async function define(): Promise<void> {
  const column = (name: string, type: ValueType) => ({ name, type });
  const columns = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];
  await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: columns.slice(0, 1) } });
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  await features.createSource({
    parent: PARENT,
    sourceId: "s",
    source: { columns, eventTimeColumn: "at", knowledgeTime },
  });
  const window = { seconds: BigInt(1_000 * DAY_S) };
  const featureView = {
    entity: `${PARENT}/entities/e`,
    source: SOURCE,
    features: [
      { name: "n", kind: { case: "column" as const, value: "n" } },
      {
        name: "sum",
        kind: { case: "aggregate" as const, value: { function: AggregateFunction.SUM, column: "n", window } },
      },
    ],
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "v", featureView });
  const featureService = { views: [{ view: `${PARENT}/featureViews/v` }] };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService });
}

interface Made {
  readonly count: number;
  readonly fromDay: number;
  readonly days: number;
  readonly value: string;
}

async function load(seed: string, { count, fromDay, days, value }: Made): Promise<bigint> {
  const output = join(folder, `load-${fromDay}.parquet`);
  const second = `${fromDay * DAY_S} + i * ${days * DAY_S} // ${count}`;
  const sql = `SELECT (hash(i) % ${entities})::BIGINT AS id, make_timestamp_ns((${second}) * 1000000000) AS at, (${value})::BIGINT AS n
    FROM (SELECT unnest(range(${count})) AS i FROM one)`;
  await tables.writeQuery({ sql, inputs: { one: [seed] }, output });
  const digest = await platform.uploadBytes(await readFile(output));
  const { operation } = await features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  return loadResult(await ended(operation))?.dataVersion ?? 0n;
}

/** Reads one entity after the other meanwhile: latest value and sum are both poisoned, or neither is. */
async function reverting(what: string, dataVersion: bigint): Promise<void> {
  const leaving = new AbortController();
  const seen = { reads: 0, worstMs: 0, mixtures: 0 };
  const reading = read(leaving.signal, seen);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const name = `${PARENT}/dataVersions/${dataVersion}`;
  await ended((await dataVersions.revertDataVersion({ name })).operation);
  const used = process.cpuUsage(cpu);
  const busy = Math.round((used.user + used.system) / 1_000);
  console.log(`reverted ${what} in ${ms(start)}, ${busy} ms of them at work in the service's process`);
  const acknowledged = performance.now();
  const generations = platform.store.collection({ name: "feature_store_generations", indexes: [] });
  while ((await generations.find({ limit: 1 })).documents.length > 0) await delay(50);
  console.log(`  folded in the background in ${ms(acknowledged)}`);
  leaving.abort();
  await reading;
  console.log(`  ${seen.reads} reads, the slowest ${seen.worstMs.toFixed(1)} ms, ${seen.mixtures} mixtures`);
}

async function read(signal: AbortSignal, seen: { reads: number; worstMs: number; mixtures: number }): Promise<void> {
  const asOf = fromNs(BigInt(300 * DAY_S) * 1_000_000_000n);
  while (!signal.aborted) {
    const id = BigInt((seen.reads * 7_919) % entities);
    const start = performance.now();
    const { vectors } = await features.getOnlineFeatures({
      featureService: SERVICE,
      rows: [{ values: { id: valueToProto(id) } }],
      asOf,
    });
    seen.worstMs = Math.max(seen.worstMs, performance.now() - start);
    seen.reads += 1;
    const [latest, sum] = vectors[0]?.values.map((it) => Number(valueFromProto(it.value) ?? 0)) ?? [];
    if ((latest ?? 0) >= POISON && (sum ?? 0) < POISON) seen.mixtures += 1;
    await delay(1);
  }
}

function ms(start: number): string {
  return `${Math.round(performance.now() - start)} ms`;
}
